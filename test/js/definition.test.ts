// Goal: what a test of shared memory may not be is one line that names it, before anything runs. Method: definitions with one fault each.

import test from 'ava';
import { hammer } from '../../lib/js/index.js';
import { makeParts } from '../../lib/js/parts.js';

const share = (): Int32Array => new Int32Array(new SharedArrayBuffer(8));
const actors = { a(): void {}, b(): void {} };
const made = (fault: object): unknown => hammer({ name: 'x', share, actors, ...fault });

const FAULTS: Readonly<Record<string, readonly [object, RegExp]>> = {
  'no share': [{ share: undefined }, /^race x: the definition lacks share$/],
  'an unknown field': [
    { befor: () => {} },
    /^race x: the definition has an unknown field "befor": did you mean before\?$/,
  ],
  'a generator': [{ actors: { *a() {}, b() {} } }, /^race x: actor a is a generator/],
  'one thread': [{ actors: { a() {} } }, /^race x: actors run on 1 thread, and 2 to 31 are allowed/],
  'threads of nobody': [{ threads: { c: 2 } }, /^race x: threads names "c", and the actors are a, b$/],
  'too many threads': [{ threads: { a: 32 } }, /^race x: threads\.a is 32, and must be a whole number from 1 to 31$/],
  'an unknown grade': [{ outcomes: { '1': 'ok' } }, /^race x: outcomes: "1" is "ok", and must be one of accepted, /],
  'names of no words': [{ names: 'lock' }, /^race x: names is "lock", and must be a list/],
  'async after': [{ after: async () => {} }, /^race x: after is an async function: /],
};

for (const [what, [fault, message]] of Object.entries(FAULTS))
  test(`${what} is refused in one line`, (t) => {
    t.throws(() => made(fault), { message });
  });

test('what cannot be shared is refused in one line', (t) => {
  const parts = (shared: unknown, hasBefore = true): unknown => makeParts('x', shared, 2, hasBefore);
  t.throws(() => parts({}), { message: 'race x: share() returned no SharedArrayBuffer: nothing is shared' });
  t.throws(() => parts({ memory: share(), f() {} }), {
    message: /^race x: share\(\) returned what cannot be cloned to a thread: DataCloneError: /,
  });
  t.throws(() => parts(Promise.resolve()), { message: /^race x: share\(\) returned a promise: / });
  t.throws(() => parts(new SharedArrayBuffer(65_540), false), {
    message:
      'race x: share() returned 65540 bytes, and without before() at most 65536 are brought back before each trial',
  });
  t.notThrows(() => parts(new SharedArrayBuffer(65_540)));
});
