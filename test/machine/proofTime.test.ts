/** Goal: the times of proofs are told to a sixteenth, from nanoseconds to seconds. Method: times known beforehand. */
import test from 'ava';
import { findCycle } from '../../lib/machine/cycle.js';
import { PROOF_BUCKETS } from '../../lib/machine/layout.js';
import { acquire } from '../../lib/machine/lock.js';
import { noteBlocked, proofQuantileNs } from '../../lib/machine/proofTime.js';
import { WAIT, publishWait } from '../../lib/machine/wait.js';
import { boot } from './boot.js';

for (const [first, last, now] of [
  [0, 7, 10],
  [10, 400, 1500],
  [-5_000_000, 2_000_000_000, -2_094_967_296],
]) {
  test(`blocked at ${first} and ${last}, proved at ${now}`, (t) => {
    const { cpus, mem, map, at } = boot();
    for (const cpu of cpus) acquire(cpu, at + cpu.id);
    for (const [i, cpu] of cpus.entries()) {
      publishWait(cpu, WAIT.LOCK, at + 1 - cpu.id);
      Object.assign(cpu, { clock: () => [first, last][i] });
      noteBlocked(cpu);
    }
    Object.assign(cpus[0], { clock: () => now });
    t.true(findCycle(cpus[0]));
    const buckets = mem.slice(map.proofs, map.proofs + PROOF_BUCKETS);
    const ns = proofQuantileNs(buckets, 0.5);
    const exact = (now - last) >>> 0;
    t.true(Math.abs(ns - exact) <= exact / 16, `${ns} for ${exact}`);
  });
}

test('a share of many', (t) => {
  const buckets = new Array<number>(PROOF_BUCKETS).fill(0);
  buckets[3] = 98;
  buckets[9] = 2;
  t.deepEqual(
    [0.5, 0.98, 0.99].map((share) => proofQuantileNs(buckets, share)),
    [3, 3, 9],
  );
  t.is(proofQuantileNs(buckets.fill(0), 0.5), 0);
});
