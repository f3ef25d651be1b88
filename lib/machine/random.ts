/**
 * Random numbers that depend on nothing but a seed and an index. Drawn on each CPU's thread by
 * lib/harness/cpu/trial.ts, and on the host by lib/tune and lib/soak.
 */

/**
 * Draws a 32-bit number that depends on nothing but its arguments, so that what a trial drew can be drawn again from
 * (seed, machine, CPU, trial). Uniform over 0 .. 2^32 - 1.
 */
export function draw(seed: number, stream: number, index: number): number {
  return drawWord(seed, stream, index) >>> 0;
}

/** Draws the same as a word, with a sign: the engine allocates a larger number where it does not inline the function that returns it. */
export function drawWord(seed: number, stream: number, index: number): number {
  let h = (seed ^ Math.imul(stream + 1, 0x9e3779b1)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b) ^ index;
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return h ^ (h >>> 15);
}

/** Draws a number in min .. max, both included. */
export function drawBetween(seed: number, stream: number, index: number, min: number, max: number): number {
  return max === min ? min : min + ((drawWord(seed, stream, index) >>> 0) % (max - min + 1));
}
