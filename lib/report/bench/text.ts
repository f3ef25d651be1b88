/** Shows the figures of a bench, or the comparison of two, as text. Called by `bench`. */

import { isReached, type BenchDocument, type Figure } from './document.js';
import type { BenchComparison, Change, FigureComparison, MeasuredNumbers } from './figureComparison.js';
import { counted, formatFigure } from '../format/numbers.js';
import { renderTable, type TableColumn } from '../format/table.js';
import type { Screen } from '../format/screen.js';

const FIGURES: readonly TableColumn[] = [
  { head: 'figure', align: 'left' },
  { head: 'median', align: 'right' },
  { head: 'unit', align: 'left' },
  { head: 'lowest', align: 'right' },
  { head: 'highest', align: 'right' },
  { head: 'rounds', align: 'right' },
  { head: 'target', align: 'left' },
  { head: '', align: 'left' },
];

/** Returns a table of all figures: median, range over the rounds, target, and whether it is met. */
export function figureLines(figures: readonly Figure[], screen: Screen): string[] {
  const rows = figures.map((f) => [
    f.name,
    formatFigure(f.value),
    f.unit,
    formatFigure(f.low),
    formatFigure(f.high),
    String(f.rounds),
    f.against ?? '',
    reachedWords(f),
  ]);
  return renderTable(FIGURES, rows, screen);
}

/** Says whether a figure meets its target; empty if it has none. */
export function reachedWords(figure: Figure): string {
  const reached = isReached(figure);
  return reached === null ? '' : reached ? 'met' : 'not met';
}

const COMPARED: readonly TableColumn[] = [
  { head: 'figure', align: 'left' },
  { head: 'old', align: 'right' },
  { head: 'range', align: 'left' },
  { head: 'new', align: 'right' },
  { head: 'range', align: 'left' },
  { head: 'unit', align: 'left' },
  { head: 'new / old', align: 'right' },
  { head: '', align: 'left' },
];

const WORDS: Readonly<Record<Change, string>> = {
  better: 'better',
  worse: 'WORSE',
  differs: 'differs',
  'within-noise': 'within noise',
  unchanged: 'unchanged',
  'too-few-rounds': 'measured too seldom',
  'other-host': 'other host',
};

/** Compares two benches figure by figure, lists what only one of them has, and says what can be concluded. */
export function benchComparisonLines(comparison: BenchComparison, screen: Screen): string[] {
  const { figures, onlyOld, onlyNew, differs } = comparison;
  return [
    `old: ${headWords(comparison.old)}`,
    `new: ${headWords(comparison.new)}`,
    ...differs.map((line) => `the hosts differ in ${line}`),
    '',
    ...(figures.length === 0
      ? ['no figure is in both']
      : renderTable(
          COMPARED,
          figures.map((figure) => comparedRow(figure)),
          screen,
        )),
    ...(onlyOld.length === 0 ? [] : ['', `only in the old document: ${onlyOld.join(', ')}`]),
    ...(onlyNew.length === 0 ? [] : ['', `only in the new document: ${onlyNew.join(', ')}`]),
    '',
    ...conclusion(comparison),
  ];
}

function comparedRow({ name, old, new: now, unit, ratio, change }: FigureComparison): string[] {
  return [
    name,
    formatFigure(old.value),
    rangeWords(old),
    formatFigure(now.value),
    rangeWords(now),
    unit,
    ratio === null ? '-' : formatFigure(ratio),
    WORDS[change],
  ];
}

/** Returns the lowest and the highest of the rounds: "1.2 .. 1.4". */
export function rangeWords({ low, high }: Pick<MeasuredNumbers, 'low' | 'high'>): string {
  return `${formatFigure(low)} .. ${formatFigure(high)}`;
}

function conclusion({ figures, better, worse, otherHost }: BenchComparison): string[] {
  const unsure = figures.filter(({ change }) => change === 'too-few-rounds').length;
  return [
    `${counted(figures.length, 'figure')} compared: ${better} better, ${worse} worse than their noise explains`,
    ...(unsure === 0
      ? []
      : [
          `${unsure} ${unsure === 1 ? 'has' : 'have'} too few measurements to compare: --repeat 5 on both sides is enough`,
        ]),
    ...(otherHost
      ? ['the hosts are different: only ratios within a run are compared, and even these depend on the host']
      : ['the host itself may have been faster on one of the days: only ratios within a run do not depend on that']),
  ];
}

/** Returns version, date and host of a bench in one line. */
export function headWords({ version, startedAt, host }: Omit<BenchDocument, 'schema' | 'figures'>): string {
  return [
    version === undefined ? 'an earlier racehammer' : `racehammer ${version}`,
    ...(startedAt === undefined ? [] : [dateWords(startedAt)]),
    `Node.js ${host.node}`,
    `${host.cores} ${host.cores === 1 ? 'core' : 'cores'} of ${host.cpuModel}`,
    `${host.platform} ${host.arch}`,
    `load ${host.loadavg[0].toFixed(2)}`,
  ].join(', ');
}

/** Returns `2026-11-21 17:44 UTC` for a time in JSON. */
function dateWords(startedAt: string): string {
  return startedAt.replace('T', ' ').replace(/:\d\d(\.\d+)?Z$/, ' UTC');
}
