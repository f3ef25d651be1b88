/*
 * The outcome of the running trial is one word, so that all CPUs know at once which one failed first:
 *   trial tag:19 | CPU:6 | signature:6 | 1        0 = nothing has failed
 * It carries its trial: a CPU still leaving the last rendezvous must not take it for the outcome of the trial before.
 * Used by outcome.ts, claim.ts and undone.ts.
 */

const TAG_SHIFT = 13;
const TAG_MASK = 0x7ffff;
const CPU_SHIFT = 7;
/** The parts of an outcome that say how the trial ended, without its tag. */
export const OUTCOME_MASK = 0x1fff;

export function trialTag(trial: number): number {
  return trial & TAG_MASK;
}

/** Whether tag `a` is of a later trial than `b`; tags wrap around. */
export function isLaterTrial(a: number, b: number): boolean {
  return (a - b) << TAG_SHIFT > 0;
}

/** Returns the word that says: the trial with this tag has failed, as CPU `id` found. */
export function outcomeWord(tag: number, id: number, signature: number): number {
  return (tag << TAG_SHIFT) | (id << CPU_SHIFT) | (signature << 1) | 1;
}

export function outcomeTag(outcome: number): number {
  return outcome >>> TAG_SHIFT;
}

export function outcomeCpu(outcome: number): number {
  return (outcome >>> CPU_SHIFT) & 63;
}

export function outcomeSignature(outcome: number): number {
  return (outcome >>> 1) & 63;
}
