/**
 * Shows a soak as text: table, claims, rows that are not as expected, events, memory. Called at the end of `soak`, by
 * `soak status` and the page.
 */

import { exitCodeOf, verdictWords } from '../../statistics/verdict.js';
import { counted, formatCount, formatProbability, formatRate, formatSeconds } from '../format/numbers.js';
import { powerCell } from '../words/power.js';
import { paintedVerdict } from '../words/verdictPaint.js';
import { renderTable, type TableColumn } from '../format/table.js';
import { starvedSoakWords } from './starved.js';
import { sparkline } from '../format/sparkline.js';
import { fleetLines } from './fleetText.js';
import { rowName } from './rowNames.js';
import { verdictSentence } from './sentence.js';
import type { MemoryFigures, RowVerdict, SoakDocument } from './document.js';
import { hasRun, hasStoppedFailing } from './verdict.js';
import { WORST_FIRST } from '../verify/document.js';
import { worldOf } from '../words/world.js';
import type { Screen } from '../format/screen.js';

const CLASSES: TableColumn = { head: 'classes met', align: 'right' };
const NEAR: TableColumn = { head: 'near misses', align: 'right' };
const COLUMNS: readonly TableColumn[] = [
  { head: 'race', align: 'left' },
  { head: 'row', align: 'left' },
  { head: 'time', align: 'right' },
  { head: 'trials', align: 'right' },
  { head: 'trials/s', align: 'right' },
  { head: 'observed', align: 'left' },
  { head: 'per trial (95 %)', align: 'left' },
  { head: 'against its twin', align: 'left' },
  { head: 'verdict', align: 'left' },
];

/** The columns up to the speed. */
const SPEED = 5;

/** Returns the table of all rows, with their classes if some are counted. */
export function soakTable(all: readonly RowVerdict[], screen: Screen): string[] {
  // Where a row takes several lines, those that say nothing would hide the others; the summary counts them.
  const rows = screen.width === Infinity ? all : all.filter(hasRun);
  if (rows.length === 0) return ['no row has run yet'];
  const hasWindows = rows.some((row) => worldOf(row).hasWindows);
  const hasClasses = rows.some(({ classes }) => classes !== null);
  return renderTable(
    [
      ...COLUMNS.slice(0, SPEED),
      ...(hasWindows ? [NEAR] : []),
      ...COLUMNS.slice(SPEED, -1),
      ...(hasClasses ? [CLASSES] : []),
      COLUMNS.at(-1)!,
    ],
    rows.map((row) => [
      row.race,
      rowName(row, all),
      formatSeconds(row.seconds),
      formatCount(row.trials),
      row.seconds > 0 ? formatRate(row.trials / row.seconds) : '-',
      ...(hasWindows ? [nearMissCell(row)] : []),
      observed(row),
      rate(row),
      powerCell({ ...row, expectedOutcome: row.expected }),
      ...(hasClasses ? [classesCell(row)] : []),
      hasRun(row) ? paintedVerdict(screen.paint, row.verdict) : screen.paint.dim('not run yet'),
    ]),
    screen,
  );
}

/** Returns the near misses; "-" where no window is open in a trial. */
function nearMissCell(row: RowVerdict): string {
  return worldOf(row).hasWindows ? formatCount(row.nearMisses) : '-';
}

/** Returns "21 of 924"; "-" where classes are not counted. */
export function classesCell({ classes: figures }: RowVerdict): string {
  if (figures === null || figures.classes === null) return '-';
  const others = figures.unknown === 0 ? '' : ', AND OTHERS';
  return `${formatCount(figures.met)} of ${formatCount(figures.classes)}${others}`;
}

/** Returns "no failure", or the signatures with their counts; "not run" without a trial. */
export function observed(row: RowVerdict): string {
  const { outcomes } = row;
  if (row.trials === 0) return 'not run';
  return outcomes.length === 0
    ? 'no failure'
    : outcomes.map((o) => `${o.signature} ${formatCount(o.count)}`).join(', ');
}

