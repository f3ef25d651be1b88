import { median, range } from '../evidence/statistics.js';

/** One measured number, as `bench --json` prints it. */
export interface Figure {
  /** Stable: scripts and the performance page refer to it. */
  readonly name: string;
  /** Median of the rounds. */
  readonly value: number;
  readonly unit: string;
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
  /** What the figure is to reach. */
  readonly against?: string;
}

/** Sums up the samples of one figure. */
export function figure(name: string, unit: string, samples: readonly number[], against?: string): Figure {
  const { low, high } = range(samples);
  const sum = { name, value: median(samples), unit, low, high, rounds: samples.length };
  return against === undefined ? sum : { ...sum, against };
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
}
