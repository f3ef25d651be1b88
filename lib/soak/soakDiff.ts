/** Compares two soaks row by row. Called by `soak-diff`. */

import { compareRates } from '../statistics/compareRates.js';
import { verdictWords, type Verdict } from '../statistics/verdict.js';
import { formatCount, formatProbability } from '../report/format/numbers.js';
import { codeWords, rowName } from '../report/soak/rowNames.js';
import { renderTable } from '../report/format/table.js';
import type { RowVerdict } from '../report/soak/document.js';
import { hasRun } from '../report/soak/verdict.js';
import type { Screen } from '../report/format/screen.js';

/** One row of two soaks. */
export interface RowDifference {
  readonly race: string;
  readonly name: string;
  /** The code that each has run; null where a store does not record it. */
  readonly sources: readonly [string | null, string | null];
  readonly verdicts: readonly [Verdict, Verdict];
  readonly failures: readonly [number, number];
  readonly trials: readonly [number, number];
  /** Failures a trial, the second soak's over the first's; null without a failure in the first. */
  readonly ratio: number | null;
  readonly low95: number;
  /** Null: no upper end. */
  readonly high95: number | null;
  /** Two-sided, exact. */
  readonly p: number;
  readonly conclusion: 'LOWER' | 'HIGHER' | 'NO_DIFFERENCE_SHOWN';
}

export interface SoakDifference {
  readonly schema: 'racehammer.soak-diff/1';
  readonly rows: readonly RowDifference[];
  /** Rows that only one of the two has run: `race, row`. */
  readonly onlyFirst: readonly string[];
  readonly onlySecond: readonly string[];
}

/**
 * Compares the rows that both have run under the same conditions: those with the same code, or if there are none, those that ran
 * last.
 */
export function diffRows(first: readonly RowVerdict[], second: readonly RowVerdict[]): SoakDifference {
  const [a, b] = [first, second].map((rows) => rows.filter(hasRun));
  const pairs = [...new Set(a.map(({ key }) => key))].flatMap((key) =>
    pairsOf(
      a.filter((row) => row.key === key),
      b.filter((row) => row.key === key),
    ),
  );
  const paired = new Set(pairs.flat());
  const words = (rows: readonly RowVerdict[]): string[] =>
    rows.filter((row) => !paired.has(row)).map((row) => `${row.race}, ${rowName(row, rows)}`);
  return {
    schema: 'racehammer.soak-diff/1',
    rows: pairs.filter((pair) => pair.every(({ trials }) => trials > 0)).map(([one, other]) => difference(one, other)),
    onlyFirst: words(a),
    onlySecond: words(b),
  };
}

type Pair = readonly [RowVerdict, RowVerdict];

/** Pairs rows that have the same conditions. */
function pairsOf(a: readonly RowVerdict[], b: readonly RowVerdict[]): Pair[] {
  const alike = a.flatMap((row): Pair[] => {
    const other = b.find(({ source }) => source !== null && source === row.source);
    return other === undefined ? [] : [[row, other]];
  });
  if (alike.length > 0 || b.length === 0) return alike;
  const last = (rows: readonly RowVerdict[]): RowVerdict =>
    rows.reduce((latest, row) => ((row.triedAtMs ?? -1) >= (latest.triedAtMs ?? -1) ? row : latest));
  return [[last(a), last(b)]];
}

function difference(first: RowVerdict, second: RowVerdict): RowDifference {
  const { ratio, low, high, p } = compareRates(first, second);
  return {
    race: first.race,
    name: first.name,
    sources: [first.source, second.source],
    verdicts: [first.verdict, second.verdict],
    failures: [first.failures, second.failures],
    trials: [first.trials, second.trials],
    ratio,
    low95: low,
    high95: high,
    p,
    conclusion: low > 1 ? 'HIGHER' : high !== null && high < 1 ? 'LOWER' : 'NO_DIFFERENCE_SHOWN',
  };
}

const CONCLUSIONS = { LOWER: 'lower', HIGHER: 'higher', NO_DIFFERENCE_SHOWN: 'no difference shown' } as const;

/** Returns the table of a comparison, and the rows that could not be compared. */
export function diffReport({ rows, onlyFirst, onlySecond }: SoakDifference, screen: Screen): string[] {
  const columns = [
    { head: 'race', align: 'left' },
    { head: 'row', align: 'left' },
    { head: 'failures', align: 'right' },
    { head: 'then', align: 'right' },
    { head: 'per trial, ratio (95 %)', align: 'left' },
    { head: 'p', align: 'left' },
    { head: 'rate', align: 'left' },
    { head: 'verdict', align: 'left' },
  ] as const;
  const cells = rows.map((row) => [
    row.race,
    nameOf(row),
    formatCount(row.failures[0]),
    formatCount(row.failures[1]),
    ratioWords(row),
    formatProbability(row.p),
    CONCLUSIONS[row.conclusion],
    row.verdicts[0] === row.verdicts[1] ? verdictWords(row.verdicts[0]) : row.verdicts.map(verdictWords).join(' -> '),
  ]);
  return [
    ...(rows.length === 0 ? ['no row was run by both soaks'] : renderTable(columns, cells, screen)),
    ...onlyFirst.map((row) => `only in the first: ${row}`),
    ...onlySecond.map((row) => `only in the second: ${row}`),
  ];
}

/** Returns the name of the row, with both codes if they are known and differ. */
function nameOf({ name, sources: [a, b] }: RowDifference): string {
  return a === null || b === null || a === b ? name : `${name} (${codeWords(a)} -> ${codeWords(b)})`;
}

function ratioWords({ ratio, low95, high95, failures }: RowDifference): string {
  if (failures[0] + failures[1] === 0) return 'no failure in either';
  const number = (n: number): string => String(Number(n.toPrecision(3)));
  return `${ratio === null ? '-' : number(ratio)} (${number(low95)} .. ${high95 === null ? '-' : number(high95)})`;
}