function rate(row: RowVerdict): string {
  if (row.trials === 0) return '-';
  if (row.failures === 0) return `< ${formatProbability(row.high95)}`;
  return `${formatProbability(row.low95)} .. ${formatProbability(row.high95)}`;
}

/** Says whether a soak is running, and how much of its time it has used. */
export function stateWords({ campaign, soakingPid }: SoakDocument): string {
  const time = `${formatSeconds(campaign.elapsedMs / 1000)} of ${formatSeconds(campaign.budgetMs / 1000)}`;
  if (soakingPid !== null) return `Running: ${time}.`;
  return campaign.endedAt === null ? `Not finished: ${time}; no process is running it.` : `Finished: ${time}.`;
}

/** Returns the whole report: table, claims, what was not as expected and how to repeat it, events. */
export function soakReport(document: SoakDocument, screen: Screen): string[] {
  const { rows, events } = document;
  const run = rows.filter(hasRun);
  const bad = run.filter(({ verdict }) => exitCodeOf(verdict) !== 0);
  return [
    ...soakTable(rows, screen),
    '',
    ...claims(run, placeWords(document)),
    ...fleetLines(document, screen),
    ...[starvedSoakWords(document)].filter((words) => words !== null),
    ...bad.flatMap((row) => ['', ...unexpected(row, document, screen)]),
    ...(events.length === 0
      ? []
      : [
          '',
          'events:',
          ...events.map((e) => `  at ${formatSeconds(e.elapsedMs / 1000)}: ${e.kind}: ${firstLine(e.text)}`),
        ]),
    '',
    ...memoryLines(document.memory),
    summaryOf(document),
  ];
}

/** Returns "campaign everything: 5m 00s of 8h 00m, 109 rows, 98 as expected, 2 INCONCLUSIVE, 9 not run yet". */
export function summaryOf({ campaign, rows }: SoakDocument): string {
  const run = rows.filter(hasRun);
  const bad = run.filter(({ verdict }) => exitCodeOf(verdict) !== 0);
  const kinds = WORST_FIRST.map((kind) => [kind, bad.filter(({ verdict }) => verdict === kind).length] as const);
  const parts = [
    `campaign ${campaign.name}: ${formatSeconds(campaign.elapsedMs / 1000)} of ${formatSeconds(campaign.budgetMs / 1000)}`,
    `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`,
    `${run.length - bad.length} as expected`,
    ...kinds.filter(([, count]) => count > 0).map(([kind, count]) => `${count} ${verdictWords(kind)}`),
    ...(run.length === rows.length ? [] : [`${rows.length - run.length} not run yet`]),
  ];
  return parts.join(', ');
}

const SPARKS_MAX = 60;

/** Returns the memory over the time of the soak, and whether it grows. */
function memoryLines({ samples, mostMb, mbPerHour }: MemoryFigures): string[] {
  if (samples.length === 0) return [];
  const every = Math.ceil(samples.length / SPARKS_MAX);
  const shown = samples.filter((_, i) => (samples.length - 1 - i) % every === 0).map(({ mb }) => mb);
  const low = Math.min(...shown);
  const high = Math.max(...shown);
  const range = `${low.toFixed(0)} to ${high.toFixed(0)} MB between slices, at most ${mostMb.toFixed(0)} MB in one`;
  return [`memory: ${sparkline(shown, low)} ${range}; ${slopeWords(mbPerHour)}`];
}

/** Returns "+0.3 MB/h (-0.1 .. 0.6, 95 %) after the first minute". */
export function slopeWords(slope: MemoryFigures['mbPerHour']): string {
  if (slope === null) return 'too short to tell whether it grows';
  const number = (n: number): string => n.toFixed(Math.abs(n) < 100 ? 1 : 0);
  const sign = slope.slope > 0 ? '+' : '';
  const interval = `${number(slope.low95)} .. ${number(slope.high95)}, 95 %`;
  return `${sign}${number(slope.slope)} MB/h (${interval}) after the first minute`;
}

