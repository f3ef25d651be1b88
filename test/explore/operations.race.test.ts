/**
 * Goal: programs of locks, tasks, RCU, sequence counts, per-CPU words, interrupts and calls end, fail and hang on real threads in no other way
 * than a search of all states says; what it proves does not fail; evidence of what fails, fails again.
 * Method: random programs of some kinds, searched and hammered; `npm run torture:programs` compares as many as are wanted, of each kind.
 */
import test from 'ava';
import { KINDS, type KindName } from '../fixtures/operations/kinds.js';
import type { MemoryModel } from '../../lib/machine/memoryModel.js';
import { compareOperations, programText, type Asked } from './operationActor.js';

/** Programs that have few states. */
const SAMPLE: readonly (readonly [KindName, MemoryModel, readonly number[]])[] = [
  ['locks', 'tso', [2, 9]],
  ['sleeping', 'sc', [2, 9]],
  ['sequences', 'tso', [2, 9]],
  ['percpu', 'sc', [2, 9]],
  ['rcu-interrupts', 'sc', [3, 5]],
  ['tasks-interrupts', 'sc', [2, 19]],
];

for (const [kind, memory, programs] of SAMPLE)
  test.serial(`programs of ${kind}, ${memory}: threads do what some order does`, async (t) => {
    t.timeout(120_000);
    for (const program of programs) {
      const cpus = KINDS[kind].tasks > 0 ? 1 : 2;
      const asked: Asked = { kind, program, cpus, memory, trials: 60, replays: 1, states: 20_000 };
      const compared = await compareOperations(asked);
      t.true(typeof compared === 'object' && compared !== null, 'it is searched');
      if (typeof compared === 'object') t.deepEqual(compared?.wrong, [], await programText(asked));
    }
  });
