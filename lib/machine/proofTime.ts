/**
 * Measures how soon deadlocks are proved. Noted on the CPUs' threads by lock.ts, ipi.ts and cycle.ts; evaluated on the
 * host by lib/harness/host/run.ts.
 *
 * How long a deadlock lasts before it is proved: from the instant at which the last of its CPUs published its wait to the
 * outcome. Only a run that measures it gives its CPUs a clock; without one a wait costs no more than a test of a field.
 * Counted in buckets of an eighth of a power of two, by whichever CPU proves, so a bucket is added to with Atomics.
 */

import { blockOf, type Cpu } from './cpu.js';
import { CPU, PROOF_LINEAR, PROOF_SUB_BUCKETS } from './layout.js';

/** Notes when the CPU published its wait, or ended the trial. */
export function noteBlocked(cpu: Cpu): void {
  if (cpu.clock !== null) cpu.mem[cpu.block + CPU.blockedAt] = cpu.clock();
}

/** Counts the proof, at `provedAt`, of the cycle that begins at `start` of the CPU's path. */
export function noteProof(cpu: Cpu, start: number, provedAt: number): void {
  if (cpu.clock === null) return;
  let ns = 0xffffffff;
  for (let i = start; i < cpu.path.length; i++) {
    const blockedAt = cpu.mem[blockOf(cpu.map, cpu.path.members[i]) + CPU.blockedAt];
    ns = Math.min(ns, (provedAt - blockedAt) >>> 0);
  }
  Atomics.add(cpu.mem, cpu.map.proofs + bucketOf(ns), 1);
}

/** Counts the proof, at `provedAt`, that nobody can go on: since the newest of all waits and ends. */
export function noteStandstill(cpu: Cpu, provedAt: number): void {
  if (cpu.clock === null) return;
  let ns = 0xffffffff;
  for (let c = 0; c < cpu.places; c++)
    ns = Math.min(ns, (provedAt - cpu.mem[blockOf(cpu.map, c) + CPU.blockedAt]) >>> 0);
  Atomics.add(cpu.mem, cpu.map.proofs + bucketOf(ns), 1);
}

function bucketOf(ns: number): number {
  if (ns < PROOF_LINEAR) return ns;
  const power = 31 - Math.clz32(ns);
  return PROOF_LINEAR + (power - 4) * PROOF_SUB_BUCKETS + ((ns >>> (power - 3)) & (PROOF_SUB_BUCKETS - 1));
}

/** Returns the middle of a bucket, in nanoseconds. */
function middleOf(bucket: number): number {
  if (bucket < PROOF_LINEAR) return bucket;
  const power = 4 + Math.floor((bucket - PROOF_LINEAR) / PROOF_SUB_BUCKETS);
  return (PROOF_SUB_BUCKETS + ((bucket - PROOF_LINEAR) % PROOF_SUB_BUCKETS) + 0.5) * 2 ** (power - 3);
}

/**
 * Returns the time within which a share of the proofs counted in `buckets` was made, in nanoseconds, to a sixteenth; 0
 * if there is none.
 */
export function proofQuantileNs(buckets: ArrayLike<number>, share: number): number {
  let total = 0;
  for (let i = 0; i < buckets.length; i++) total += buckets[i];
  let left = Math.ceil(total * share);
  for (let i = 0; i < buckets.length; i++) {
    left -= buckets[i];
    if (left <= 0 && total > 0) return middleOf(i);
  }
  return 0;
}
