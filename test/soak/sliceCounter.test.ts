/** Goal: what a slice has counted since the last look is right for any signature, also one that every object has by itself. */
import test from 'ava';
import { SliceCounter } from '../../lib/soak/sliceCounter.js';

for (const signature of ['oops', '__proto__', 'constructor', 'toString']) {
  test(`a signature: ${signature}`, (t) => {
    const counter = new SliceCounter();
    const totals = (count: number) => ({
      trials: 10 * count,
      rounds: count,
      failures: count,
      nearMisses: 0,
      outcomes: [{ signature, count, declared: true }],
      firstFailureMs: 1,
    });
    t.deepEqual([...counter.since(totals(2), 1).outcomes], [[signature, 2]]);
    const { trials, failures, outcomes } = counter.since(totals(5), 2);
    t.deepEqual([trials, failures, [...outcomes]], [30, 3, [[signature, 3]]]);
  });
}
