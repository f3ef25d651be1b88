/**
 * Goal: each memory operation does one access, returns what it says, and leaves a record of operation, step, address and
 * the values before and after; without recording it changes memory in the same way.
 * Method: a table of operations on one word, run with and without recording.
 */
import test from 'ava';
import {
  READ_ONCE,
  WRITE_ONCE,
  atomic_fetch_add,
  atomic_fetch_and,
  atomic_fetch_or,
  cmpxchg,
  xchg,
} from '../../lib/machine/access.js';
import { step } from '../../lib/machine/callStack.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { boot, records } from './boot.js';

interface Row {
  readonly op: string;
  readonly run: (cpu: Cpu, at: number) => unknown;
  readonly before: number;
  readonly returns: unknown;
  readonly after: number;
}

const MIN = -(2 ** 31);
const ROWS: readonly Row[] = [
  { op: 'read', run: READ_ONCE, before: 7, returns: 7, after: 7 },
  { op: 'read', run: READ_ONCE, before: -1, returns: -1, after: -1 },
  { op: 'write', run: (c, at) => WRITE_ONCE(c, at, 9), before: 7, returns: undefined, after: 9 },
  { op: 'write', run: (c, at) => WRITE_ONCE(c, at, 0xffffffff), before: MIN, returns: undefined, after: -1 },
  { op: 'cmpxchg', run: (c, at) => cmpxchg(c, at, 7, 9), before: 7, returns: 7, after: 9 },
  { op: 'cmpxchg', run: (c, at) => cmpxchg(c, at, 8, 9), before: 7, returns: 7, after: 7 },
  { op: 'cmpxchg', run: (c, at) => cmpxchg(c, at, MIN, 1), before: MIN, returns: MIN, after: 1 },
  { op: 'xchg', run: (c, at) => xchg(c, at, 9), before: 7, returns: 7, after: 9 },
  { op: 'fetch_or', run: (c, at) => atomic_fetch_or(c, at, 6), before: 3, returns: 3, after: 7 },
  { op: 'fetch_or', run: (c, at) => atomic_fetch_or(c, at, 1 << 31), before: 1, returns: 1, after: MIN + 1 },
  { op: 'fetch_and', run: (c, at) => atomic_fetch_and(c, at, 6), before: 3, returns: 3, after: 2 },
  { op: 'fetch_and', run: (c, at) => atomic_fetch_and(c, at, ~1), before: -1, returns: -1, after: -2 },
  { op: 'fetch_add', run: (c, at) => atomic_fetch_add(c, at, -8), before: 7, returns: 7, after: -1 },
  {
    op: 'fetch_add',
    run: (c, at) => atomic_fetch_add(c, at, 1),
    before: 2 ** 31 - 1,
    returns: 2 ** 31 - 1,
    after: MIN,
  },
];

for (const { op, run, before, returns, after } of ROWS) {
  for (const recording of [true, false]) {
    test(`${op}: ${before} becomes ${after}${recording ? '' : ', not recorded'}`, (t) => {
      const { cpus, mem, at } = boot({ recording });
      const [cpu] = cpus;
      mem.fill(before, at, at + 3);
      step(cpu, 2);
      t.is(run(cpu, at + 1), returns);
      t.deepEqual([...mem.subarray(at, at + 3)], [before, after, before]);
      const expected = recording ? [{ op, flags: 0, step: 'A2', address: at + 1, before, after }] : [];
      t.deepEqual(records(cpu), expected);
    });
  }
}

test('CPUs record apart from each other, in their own order', (t) => {
  const { cpus, at } = boot();
  const [a, b] = cpus;
  WRITE_ONCE(a, at, 1);
  WRITE_ONCE(b, at, 2);
  t.is(READ_ONCE(a, at), 2);
  const seen = (cpu: Cpu) => records(cpu).map((r) => [r.op, r.before, r.after]);
  t.deepEqual(seen(a), [
    ['write', 0, 1],
    ['read', 2, 2],
  ]);
  t.deepEqual(seen(b), [['write', 1, 2]]);
});
