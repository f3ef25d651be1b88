import { isReached, type BenchDocument, type Figure } from './benchDocument.js';
import type { BenchComparison, Change, FigureComparison, Measured } from './figureComparison.js';
import { formatFigure } from './numbers.js';
import { renderTable, type Column } from './table.js';

const FIGURES: readonly Column[] = [
  { head: 'figure', align: 'left' },
  { head: 'median', align: 'right' },
  { head: 'unit', align: 'left' },
  { head: 'lowest', align: 'right' },
  { head: 'highest', align: 'right' },
  { head: 'rounds', align: 'right' },
  { head: 'to reach', align: 'left' },
  { head: '', align: 'left' },
];

/** A row for each figure: its median, its range over the rounds, what it is to reach and whether it does. */
export function figureLines(figures: readonly Figure[], boxed: boolean): string[] {
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
  return renderTable(FIGURES, rows, boxed);
}

/** Says whether a figure meets its target; nothing if it has none. */
export function reachedWords(figure: Figure): string {
  const reached = isReached(figure);
  return reached === null ? '' : reached ? 'reached' : 'not reached';
}

const COMPARED: readonly Column[] = [
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
  'too-few-rounds': 'too few rounds',
  'other-host': 'other host',
};

/** Two benches figure by figure, what only one of them has, and what may be concluded. */
export function benchComparisonLines(comparison: BenchComparison, boxed: boolean): string[] {
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
          boxed,
        )),
    ...(onlyOld.length === 0 ? [] : ['', `only in the old one: ${onlyOld.join(', ')}`]),
    ...(onlyNew.length === 0 ? [] : ['', `only in the new one: ${onlyNew.join(', ')}`]),
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

/** Lowest and highest of the rounds. */
export function rangeWords({ low, high }: Pick<Measured, 'low' | 'high'>): string {
  return `${formatFigure(low)} .. ${formatFigure(high)}`;
}

function conclusion({ figures, better, worse, otherHost }: BenchComparison): string[] {
  const unsure = figures.filter(({ change }) => change === 'too-few-rounds').length;
  return [
    `${figures.length} figures compared: ${better} better, ${worse} worse beyond their noise`,
    ...(unsure === 0 ? [] : [`${unsure} have too few rounds to tell: five on both sides are enough`]),
    ...(otherHost
      ? ['the hosts are different: only ratios within a run are compared, and they too depend on the host']
      : ['the host itself may have been faster or slower on one day: ratios within a run stand above that']),
  ];
}

/** Of what, when and where. */
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

/** `2026-11-21 17:44 UTC` for a time as JSON has it. */
function dateWords(startedAt: string): string {
  return startedAt.replace('T', ' ').replace(/:\d\d(\.\d+)?Z$/, ' UTC');
}
