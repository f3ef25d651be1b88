import { median, range } from '../statistics/statistics.js';
import type { Figure } from '../report/benchDocument.js';

export type { Figure } from '../report/benchDocument.js';

/** Units that say by themselves which way is better. */
const BETTER: Readonly<Record<string, Figure['better']>> = {
  '/s': 'higher',
  ns: 'lower',
  us: 'lower',
  ms: 'lower',
  s: 'lower',
  MB: 'lower',
};

/**
 * Sums up the samples of one figure. Which way it is better follows from what it is to reach or from its unit; of a ratio
 * without anything to reach it must be said.
 */
export function figure(
  name: string,
  unit: string,
  samples: readonly number[],
  against?: string,
  better = betterBy(against) ?? BETTER[unit],
): Figure {
  const { low, high } = range(samples);
  return {
    name,
    value: median(samples),
    unit,
    low,
    high,
    rounds: samples.length,
    ...(better === undefined ? {} : { better }),
    ...(against === undefined ? {} : { against }),
  };
}

function betterBy(against: string | undefined): Figure['better'] {
  if (against?.startsWith('>=') === true) return 'higher';
  return against?.startsWith('<=') === true ? 'lower' : undefined;
}

/** Samples by name, taken in turn so that a change of the host's speed meets all of them alike. */
export class Samples {
  readonly #byName = new Map<string, number[]>();

  add(name: string, value: number): void {
    const samples = this.#byName.get(name);
    if (samples === undefined) this.#byName.set(name, [value]);
    else samples.push(value);
  }

  of(name: string): readonly number[] {
    return this.#byName.get(name) ?? [];
  }

  /** Quotients of two series, round by round. */
  ratio(over: string, under: string): number[] {
    const below = this.of(under);
    return this.of(over).map((value, i) => value / below[i]);
  }
}

/** What every part of the bench is given. */
export interface BenchOptions {
  /** Rounds of each measurement. */
  readonly rounds: number;
  /** Tells what is being measured, for a person who waits. */
  readonly onPart: (part: string) => void;
  /** The command line of another build, to measure beside this one. */
  readonly against?: string;
}
