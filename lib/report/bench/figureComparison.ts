/** Compares two bench documents. Called by `bench --compare`. */

import { isReached, type BenchDocument, type Figure } from './document.js';

/** The numbers of one side. */
export type MeasuredNumbers = Pick<Figure, 'value' | 'low' | 'high' | 'rounds'>;

/**
 * How a figure changed. `unchanged`: an exact count that meets its target as before, or misses it as before. `differs`: beyond the
 * noise, but neither direction is better. `too-few-rounds`: a difference could not show. `other-host`: not a ratio, so not comparable.
 */
export type Change = 'better' | 'worse' | 'differs' | 'within-noise' | 'unchanged' | 'too-few-rounds' | 'other-host';

export interface FigureComparison {
  readonly name: string;
  readonly unit: string;
  readonly old: MeasuredNumbers;
  readonly new: MeasuredNumbers;
  /** New median over old; null where the old one is 0. */
  readonly ratio: number | null;
  readonly change: Change;
}

/** What `bench --compare --json` prints; its text is made of it. */
export interface BenchComparison {
  readonly schema: 'racehammer.bench-compare/1';
  readonly old: Omit<BenchDocument, 'schema' | 'figures'>;
  readonly new: Omit<BenchDocument, 'schema' | 'figures'>;
  /** Whether the hosts are different machines: then only ratios are compared. */
  readonly otherHost: boolean;
  /** What differs between the hosts, Node.js included. */
  readonly differs: readonly string[];
  readonly figures: readonly FigureComparison[];
  /** Figures that only one document has; of the old one, those in parts that the new one has measured. */
  readonly onlyOld: readonly string[];
  readonly onlyNew: readonly string[];
  readonly better: number;
  readonly worse: number;
  readonly exitCode: 0 | 1;
}

/** Units of figures that compare two things in the same run. */
const RELATIVE = ['ratio', 'share'];
/** The number of rounds is enough if the ranges of an unchanged figure are disjoint with at most this chance. */
const CHANCE_MAX = 0.01;
/** Least gap of a change, in widths of the wider range: with five rounds, chance causes it in about one of two thousand figures. */
const GAP_MIN = 0.5;

/** Compares two bench documents, figure by figure. */
export function compareBenches(old: BenchDocument, now: BenchDocument): BenchComparison {
  const machines = (['platform', 'arch', 'cores', 'cpuModel'] as const).filter(
    (key) => old.host[key] !== now.host[key],
  );
  const otherHost = machines.length > 0;
  const olds = new Map(old.figures.map((figure) => [figure.name, figure]));
  const news = new Set(now.figures.map(({ name }) => name));
  const parts = new Set(now.figures.map(({ part }) => part));
  const figures = now.figures.flatMap((figure) => {
    const before = olds.get(figure.name);
    return before === undefined || before.unit !== figure.unit ? [] : [compareFigure(before, figure, otherHost)];
  });
  const compared = new Set(figures.map(({ name }) => name));
  const count = (change: Change): number => figures.filter((figure) => figure.change === change).length;
  const isMeant = ({ name, part }: Figure): boolean => !compared.has(name) && (part === undefined || parts.has(part));
  return {
    schema: 'racehammer.bench-compare/1',
    old: headOf(old),
    new: headOf(now),
    otherHost,
    differs: ([...machines, 'node'] as const)
      .filter((key) => old.host[key] !== now.host[key])
      .map((key) => `${key}: ${old.host[key]} and ${now.host[key]}`),
    figures,
    onlyOld: old.figures.filter((figure) => isMeant(figure) && !news.has(figure.name)).map(({ name }) => name),
    onlyNew: [...news].filter((name) => !compared.has(name)),
    better: count('better'),
    worse: count('worse'),
    exitCode: count('worse') > 0 ? 1 : 0,
  };
}

function headOf({ version, startedAt, host }: BenchDocument): BenchComparison['old'] {
  return {
    ...(version === undefined ? {} : { version }),
    ...(startedAt === undefined ? {} : { startedAt }),
    host,
  };
}

function compareFigure(old: Figure, now: Figure, otherHost: boolean): FigureComparison {
  const side = ({ value, low, high, rounds }: Figure): MeasuredNumbers => ({ value, low, high, rounds });
  return {
    name: now.name,
    unit: now.unit,
    old: side(old),
    new: side(now),
    ratio: old.value === 0 ? null : now.value / old.value,
    change: changeOf(old, now, otherHost),
  };
}

function changeOf(old: Figure, now: Figure, otherHost: boolean): Change {
  // A count with an exact target has no noise.
  if (now.against?.startsWith('=') === true) {
    const before = isReached({ value: old.value, against: now.against });
    if (before === isReached(now)) return 'unchanged';
    return before === true ? 'worse' : 'better';
  }
  if (otherHost && !RELATIVE.includes(now.unit)) return 'other-host';
  if (chanceApart(old.rounds, now.rounds) > CHANCE_MAX) return 'too-few-rounds';
  if (!areApart(old, now)) return 'within-noise';
  const better = now.better ?? old.better;
  if (better === undefined) return 'differs';
  return now.value > old.value === (better === 'higher') ? 'better' : 'worse';
}

/**
 * Returns the chance that two series of rounds of the same thing are disjoint: of all ways to deal the values to the two series, two
 * are. This is the Mann-Whitney test at its most extreme value.
 */
export function chanceApart(n: number, m: number): number {
  let chance = 2;
  for (let i = 1; i <= n; i++) chance *= i / (m + i);
  return Math.min(1, chance);
}

/** Whether the ranges are disjoint, by a gap that chance does not explain among a hundred figures. */
function areApart(a: MeasuredNumbers, b: MeasuredNumbers): boolean {
  const gap = Math.max(a.low - b.high, b.low - a.high);
  return gap > 0 && gap >= GAP_MIN * Math.max(a.high - a.low, b.high - b.low);
}
