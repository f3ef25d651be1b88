/**
 * How much a run without a failure proves: nothing, unless something is known to fail at a rate that would have shown in so many
 * trials. Asked by judge() in verdict.ts; lib/run and soaks count the known rates.
 */

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

/** Fewer blocks than this say nothing about how failures lie; of more, longer ones say the same. */
const BLOCKS_MIN = 8;
const BLOCKS_MAX = 4096;

/**
 * Returns the rate of what was hammered on this host. A failure is counted at once, its trial at the end of a round. */
export function countedRate(source: Exclude<RateSource, 'floor'>, name: string, counts: PlacedFailures): KnownRate {
  const { failures } = counts;
  const trials = Math.max(counts.trials, failures);
  if (failures === 0) return { source, name, failures, trials, least: 0 };
  const ofTrials = binomialInterval(failures, trials, RATE_CONFIDENCE).low / DRIFT;
  return { source, name, failures, trials, least: Math.min(ofTrials, leastOfBlocks(trials, counts.blocks)) };
}

/**
 * Returns the least rate of failures per trial if blocks of trials fail or do not, and not single ones: failures may come in bursts, as
 * where threads have just started, and then few trials may pass between two of them by chance, and many without any. Blocks that are
 * long enough are independent. Which length that is, is not known, so it is the least rate of all lengths up to the one of which every
 * block failed.
 */
function leastOfBlocks(trials: number, blocks: PlacedFailures['blocks']): number {
  let least = Infinity;
  for (const { trials: length, count } of blocks) {
    const all = Math.ceil(trials / length);
    if (all < BLOCKS_MIN) break;
    if (all <= BLOCKS_MAX)
      least = Math.min(least, -Math.log(CHANCE_MAX) / (length * cleanBlocks(Math.min(count, all), all)));
    if (count >= all) break;
  }
  return least;
}

/**
 * Returns how many blocks without a failure decide, if `failed` of `all` blocks of the twin had one: the smallest number for which all
 * failing blocks are the twin's with a chance of at most CHANCE_MAX if its own and the others fail alike (Fisher's exact test).
 */
function cleanBlocks(failed: number, all: number): number {
  // A burst at the border of two blocks is counted twice, which matters where few fail.
  const k = 4 * failed <= 3 * all ? Math.max(1, failed - 1) : failed;
  const lnChance = (clean: number): number => {
    let ln = 0;
    for (let i = 0; i < k; i++) ln += Math.log((all - i) / (all + clean - i));
    return ln;
  };
  let high = 1;
  while (lnChance(high) > Math.log(CHANCE_MAX)) high *= 2;
  let low = high / 2;
  while (high - low > 1) {
    const middle = (low + high) / 2;
    if (lnChance(middle) > Math.log(CHANCE_MAX)) low = middle;
    else high = middle;
  }
  return high;
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
