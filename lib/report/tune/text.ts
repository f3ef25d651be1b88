/** Shows the result of a tuning as text. Called by `tune`; the page uses its words. */

import { counted, formatCount, formatProbability, formatRate } from '../format/numbers.js';
import { renderTable } from '../format/table.js';
import { orderLines } from '../run/orderLines.js';
import type { Settings, SpinRange } from '../../race/settings.js';
import type { ParameterEffect, TuneResult, TunedCurve, TunedRate, TunedShape } from './document.js';
import { worldOf, type OfCode } from '../words/world.js';
import type { Screen } from '../format/screen.js';

const BAR = 32;
/** Parameters whose values are listed. */
const LISTED = 4;
/** From nothing to the most. */
const SHADES = ' .:-=+*#%@';

export function tuneReport(result: TuneResult, screen: Screen): string[] {
  return [
    headline(result),
    ...(result.violations > 0
      ? [`VIOLATED: ${counted(result.violations, 'failure')} of a variant that should hold; run it for the report`]
      : []),
    ...begunLines(result),
    ...settingsTable(result, screen),
    `${counted(result.tried, 'setting')} in ${counted(result.slices, 'slice')}, ${result.seconds.toFixed(1)} s; rates are per second of CPU time`,
    ...effectLines(result, screen),
    ...result.curves.flatMap((curve) => curveLines(result, curve)),
    ...shapeLines(result, screen),
    `repeat: ${result.repeat}`,
  ];
}

/** Returns "xen-pin:buggy: TUNED: 6.4 times the failures (95 % interval 6.1 .. 6.8, 97 pairs of alternating slices)". */
export function headline(result: TuneResult): string {
  const { race, variant, won, duel, interrupted } = result;
  const name = `${race}:${variant}`;
  if (duel.pairs === 0)
    return interrupted
      ? `${name}: interrupted before the best could be compared with the default`
      : `${name}: the default stays: the time was too short to compare anything with it`;
  if (isOpen(duel))
    return `${name}: the default stays: too short to decide, after ${counted(duel.pairs, 'pair')} of slices`;
  const [times, low, high] = [duel.ratio, duel.low95, duel.high95].map(timesWords);
  const ratio = `${times} times the ${goalWords(result)} (95 % interval ${low} .. ${high}, ${counted(duel.pairs, 'pair')} of alternating slices)`;
  const cut = interrupted ? '; interrupted' : '';
  if (won) return `${name}: TUNED: ${ratio}${cut}`;
  const gain = duel.high95 === null ? null : Math.max(0, duel.high95 - 1);
  const within =
    gain === null
      ? ''
      : gain === 0
        ? ': nothing better was found'
        : `: it is within ${Math.ceil(100 * gain)} % of the best found`;
  return `${name}: the default stays${within}; the best found has ${ratio}${cut}`;
}

/** Returns the order that the search began with, and how good its delays were. */
export function begunLines({ order, noOrder, begun, expectedOutcome }: TuneResult): string[] {
  if (order === null) return expectedOutcome === null ? [] : [`began with the default alone: ${noOrder ?? ''}`];
  if (begun === null) return orderLines(order);
  const ratio =
    begun.ratio === null ? 'what the default has none of' : `${timesWords(begun.ratio)} times the default's failures`;
  const delays = [
    ...Object.entries(begun.phases).map(([name, { min, max }]) => `phase ${name} ${min}..${max}`),
    ...Object.entries(begun.windows).map(([name, { min, max }]) => `window ${name} ${min}..${max}`),
  ];
  return [
    ...orderLines(order),
    `  began with it: of ${begun.points} delays the best had ${ratio}: ${delays.join(', ')}`,
  ];
}

/** Whether the pairs leave any ratio possible. */
export function isOpen({ low95, high95 }: TuneResult['duel']): boolean {
  return low95 === 0 && high95 === null;
}

export function goalWords({ goal }: Pick<TuneResult, 'goal'>): string {
  return { failures: 'failures', 'near-misses': 'near misses', trials: 'trials' }[goal];
}

/** Returns best value over worst: "3.2 x", "440 x". */
export function spreadWords(spread: number | null): string {
  return spread === null ? '' : `${spread < 10 ? spread.toFixed(1) : formatCount(spread)} x`;
}

function timesWords(ratio: number | null): string {
  if (ratio === null || ratio > 1e6) return 'any number of';
  return ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(1);
}

/** Returns the settings by name, in the words of the options. */
export function settingRows(settings: Settings, of: OfCode = {}): [string, string][] {
  const { cpus, machines, sync, round, spin, phases, windows } = settings;
  return [
    [axisWords(of, ', '), `${cpus}, ${machines}`],
    ['sync', sync],
    ['round', String(round)],
    ['spin', spinWords(spin)],
    ...Object.entries(phases).map(([actor, range]): [string, string] => [`phase ${actor}`, spinWords(range)]),
    ...Object.entries(windows).map(([name, range]): [string, string] => [`window ${name}`, spinWords(range)]),
  ];
}

/** Returns "CPUs, machines", or "threads and groups". */
export function axisWords(of: OfCode, between: string): string {
  const { thread, group } = worldOf(of);
  return `${thread}s${between}${group}s`;
}

/** Returns the rates by name. */
export function rateRows(goal: string, rate: TunedRate): [string, string][] {
  return [
    [`${goal}/s`, formatRate(rate.rate)],
    [`${goal}/s of wall-clock time`, formatRate(rate.clockRate)],
    ['trials/s', formatRate(rate.trialsPerS)],
    [`${goal} per trial`, formatProbability(Math.min(1, rate.hitsPerTrial))],
  ];
}

