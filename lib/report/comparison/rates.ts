/**
 * Compares the failure rates of two runs: document and words. Called by `compare`, by `run` for two variants, and by
 * the page.
 */

import { countOf, type FailureCounts } from '../../statistics/counts.js';
import { compareRates, type RateRatio } from '../../statistics/compareRates.js';
import { counted, formatCount, formatProbability } from '../format/numbers.js';
import type { RunDocument } from '../run/document.js';

/** The rates of two runs, compared. */
export interface RateFigures extends Omit<RateRatio, 'low' | 'high'> {
  /** Null: all failures together. */
  readonly signature: string | null;
  /** The trials of each run, and its failures of that signature. */
  readonly first: FailureCounts;
  readonly second: FailureCounts;
  readonly low95: number;
  readonly high95: number | null;
  /** The rate of the second run compared with the first, at the 5 % level. */
  readonly conclusion: 'LOWER' | 'HIGHER' | 'NO_DIFFERENCE_SHOWN';
}

/** What `compare --json` prints; its text is made of it. */
export interface ComparisonDocument {
  readonly schema: 'racehammer.compare/1';
  readonly first: Pick<RunDocument, 'race' | 'variant' | 'verdict'>;
  readonly second: Pick<RunDocument, 'race' | 'variant' | 'verdict'>;
  readonly rates: readonly RateFigures[];
  /** Conditions in which the runs differ, besides the variant. */
  readonly differs: readonly string[];
}

/** Compares two runs of at least one trial each. */
export function comparisonDocument(first: RunDocument, second: RunDocument): ComparisonDocument {
  const signatures = [...new Set([...first.outcomes, ...second.outcomes].map(({ signature }) => signature))];
  const side = ({ race, variant, verdict }: RunDocument): ComparisonDocument['first'] => ({ race, variant, verdict });
  return {
    schema: 'racehammer.compare/1',
    first: side(first),
    second: side(second),
    rates: [null, ...(signatures.length > 1 ? signatures : [])].map((signature) => rateOf(signature, first, second)),
    differs: differences(first, second),
  };
}

/** Compares all failures of two runs; null if one of them has no trial. */
export function overallRate(first: RunDocument, second: RunDocument): RateFigures | null {
  return first.trials === 0 || second.trials === 0 ? null : rateOf(null, first, second);
}

function rateOf(signature: string | null, first: RunDocument, second: RunDocument): RateFigures {
  const counts = [first, second].map((run) => ({
    failures: signature === null ? run.failures : countOf(signature, run),
    trials: run.trials,
  }));
  const { ratio, low, high, p } = compareRates(counts[0], counts[1]);
  const conclusion = low > 1 ? 'HIGHER' : high !== null && high < 1 ? 'LOWER' : 'NO_DIFFERENCE_SHOWN';
  return { signature, first: counts[0], second: counts[1], ratio, low95: low, high95: high, p, conclusion };
}

function differences(first: RunDocument, second: RunDocument): string[] {
  const facts = ({
    race,
    cpus,
    machines,
    sync,
    memory = 'sc',
    recording,
    knobs,
    phases,
    windows,
    host,
  }: RunDocument): string[][] => [
    ['race', race],
    ['cpus', String(cpus)],
    ['machines', String(machines)],
    ['sync', sync],
    ['memory', memory],
    ['recorder', recording ? 'on' : 'off'],
    ...Object.entries(knobs).map(([name, value]) => [`knob ${name}`, value]),
    ...Object.entries(phases).map(([name, { min, max }]) => [`phase ${name}`, `${min}..${max}`]),
    ...Object.entries(windows).map(([name, { min, max }]) => [`window ${name}`, `${min}..${max}`]),
    ['node', host.node],
    ['host', `${host.cpuModel}, ${counted(host.cores, 'core')}`],
  ];
  const [before, after] = [first, second].map((run) => new Map(facts(run).map(([name, value]) => [name, value])));
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => `${name}: ${before.get(name) ?? '-'} against ${after.get(name) ?? '-'}`);
}

/** Returns "0.012 times as often (95 %: 0.008 .. 0.017), p = 1.2e-5"; only a bound if one of the runs had no failure. */
export function ratioWords({ ratio, low95, high95, p }: RateFigures): string {
  const chance = p === 0 ? 'p < 1e-300' : `p = ${times(p)}`;
  if (ratio === null) return `at least ${times(low95)} times as often (95 %), ${chance}`;
  if (ratio === 0 && high95 !== null) return `at most ${times(high95)} times as often (95 %), ${chance}`;
  const high = high95 === null ? 'no end' : times(high95);
  return `${times(ratio)} times as often (95 %: ${times(low95)} .. ${high}), ${chance}`;
}

/** Says in a sentence which run fails less often; the names stand for the two runs. */
export function rateSentence(rate: RateFigures, [first, second]: readonly [string, string]): string {
  const what = rate.signature === null ? 'fails' : `fails as ${rate.signature}`;
  const counts = ({ failures, trials }: FailureCounts): string => `${formatCount(failures)} in ${formatCount(trials)}`;
  const basis = `${counts(rate.second)} trials against ${counts(rate.first)}`;
  switch (rate.conclusion) {
    case 'LOWER':
      return `${second} ${what} less often than ${first}: ${basis}; ${ratioWords(rate)}`;
    case 'HIGHER':
      return `${second} ${what} more often than ${first}: ${basis}; ${ratioWords(rate)}`;
    case 'NO_DIFFERENCE_SHOWN':
      return `no difference shown in how often ${second} and ${first} ${what.replace('fails', 'fail')}: ${basis}; ${ratioWords(rate)}`;
  }
}

function times(x: number): string {
  if (x === 0) return '0';
  return x < 1e-3 || x >= 1e5 ? x.toExponential(1) : String(Number(x.toPrecision(3)));
}

/** Returns the rates per trial of both, for a table. */
export function rateCells({ first, second }: RateFigures): [string, string] {
  return [formatProbability(first.failures / first.trials), formatProbability(second.failures / second.trials)];
}
