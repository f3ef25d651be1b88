/**
 * Goal: programs of locks, tasks, RCU, sequence counts, per-CPU words, interrupts and calls end, fail and hang on real threads in no other way
 * than a search of all states says; what it proves does not fail; evidence of what fails, fails again. The search has the ends of a model.
 * Method: random programs of some kinds, searched, modelled by an interpreter of its own (operationModel.ts), and hammered; `npm run torture:programs` compares as many as are wanted, of each kind.
 */
import test from 'ava';
import { KINDS, type KindName } from '../fixtures/operations/kinds.js';
import type { MemoryModel } from '../../lib/machine/memoryModel.js';
import { compareOperations, differences, programText, type Asked } from './operationActor.js';

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

test('a model that has another end, hang or failure is told', (t) => {
  const model = { ends: new Set(['1 0']), hangs: false, failures: new Set<string>() };
  t.deepEqual(differences(model, ['1 0'], []), []);
  t.is(differences(model, [], []).length, 1);
  t.is(differences(model, ['1 0', '2 0'], []).length, 1);
  t.is(differences(model, ['1 0'], ['deadlock']).length, 1);
  t.is(differences({ ...model, hangs: true }, ['1 0'], []).length, 1);
  t.is(differences(model, ['1 0'], ['use-after-free']).length, 1);
});