function settingsTable(result: TuneResult, screen: Screen): string[] {
  const { defaults, best } = result;
  const goal = goalWords(result);
  const rows = [...settingRows(defaults, result), ...rateRows(goal, defaults)];
  const found = [...settingRows(best, result), ...rateRows(goal, best)];
  const columns = [
    { head: 'setting', align: 'left' },
    { head: 'default', align: 'right' },
    { head: 'best found', align: 'right' },
  ] as const;
  return renderTable(
    columns,
    rows.map(([name, value], i) => [name, value, found[i][1] === value ? '' : found[i][1]]),
    screen,
  );
}

function effectLines(result: TuneResult, screen: Screen): string[] {
  const { effects } = result;
  if (effects.length === 0) return [];
  const columns = [
    { head: 'what mattered', align: 'left' },
    { head: 'default', align: 'right' },
    { head: 'found', align: 'right' },
    { head: 'rate with its default', align: 'right' },
    { head: 'best over worst value', align: 'right' },
  ] as const;
  const rows = effects.map(({ parameter, byDefault, found, without, spread }) => [
    parameter,
    byDefault,
    found === byDefault ? '' : found,
    without === null ? '' : `${Math.round(100 * without)} %`,
    spreadWords(spread),
  ]);
  const listed = effects.toSorted((a, b) => (b.spread ?? 0) - (a.spread ?? 0)).slice(0, LISTED);
  return ['', ...renderTable(columns, rows, screen), ...listed.flatMap((effect) => valueLines(result, effect))];
}

/** Returns the hits by the value of a parameter, over all slices of the search. */
function valueLines(result: TuneResult, { parameter, values }: ParameterEffect): string[] {
  const most = Math.max(...values.map(({ rate }) => rate));
  if (values.length < 2 || most === 0) return [];
  const width = Math.max(...values.map(({ value }) => value.length));
  return [
    '',
    `${goalWords(result)}/s by ${parameter}, all values tried:`,
    ...values.map(
      ({ value, rate, slices }) =>
        `  ${value.padStart(width)} |${bar(rate / most)}| ${formatRate(rate)}, ${formatCount(slices)} ${slices === 1 ? 'slice' : 'slices'}`,
    ),
  ];
}

function curveLines(result: TuneResult, { parameter, found, points }: TunedCurve): string[] {
  const most = Math.max(...points.map(({ rate }) => rate));
  if (most === 0) return [];
  const width = Math.max(...points.map(({ spins }) => formatCount(spins).length));
  return [
    '',
    `${goalWords(result)}/s over ${parameter} in spins, all others as found (> marks the value found):`,
    ...points.map(
      ({ spins, rate }) =>
        `${spins === found ? '>' : ' '} ${formatCount(spins).padStart(width)} |${bar(rate / most)}| ${formatRate(rate)}`,
    ),
  ];
}

function bar(share: number): string {
  return '#'.repeat(Math.round(BAR * share)).padEnd(BAR);
}

/** Returns a map of CPUs by machines with a shade for each shape, then a table of the shapes. */
function shapeLines(result: TuneResult, screen: Screen): string[] {
  const { shapes } = result;
  const { thread, group, hasWindows } = worldOf(result);
  if (shapes.length === 0) return [];
  const goal = goalWords(result);
  return [
    '',
    `${goal}/s over ${axisWords(result, ' and ')}, from nothing (blank) to the most (@):`,
    ...mapTable(result, screen),
    ...renderTable(
      [
        { head: `${thread}s`, align: 'right' },
        { head: `${group}s`, align: 'right' },
        { head: 'by default', align: 'right' },
        { head: 'best', align: 'right' },
        { head: 'trials/s', align: 'right' },
        { head: `${goal} per trial`, align: 'right' },
        ...(hasWindows ? [{ head: 'near misses per trial', align: 'right' as const }] : []),
        { head: 'spin', align: 'right' },
      ],
      inOrder(shapes).map((shape) => [
        String(shape.cpus),
        String(shape.machines),
        formatRate(shape.defaultRate),
        formatRate(shape.rate),
        formatRate(shape.trialsPerS),
        formatProbability(Math.min(1, shape.hitsPerTrial)),
        ...(hasWindows ? [formatProbability(Math.min(1, shape.nearMissesPerTrial))] : []),
        spinWords(shape.settings.spin),
      ]),
      screen,
    ),
  ];
}

function mapTable({ shapes, ...of }: TuneResult, screen: Screen): string[] {
  const { thread, group } = worldOf(of);
  const machines = [...new Set(shapes.map((shape) => shape.machines))].toSorted((a, b) => a - b);
  const cpus = [...new Set(shapes.map((shape) => shape.cpus))].toSorted((a, b) => a - b);
  const most = Math.max(...shapes.map(({ rate }) => rate));
  const cell = (c: number, m: number): string => {
    const shape = shapes.find((each) => each.cpus === c && each.machines === m);
    if (shape === undefined) return '';
    const shade = most === 0 ? 0 : Math.ceil((SHADES.length - 1) * (shape.rate / most));
    return `${SHADES[shade].repeat(3)} ${formatRate(shape.rate)}`;
  };
  return renderTable(
    [
      { head: `${thread}s`, align: 'right' },
      ...machines.map((m) => ({ head: counted(m, group), align: 'left' as const })),
    ],
    cpus.map((c) => [String(c), ...machines.map((m) => cell(c, m))]),
    screen,
  );
}

function inOrder(shapes: readonly TunedShape[]): TunedShape[] {
  return shapes.toSorted((a, b) => a.cpus - b.cpus || a.machines - b.machines);
}

function spinWords({ min, max }: SpinRange): string {
  return min === max ? String(min) : `${min}..${max}`;
}
