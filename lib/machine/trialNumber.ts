/*
 * Trials of a machine are numbered from 1 on, in two words: a day of them is more than one word counts. The trials of a
 * round share the high word, which stands with the round (`MACHINE.roundHigh`); a low word is never 0. Used on each
 * CPU's thread by lib/harness/cpu, and by reports.
 */

const LOW = 2 ** 32;

/** Returns the low word of a trial's number, as words hold it. */
export function lowOf(trial: number): number {
  return trial | 0;
}

export function highOf(trial: number): number {
  return Math.floor(trial / LOW);
}

/** Returns the number that two words make. */
export function trialNumber(high: number, low: number): number {
  return high * LOW + (low >>> 0);
}

/** Returns the first trial of a round of `trials` that begins with `next` or soon behind it, and has one high word. */
export function roundFrom(next: number, trials: number): number {
  const first = lowOf(next) === 0 ? next + 1 : next;
  const last = first + trials - 1;
  return highOf(last) === highOf(first) ? first : highOf(last) * LOW + 1;
}
