import { compareRates } from '../evidence/compareRates.js';
import { verdictWords, type Verdict } from '../evidence/verdict.js';
import { formatCount, formatProbability } from '../report/numbers.js';
import { renderTable } from '../report/table.js';
import type { RowVerdict } from '../report/soakDocument.js';
import { hasRun } from '../report/soakVerdict.js';

/** One row of two soaks. */
export interface RowDifference {
  readonly race: string;
  readonly name: string;
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

/** Compares the rows that both have run under the same conditions. */
export function diffRows(first: readonly RowVerdict[], second: readonly RowVerdict[]): SoakDifference {
  const [a, b] = [first, second].map((rows) => new Map(rows.filter(hasRun).map((row) => [row.key, row])));
  const both = [...a].flatMap(([key, row]) => {
    const other = b.get(key);
    return other === undefined || row.trials === 0 || other.trials === 0 ? [] : [difference(row, other)];
  });
  const words = ({ race, name }: RowVerdict): string => `${race}, ${name}`;
  return {
    schema: 'racehammer.soak-diff/1',
    rows: both,
    onlyFirst: [...a.values()].filter(({ key }) => !b.has(key)).map(words),
    onlySecond: [...b.values()].filter(({ key }) => !a.has(key)).map(words),
  };
}

function difference(first: RowVerdict, second: RowVerdict): RowDifference {
  const { ratio, low, high, p } = compareRates(first, second);
  return {
    race: first.race,
    name: first.name,
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

/** The table of a comparison, and what could not be compared. */
export function diffReport({ rows, onlyFirst, onlySecond }: SoakDifference, boxed: boolean): string[] {
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
    row.name,
    formatCount(row.failures[0]),
    formatCount(row.failures[1]),
    ratioWords(row),
    formatProbability(row.p),
    CONCLUSIONS[row.conclusion],
    row.verdicts[0] === row.verdicts[1] ? verdictWords(row.verdicts[0]) : row.verdicts.map(verdictWords).join(' -> '),
  ]);
  return [
    ...(rows.length === 0 ? ['the two have no row in common that both have run'] : renderTable(columns, cells, boxed)),
    ...onlyFirst.map((row) => `only in the first: ${row}`),
    ...onlySecond.map((row) => `only in the second: ${row}`),
  ];
}

function ratioWords({ ratio, low95, high95, failures }: RowDifference): string {
  if (failures[0] + failures[1] === 0) return 'no failure in either';
  const number = (n: number): string => String(Number(n.toPrecision(3)));
  return `${ratio === null ? '-' : number(ratio)} (${number(low95)} .. ${high95 === null ? '-' : number(high95)})`;
}
