/** The picture of the distances between failures. Called by section.ts. */

import { counted, formatCount, formatSeconds } from '../format/numbers.js';
import type { GapFigures, RunDocument } from './document.js';
import { html, type Markup } from '../html/markup.js';
import { logScale, tenth } from '../html/scale.js';
import { valueAxis } from '../html/valueAxis.js';

/** A bar: the distances between failures within one power of two. */
interface Bar extends GapFigures {
  /** The number expected if all trials were independent and had one rate. */
  readonly even: number;
  /** The time of `from` and `to` trials at the run's mean speed, in seconds. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

const WIDTH = 560;
const LEFT = 62;
const RIGHT = 8;
const TOP = 18;
const PANEL = 194;
const BASE = TOP + PANEL;
const HEIGHT = BASE + 62;

/** Draws how many trials there were from one failure to the next, and the expected numbers. Null if nothing failed. */
export function gapsPicture(run: RunDocument): Markup | null {
  const bars = barsOf(run);
  if (bars.length === 0) return null;
  const most = Math.max(...bars.map(({ count, even }) => Math.max(count, even)));
  const y = logScale(0.5, Math.max(10, most * 1.6), BASE, TOP);
  const slot = (WIDTH - LEFT - RIGHT) / bars.length;
  const every = Math.ceil(bars.length / 9);
  return html`<svg width="${WIDTH}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${gapsSummary(run)}">
    <text class="label" x="${LEFT}" y="${TOP - 6}">failures (logarithmic)</text>
    ${valueAxis(y, [LEFT, WIDTH - RIGHT], formatCount)}
    <g class="failures">${bars.map((bar, i) => barMarkup(bar, LEFT + i * slot, slot, y.at))}</g>
    <g class="even">${bars.map((bar, i) => dotMarkup(bar, LEFT + (i + 0.5) * slot, y.at))}</g>
    <path class="axis" d="M${LEFT} ${BASE}H${WIDTH - RIGHT}" />
    <g class="tick" text-anchor="middle">
      ${bars.map((bar, i) => (i % every === 0 ? tickMarkup(bar, tenth(LEFT + (i + 0.5) * slot)) : null))}
    </g>
    <text class="label" x="${(LEFT + WIDTH) / 2}" y="${BASE + 52}" text-anchor="middle">
      trials since the failure before, or more (below: at the mean speed)
    </text>
  </svg>`;
}

function barMarkup(bar: Bar, left: number, slot: number, at: (n: number) => number): Markup | null {
  if (bar.count === 0) return null;
  return html`<path d="M${tenth(left + slot * 0.1)} ${BASE}V${at(bar.count)}h${tenth(slot * 0.8)}V${BASE}"
    ><title>
      ${rangeWords(bar)} ${bar.to === 1 ? 'trial' : 'trials'} (${timeWords(bar)}): ${counted(bar.count, 'failure')}
    </title></path
  >`;
}

function dotMarkup({ even }: Bar, x: number, at: (n: number) => number): Markup | null {
  return even < 0.5 ? null : html`<circle cx="${tenth(x)}" cy="${at(even)}" r="3.5" />`;
}

function tickMarkup({ from, fromSeconds }: Bar, x: number): Markup {
  return html`<text x="${x}" y="${BASE + 15}">${countWords(from)}</text>
    <text x="${x}" y="${BASE + 30}">${formatSeconds(fromSeconds)}</text>`;
}

/** Returns the same numbers as a table. */
export function gapsTable(run: RunDocument): Markup {
  return html`<div class="scroll">
    <table class="fit figures">
      <thead>
        <tr>
          <th>trials</th>
          <th>about</th>
          <th>failures</th>
          <th>if even</th>
        </tr>
      </thead>
      <tbody>
        ${barsOf(run).map(
          (bar) =>
            html`<tr>
              <td>${rangeWords(bar)}</td>
              <td>${timeWords(bar)}</td>
              <td>${formatCount(bar.count)}</td>
              <td>${bar.even < 10 ? bar.even.toFixed(1) : formatCount(bar.even)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Returns "Half of the failures came within 7 trials of the one before (about 20 µs), 99 % within 63 (about 180 µs)." */
export function gapsSummary(run: RunDocument): string {
  const bars = barsOf(run);
  const within = (share: number): string => {
    const bar = quantile(bars, share);
    return `${formatCount(bar.to)} ${bar.to === 1 ? 'trial' : 'trials'} (about ${formatSeconds(bar.toSeconds)})`;
  };
  return bars.length === 0
    ? 'No failure.'
    : `Half of the failures came within ${within(0.5)} of the one before, 99 % within ${within(0.99)}.`;
}

function quantile(bars: readonly Bar[], share: number): Bar {
  const all = bars.reduce((sum, { count }) => sum + count, 0);
  let seen = 0;
  return bars.find(({ count }) => (seen += count) >= share * all) ?? bars.at(-1)!;
}

/** Returns all powers of two from the shortest distance to the longest, also empty ones. */
function barsOf({ failureGaps, failures, trials, seconds, machines }: RunDocument): Bar[] {
  if (failureGaps.length === 0 || trials === 0) return [];
  const counts = new Map<number, number>();
  for (const { from, count } of failureGaps) {
    const power = Math.min(52, Math.floor(Math.log2(from)));
    counts.set(power, (counts.get(power) ?? 0) + count);
  }
  const powers = [...counts.keys()];
  const first = Math.min(...powers);
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const survives = (n: number): number => Math.exp(n * Math.log1p(-Math.min(failures / trials, 1 - 1e-15)));
  const secondsPerTrial = (seconds * machines) / trials;
  return Array.from({ length: Math.max(...powers) - first + 1 }, (_, i) => {
    const from = 2 ** (first + i);
    const to = 2 * from - 1;
    return {
      from,
      to,
      count: counts.get(first + i) ?? 0,
      even: all * (survives(from - 1) - survives(to)),
      fromSeconds: from * secondsPerTrial,
      toSeconds: to * secondsPerTrial,
    };
  });
}

function rangeWords({ from, to }: Bar): string {
  return from === to ? formatCount(from) : `${formatCount(from)} to ${formatCount(to)}`;
}

function timeWords({ fromSeconds, toSeconds }: Bar): string {
  return `${formatSeconds(fromSeconds)} to ${formatSeconds(toSeconds)}`;
}

/** Returns "1", "512", "8,192", "16 k", "2 M": powers of two, the large ones in units of 1,024. */
function countWords(n: number): string {
  if (n < 10_000) return formatCount(n);
  const units = ['', ' k', ' M', ' G', ' T', ' P'];
  const unit = Math.min(units.length - 1, Math.floor(Math.log2(n) / 10));
  return `${n / 1024 ** unit}${units[unit]}`;
}
