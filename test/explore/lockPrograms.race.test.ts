/**
 * Goal: programs of locks, interrupts and calls hang and fail on real threads in no other way than a search of all states says; one that
 * the search proves holds.
 * Method: random programs, searched and hammered; `npm run torture:locks` compares as many as are wanted.
 */
import test from 'ava';
import { compareLocks } from './lockActor.js';

const TRIALS = 100;

for (const [cpus, memory, first, count] of [
  [2, 'sc', 1, 16],
  [2, 'tso', 103, 6],
  [3, 'sc', 208, 3],
] as const) {
  test.serial(`${count} programs of ${cpus} CPUs, ${memory}`, async (t) => {
    t.timeout(120_000);
    for (let program = first; program < first + count; program++) {
      const compared = await compareLocks({ program, cpus, memory, trials: TRIALS });
      if (compared === null) continue;
      const { possible, met } = compared;
      t.deepEqual(
        met.filter((signature) => !possible.includes(signature)),
        [],
        `program ${program}, which can fail as ${possible.join()}`,
      );
    }
  });
}
