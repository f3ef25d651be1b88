/** The document of a bench. Made by lib/bench; read by the reports, the performance page and `bench --compare`. */

import type { HostFacts } from '../run/document.js';

/** One measured number, as `bench --json` prints it. */
export interface Figure {
  /** Does not change, since scripts and the performance page refer to it. */
  readonly name: string;
  /** Median of the rounds. */
  readonly value: number;
  readonly unit: string;
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
  /** Which direction is better; absent if neither is, as for a number of trials. */
  readonly better?: 'higher' | 'lower';
  /** The target of the figure: `>= 5`. */
  readonly against?: string;
  /** Part of the bench; absent in documents of earlier versions. */
  readonly part?: string;
}

/** What `bench --json` prints. */
export interface BenchDocument {
  readonly schema: 'racehammer.bench/1';
  /** Version of the program, and when it began to measure; absent in documents of earlier versions. */
  readonly version?: string;
  readonly startedAt?: string;
  readonly figures: readonly Figure[];
  /** Whether it was interrupted before all was measured; absent in documents of earlier versions. */
  readonly interrupted?: boolean;
  /** As it was before the first figure was measured. */
  readonly host: HostFacts;
}

/** Whether a figure meets its target by its median; null if it has none. */
export function isReached({ value, against }: Pick<Figure, 'value' | 'against'>): boolean | null {
  const [, relation, bound] = /^(>=|<=|=) (\S+)$/.exec(against ?? '') ?? [];
  if (relation === undefined) return null;
  if (relation === '=') return value === Number(bound);
  return relation === '>=' ? value >= Number(bound) : value <= Number(bound);
}

/** Counts the figures that have a target, and those that meet it. */
export function targetsOf(figures: readonly Figure[]): { readonly targets: number; readonly reached: number } {
  const results = figures.map(isReached).filter((reached) => reached !== null);
  return { targets: results.length, reached: results.filter((reached) => reached).length };
}