/** Says where a soak has run. */
export function placeWords({ fleet }: SoakDocument): string {
  return fleet === undefined ? 'on this host' : 'on the hosts whose hammer is proven';
}

/** Says what is known about the rows that should hold. `place`: where they have run. */
export function claims(rows: readonly RowVerdict[], place = 'on this host'): string[] {
  const held = rows.filter(({ verdict }) => verdict === 'HELD');
  const open = rows.filter(({ verdict, expected }) => verdict === 'INCONCLUSIVE' && expected === null).length;
  const noAnswer = 'INCONCLUSIVE: too few trials without a failure, or no known failure rate to compare with';
  const tooFew =
    open === 0 ? [] : [`${open} ${open === 1 ? 'row that should hold is' : 'rows that should hold are'} ${noAnswer}.`];
  if (held.length === 0) return ['no claim is possible: no row that should hold has held', ...tooFew];
  const trials = held.reduce((n, row) => n + row.trials, 0);
  const weakest = held.reduce((a, b) => ((a.bound999 ?? 0) >= (b.bound999 ?? 0) ? a : b));
  const proofs = rows.filter(({ expected }) => expected !== null);
  const working = proofs.filter(({ verdict }) => verdict === 'REPRODUCED').length;
  const undecided = proofs.filter(({ verdict }) => verdict === 'INCONCLUSIVE').length;
  return [
    `${counted(held.length, 'row')} held in ${counted(trials, 'trial')} in total. ` +
      `For each row taken alone, the failure rate is below ${formatProbability(weakest.bound999 ?? 1)} per trial (99.9 % confidence) under these conditions ${place}. The loosest bound is that of ${weakest.race}, ${rowName(weakest, rows)}.`,
    ...beside(held),
    ...tooFew,
    proofs.length === 0
      ? `No row of the campaign should fail, so nothing shows that failures can be found ${place}.`
      : `${working} of ${counted(proofs.length, 'row')} that should fail did so to the end: ${hammerWords(proofs.length - working, undecided, place)}.`,
  ];
}

/** Says which known rates the rows that held were judged by. */
function beside(held: readonly RowVerdict[]): string[] {
  const alone = held.filter(({ power }) => power?.source === 'floor').length;
  const words =
    'a fix that fixes nothing would have failed: the bound is below the rate at which the buggy twin fails here';
  if (alone === 0) return [`In each of them ${words}.`];
  const floor = `for ${alone} nothing of the same race fails in this campaign, so the bound is compared with an assumed rate`;
  return [alone === held.length ? `Note: ${floor}.` : `In ${held.length - alone} of them ${words}; ${floor}.`];
}

/** Says what the rows that should fail prove. `missing`: those that did not fail; `undecided`: those with too few trials. */
function hammerWords(missing: number, undecided: number, place: string): string {
  if (missing === 0) return `failures can be found ${place}`;
  if (missing === undecided) return `${undecided} of them had too few trials to show it`;
  return 'failures are not found as they should be, so the rows that held prove little';
}

function unexpected(row: RowVerdict, { rows, evidence }: SoakDocument, { paint }: Screen): string[] {
  const stopped = row.provedAtMs !== null && hasStoppedFailing(row) ? ' (it has failed before, and has stopped)' : '';
  return [
    `not as expected: ${row.race}, ${rowName(row, rows)}: ${paintedVerdict(paint, row.verdict)}${stopped}`,
    verdictSentence(row, rows),
    ...(row.harnessError === null ? [] : [`harness error, the first of ${row.harnessErrors}: ${row.harnessError}`]),
    ...evidence.filter((e) => e.row === row.id && e.signature !== row.expected).flatMap((e) => e.report.split('\n')),
    `repeat: ${row.repeat}`,
  ];
}

function firstLine(text: string): string {
  return text.split('\n')[0];
}
