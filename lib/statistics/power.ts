/**
 * What a run without a failure says: nothing, unless something is known to fail, and its rate would have shown itself in so many
 * trials. judge() in verdict.ts asks; whoever hammers tells what is known.
 */

import { trialsToClaim } from './claim.js';
import { binomialInterval } from './statistics.js';

/**
 * Whose rate it is. `twin`: the buggy twin, under the same conditions. `race`: what fails least often of the same race, where no
 * twin can fail. `row`: the row itself, before. `floor`: nobody's; what should fail is taken to do so at this rate at least.
 */
export type RateSource = 'twin' | 'race' | 'row' | 'floor';

/** A rate of failures that is known on this host. */
export interface KnownRate {
  readonly source: RateSource;
  /** Variant or row that it was counted of; empty for a floor. */
  readonly name: string;
  /** What it was counted from; 0 and 0 for a floor. */
  readonly failures: number;
  readonly trials: number;
  /** Failures per trial that are taken for certain; 0 if there were none. */
  readonly least: number;
}

/** What trials without a failure are worth against a known rate. */
export interface Power {
  /** Trials after which no failure decides; null if nothing that is known fails. */
  readonly trialsNeeded: number | null;
  /** The chance that what fails at the known rate shows no failure in these trials. */
  readonly chance: number;
}

/** A fix that fixes nothing passes with this chance at most. */
export const CHANCE_MAX = 1e-3;
/** The lower end of this interval of the counts is believed. */
const RATE_CONFIDENCE = 0.99;
/** How many times less often the same code may fail a minute later: hosts have such states. */
const DRIFT = 3;
/** What should fail does so in one of ten thousand trials at least, where nothing better is known. */
const FLOOR = 1e-4;

/** The rate of what has been hammered here. A failure is counted at once, its trial at the end of a round. */
export function countedRate(
  source: Exclude<RateSource, 'floor'>,
  name: string,
  counts: { readonly failures: number; readonly trials: number },
): KnownRate {
  const { failures } = counts;
  const trials = Math.max(counts.trials, failures);
  const least = failures === 0 ? 0 : binomialInterval(failures, trials, RATE_CONFIDENCE).low / DRIFT;
  return { source, name, failures, trials, least };
}

/** The rate that is taken where none was counted. */
export function floorRate(rate = FLOOR): KnownRate {
  return { source: 'floor', name: '', failures: 0, trials: 0, least: rate };
}

export function powerOf({ least }: Pick<KnownRate, 'least'>, trials: number): Power {
  if (least === 0) return { trialsNeeded: null, chance: 1 };
  return {
    trialsNeeded: trialsToClaim({ rate: least, confidence: 1 - CHANCE_MAX }),
    chance: Math.exp(trials * Math.log1p(-least)),
  };
}

/** Whether so many trials without a failure decide. */
export function isEnoughToDecide(known: Pick<KnownRate, 'least'>, trials: number): boolean {
  const { trialsNeeded } = powerOf(known, trials);
  return trialsNeeded !== null && trials >= trialsNeeded;
}
