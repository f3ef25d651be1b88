/** Writes what a slice counts into the file of its execution, interval by interval, as a ledger does. Used by sliceChild.ts. */

import { countOf, type Counts } from '../statistics/counts.js';
import { unexpectedOutcomes } from '../statistics/verdict.js';
import type { SampledTrials } from '../soak/classes.js';
import type { SoakRow } from '../soak/row.js';
import { rssMb } from '../soak/sliceBook.js';
import type { SliceEnd } from '../soak/writes.js';
import { MET_MAX } from './messages.js';
import type { RowSearch } from './rowSearches.js';
import { appendLine, type IntervalLine } from './spoolFile.js';

const NOTHING: Counts = { seconds: 0, trials: 0, failures: 0, nearMisses: 0, outcomes: [] };
const NONE_SAMPLED: SampledTrials = { sampled: 0, unclear: 0, crowded: 0, unknown: 0 };

/** Whether the counts have a failure that nobody expected. */
export function hasUnexpected(
  { race, expected, expectation }: SoakRow,
  { outcomes }: Pick<Counts, 'outcomes'>,
): boolean {
  const judged = outcomes.map((outcome) => ({
    ...outcome,
    declared: Object.hasOwn(race.signatures, outcome.signature),
  }));
  return unexpectedOutcomes({ fails: expected, alsoFails: expectation.alsoFails }, { outcomes: judged }).length > 0;
}

/** The intervals of one slice. What is met of the classes of its row goes with the next of them. */
export class IntervalFile {
  readonly #path: string;
  readonly #row: SoakRow;
  readonly #search: RowSearch | null;
  readonly #met: string[] = [];
  #sampled = NONE_SAMPLED;
  #number = 0;
  hasFailed = false;

  /** `search`: what is known of the classes of the row; null where nobody asks for them. */
  constructor(path: string, row: SoakRow, search: RowSearch | null) {
    this.#path = path;
    this.#row = row;
    this.#search = search;
  }

  interval(_: unknown, startMs: number, endMs: number, counts: Counts, rss: number | null): void {
    if (countOf(this.#row.expected, counts) > 0) this.hasFailed = true;
    this.#write(endMs - startMs, counts, rss, hasUnexpected(this.#row, counts), null);
  }

  classesMet(_: number, met: readonly string[]): void {
    this.#met.push(...met);
  }

  classesSampled(_: number, counts: SampledTrials): void {
    this.#sampled = counts;
  }

  /** Writes how the slice has ended, behind its evidence. */
  end(end: SliceEnd): void {
    while (this.#met.length > MET_MAX) this.#write(0, NOTHING, rssMb(), false, null);
    this.#write(0, NOTHING, rssMb(), false, end);
  }

  #write(lengthMs: number, counts: Counts, rss: number | null, waits: boolean, end: SliceEnd | null): void {
    const { seconds, trials, failures, nearMisses } = counts;
    const outcomes = counts.outcomes.map(({ signature, count }) => ({ signature, count }));
    const classes = this.#takeClasses();
    const numbers = { number: this.#number++, lengthMs, seconds, trials, failures, nearMisses };
    appendLine(this.#path, { interval: { ...numbers, outcomes, rssMb: rss, end, waits, ...classes } });
  }

  /** Returns what is new of the classes. The first interval says which there are, or why they are not counted. */
  #takeClasses(): Pick<IntervalLine, 'classes'> {
    if (this.#search === null) return {};
    const met = this.#met.splice(0, MET_MAX);
    const sampled = this.#sampled;
    this.#sampled = NONE_SAMPLED;
    const isNew = this.#number === 0 || met.length > 0 || sampled !== NONE_SAMPLED;
    return isNew ? { classes: { ...this.#search.record, ...sampled, met } } : {};
  }
}
