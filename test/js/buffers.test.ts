// Goal: each thread gives the same numbers to the same bytes, and reports the names that the author knows. Method: values and their clones.

import test from 'ava';
import { sharedBuffers } from '../../lib/js/buffers.js';
import { wordName } from '../../lib/js/names.js';

test('buffers are found wherever they are, each once, and a clone has them in the same places', (t) => {
  const [a, b, c] = [8, 100, 16].map((bytes) => new SharedArrayBuffer(bytes));
  const shared = {
    ring: { state: new Int32Array(a), again: a, own: new Int32Array(4) },
    map: new Map([['x', [b]]]),
    set: new Set([new Uint8Array(c, 8)]),
  };
  const places = sharedBuffers(shared).map(({ path, first }) => [path, first]);
  t.deepEqual(places, [
    ['ring.state', 0],
    ['map.x.0', 64],
    ['set.0', 192],
  ]);
  t.deepEqual(
    sharedBuffers(structuredClone(shared)).map(({ path, first }) => [path, first]),
    places,
  );
});

test('a word has the name that it was given, or its place in its buffer', (t) => {
  const buffers = sharedBuffers({ locks: new Int32Array(new SharedArrayBuffer(12)), data: new SharedArrayBuffer(4) });
  const names = { locks: ['lock', 'cond'] };
  const name = (byte: number): string => wordName(buffers, names, byte);
  t.deepEqual([0, 4, 8, 9, 64, 999].map(name), ['lock', 'cond', 'locks[2]', 'locks[2], byte 1', 'data[0]', 'byte 999']);
  t.is(wordName(sharedBuffers(new SharedArrayBuffer(8)), {}, 4), 'memory[1]');
});
