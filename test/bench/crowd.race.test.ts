/**
 * Goal: what is measured of a machine whose CPUs do one thing is measured with each thread where it belongs, whatever the process
 * has imported before.
 * Method: short measurements that begin only when all threads have been found and bound; the host has imported the SDK.
 */
import { availableParallelism } from 'node:os';
import test from 'ava';
import { perSecond } from '../../lib/bench/crowd.js';
import '../../lib/sdk/index.js';

for (const cpus of new Set([2, availableParallelism() + 1])) {
  test.serial(`${cpus} CPUs meet, and all say how often`, async (t) => {
    const reports = await perSecond({ work: 'meet', cpus, measureMs: 50, warmUpMs: 0 });
    t.is(reports.length, cpus);
    t.true(reports.every(({ done }) => done > 0));
  });
}
