// Goal: what Atomics.wait and notify refuse in the engine they refuse in a trial, and nobody else waits for that; a wait that does not sleep
// says why. Method: calls on one CPU, with the values that code in JavaScript may give.

import test from 'ava';
import { CONTROL, controlWords } from '../../lib/js/control.js';
import { Futex } from '../../lib/js/futex.js';
import { Seam } from '../../lib/js/seam.js';
import { SleepWitness } from '../../lib/js/witness.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { boot, records } from '../machine/boot.js';

interface Stand {
  readonly cpu: Cpu;
  readonly futex: Futex;
  readonly words: Int32Array;
  readonly control: Int32Array;
}

function stand(): Stand {
  const [cpu] = boot({ cpus: 1 }).cpus;
  const buffer = new SharedArrayBuffer(64);
  const control = new Int32Array(new SharedArrayBuffer(4 * controlWords(1)));
  const seam = new Seam();
  const futex = new Futex(seam);
  seam.join(cpu, [{ buffer, path: '', first: 0, memory: null }]);
  futex.join(cpu, { control, witness: new SleepWitness(control), isAwaited: false });
  seam.begin();
  return { cpu, futex, words: new Int32Array(buffer), control };
}

test('what the engine refuses is refused, and the list of sleepers is left unlocked', (t) => {
  const { futex, words, control } = stand();
  for (const index of [16, -1]) {
    t.throws(() => futex.wait(words, index, 0), { instanceOf: RangeError });
    t.throws(() => futex.waitAsync(words, index, 0), { instanceOf: RangeError });
    t.throws(() => futex.notify(words, index), { instanceOf: RangeError });
  }
  t.throws(() => futex.wait(new Uint8Array(words.buffer) as never, 0, 0), { instanceOf: TypeError });
  t.throws(() => futex.wait(new BigInt64Array(words.buffer as SharedArrayBuffer) as never, 0, 'x' as never), {
    instanceOf: SyntaxError,
  });
  t.is(control[CONTROL.lock], 0);
  t.is(futex.wait(words, 0, 1), 'not-equal');
});

test('a wait ends as the engine says: another value, or its time', (t) => {
  const { futex, words } = stand();
  t.is(futex.wait(words, 0, 7), 'not-equal');
  t.is(futex.wait(words, 0, 0, 0), 'timed-out');
  t.is(futex.wait(words, 0, '0' as never, 1), 'timed-out');
  t.is(futex.wait(words, 0, 2 ** 32, -5), 'timed-out');
  t.is(futex.notify(words, 0), 0);
  t.deepEqual(futex.waitAsync(words, 0, 1), { async: false, value: 'not-equal' });
  t.deepEqual(futex.waitAsync(words, 0, 0, 0), { async: false, value: 'timed-out' });
});

test('a waitAsync without any time looks at its word, and is in no list of sleepers meanwhile', (t) => {
  const { cpu, futex, words, control } = stand();
  t.deepEqual(futex.waitAsync(words, 0, 0, 0), { async: false, value: 'timed-out' });
  t.deepEqual(
    records(cpu).map(({ op }) => op),
    ['read'],
  );
  t.is(control[CONTROL.ticket], 0);
});
