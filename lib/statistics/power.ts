/**
 * How much a run without a failure proves: nothing, unless something is known to fail at a rate that would have shown in so many
 * trials. Asked by judge() in verdict.ts; lib/run and soaks count the known rates.
 */

import { leastInBursts } from './bursts.js';
import { trialsToClaim } from './claim.js';
import type { FailureCounts, PlacedFailures } from './counts.js';
import { binomialInterval } from './statistics.js';

/**
 * What the rate was counted of. `twin`: the buggy twin, under the same conditions. `race`: what fails least often of the same race,
 * if no twin can fail. `row`: the row itself, earlier. `floor`: not counted; an assumed least rate of what should fail.
 */
export type RateSource = 'twin' | 'race' | 'row' | 'floor';

/** A rate of failures that is known on this host, with the counts that it was computed from; 0 and 0 for a floor. */
export interface KnownRate extends FailureCounts {
  readonly source: RateSource;
  /** Variant or row that it was counted of; empty for a floor. */
  readonly name: string;
  /** Least failures per trial, with confidence; 0 if there were none. */
  readonly least: number;
}

/** How much trials without a failure prove, given a known rate. */
export interface Power {
  /** Trials after which no failure decides; null if nothing that is known fails. */
  readonly trialsNeeded: number | null;
  /** The chance that what fails at the known rate shows no failure in these trials. */
  readonly chance: number;
}

/** The largest chance with which a fix that fixes nothing may pass. */
export const CHANCE_MAX = 1e-3;
/** Confidence of the interval whose lower end is taken as the known rate. */
const RATE_CONFIDENCE = 0.99;
/** The factor by which the rate of the same code may fall from one minute to the next; hosts change their state. */
const DRIFT = 3;
/** Assumed least rate of what should fail, where nothing better is known. */
const FLOOR = 1e-4;

/** Returns the rate of what was hammered on this host. A failure is counted at once, its trial at the end of a round. */
export function countedRate(source: Exclude<RateSource, 'floor'>, name: string, counts: PlacedFailures): KnownRate {
  const { failures } = counts;
  const trials = Math.max(counts.trials, failures);
  if (failures === 0) return { source, name, failures, trials, least: 0 };
  const ofTrials = binomialInterval(failures, trials, RATE_CONFIDENCE).low / DRIFT;
  return {
    source,
    name,
    failures,
    trials,
    least: Math.min(ofTrials, leastInBursts(trials, counts.blocks, CHANCE_MAX)),
  };
}

/** Returns the rate that is assumed where none was counted. */
export function floorRate(rate = FLOOR): KnownRate {
  return { source: 'floor', name: '', failures: 0, trials: 0, least: rate };
}

/**
 * Trials of a run that say nothing by themselves: while its threads start and their code is compiled they meet elsewhere. A form that
 * fails in 93 % of its trials has no failure in the first 64 of one run of fourteen.
 */
const FIRST_TRIALS = 1000;

export function powerOf({ least, trials: counted }: Pick<KnownRate, 'least' | 'trials'>, trials: number): Power {
  if (least === 0) return { trialsNeeded: null, chance: 1 };
  const atRate = trialsToClaim({ rate: least, confidence: 1 - CHANCE_MAX });
  return {
    // What has shown itself in fewer has shown itself in its own first trials.
    trialsNeeded: Math.max(atRate, Math.min(FIRST_TRIALS, counted)),
    chance: Math.exp(trials * Math.log1p(-least)),
  };
}

/** Whether this number of trials without a failure decides. */
export function isEnoughToDecide(known: Pick<KnownRate, 'least' | 'trials'>, trials: number): boolean {
  const { trialsNeeded } = powerOf(known, trials);
  return trialsNeeded !== null && trials >= trialsNeeded;
}

/**
 * Whether so many trials without a failure may decide when what fails has been counted for longer, if its rate stays as it is and its
 * failures turn out to lie evenly. The more are counted, the more of a run's first trials say nothing.
 */
export function mayDecideLater({ failures, trials }: FailureCounts, wanted: number): boolean {
  const counted = Math.max(trials, failures);
  return isEnoughToDecide({ least: failures / counted / DRIFT, trials: counted }, wanted);
}
