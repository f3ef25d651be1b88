/**
 * When rows have failed first and last, over all hosts and on each: the moments at which merged intervals are cut, so that what is read
 * from them is as before. Used by mergedIntervals.ts.
 */

import type { SoakDatabase } from './database.js';

/** The failures of one interval. */
export interface FailedInterval {
  readonly row: number;
  readonly host: number;
  readonly endMs: number;
  readonly signatures: readonly string[];
}

/** First and last failure, by signature. */
type Times = Map<string, { readonly firstMs: number; readonly lastMs: number }>;

/** Moments that are read from the store once, and kept up with what is written. */
export class FailureTimes {
  /** By row, and by row and host. */
  readonly #times = new Map<string, Times>();

  constructor(db: SoakDatabase) {
    for (const { row, host, signature, firstMs, lastMs } of db.all(KNOWN) as Known[]) {
      this.note({ row, host, endMs: firstMs, signatures: [signature] });
      this.note({ row, host, endMs: lastMs, signatures: [signature] });
    }
  }

  note({ row, host, endMs, signatures }: FailedInterval): void {
    for (const key of [`${row}`, `${row} ${host}`]) {
      const times: Times = this.#times.get(key) ?? new Map();
      this.#times.set(key, times);
      for (const signature of signatures) {
        const { firstMs, lastMs } = times.get(signature) ?? { firstMs: endMs, lastMs: endMs };
        times.set(signature, { firstMs: Math.min(firstMs, endMs), lastMs: Math.max(lastMs, endMs) });
      }
    }
  }

  /** Returns the moments that matter to intervals of the row on the host. */
  of(row: number, host: number): number[] {
    const known = [`${row}`, `${row} ${host}`].flatMap((key) => [...(this.#times.get(key)?.values() ?? [])]);
    return known.flatMap(({ firstMs, lastMs }) => [firstMs, lastMs]);
  }
}

interface Known {
  readonly row: number;
  readonly host: number;
  readonly signature: string;
  readonly firstMs: number;
  readonly lastMs: number;
}

const KNOWN = `
  SELECT slice.row AS row, host, signature, min(end_ms) AS firstMs, max(end_ms) AS lastMs
  FROM outcome JOIN interval ON interval.id = outcome.interval JOIN slice ON slice.id = interval.slice
    JOIN execution ON execution.slice = slice.id
  GROUP BY slice.row, host, signature`;
