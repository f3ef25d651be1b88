/**
 * Checks what a race gives the operations of the SDK beside addresses and words (access.ts): an argument that was left out must not
 * become false, 0, or a loop of no iterations. Called on a CPU's thread by operations of lib/machine and lib/kernel.
 */

/** Throws RangeError unless a value is true or false; 1 and 0 are those of C. `what` is what it is, for the message. */
export function checkFlag(what: string, value: unknown): void {
  if (typeof value === 'boolean' || value === 0 || value === 1) return;
  throw new RangeError(`${what}: ${String(value)} is neither true nor false`);
}

/** Throws RangeError unless a value is a whole number from `least` on. */
export function checkCount(what: string, value: unknown, least: number): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least) return;
  throw new RangeError(`${what}: ${String(value)}, and must be a whole number from ${least}`);
}
