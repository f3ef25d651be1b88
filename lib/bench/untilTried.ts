/** Measures until there is something to measure. Called by the part `soak` of the bench. */

/** A soak or a run in which a row had no time for a trial goes on for so many times as long, and so often at most. */
const LONGER = 4;
const LONGER_MAX = 5;

/** Measures for `seconds`, and for longer while that has made no trial. */
export async function untilTried<T extends { readonly trials: number }>(
  name: string,
  seconds: number,
  measure: (duration: string) => Promise<T>,
): Promise<T> {
  for (let i = 0; i < LONGER_MAX; i++) {
    const found = await measure(`${Math.round(seconds * 1000 * LONGER ** i)}ms`);
    if (found.trials > 0) return found;
  }
  throw new Error(`${name}: no trial in ${seconds * LONGER ** (LONGER_MAX - 1)} s`);
}
