/** Figures and samples. Used by all parts of the bench. */

import { median, range } from '../statistics/statistics.js';
import type { Figure } from '../report/bench/document.js';

export type { Figure } from '../report/bench/document.js';

/** The better direction of units for which it is always the same. */
const BETTER: Readonly<Record<string, Figure['better']>> = {
  '/s': 'higher',
  ns: 'lower',
  us: 'lower',
  ms: 'lower',
  s: 'lower',
  MB: 'lower',
};

/**
 * Makes a figure from its samples. The better direction follows from its target or its unit; for a ratio without a target it must be
 * given.
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

/** Samples by name. They are taken alternately, so that a change of the host's speed affects all of them alike. */
export class FigureSamples {
  readonly #byName = new Map<string, number[]>();

  add(name: string, value: number): void {
    const samples = this.#byName.get(name);
    if (samples === undefined) this.#byName.set(name, [value]);
    else samples.push(value);
  }

  of(name: string): readonly number[] {
    return this.#byName.get(name) ?? [];
  }

  /** Returns the quotients of two series, round by round. */
  ratio(over: string, under: string): number[] {
    const below = this.of(under);
    return this.of(over).map((value, i) => value / below[i]);
  }
}

/** The options of every part. */
export interface BenchOptions {
  /** Rounds of each measurement. */
  readonly rounds: number;
  /** Called with what is being measured. */
  readonly onPart: (part: string) => void;
  /** The command line of another build, to measure beside this one. */
  readonly against?: string;
}
