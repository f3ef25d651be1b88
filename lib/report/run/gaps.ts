/** The picture of the distances between failures. Called by section.ts. */

import { counted, formatCount, formatSeconds } from '../format/numbers.js';
import type { GapFigures, RunDocument } from './document.js';
import { html, type Markup } from '../html/markup.js';
import { logScale, tenth } from '../html/scale.js';
import { valueAxes } from '../html/valueAxes.js';

/** A bar: the distances between failures within one power of two. */
interface Bar extends GapFigures {
  /** The number expected if all trials were independent and had one rate. */
  readonly even: number;
  /** The time of `from` and `to` trials at the run's mean speed, in seconds. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** A bar, and where its middle is. */
interface Placed {
  readonly bar: Bar;
  readonly x: number;
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
  const placed = bars.map((bar, i): Placed => ({ bar, x: tenth(LEFT + (i + 0.5) * slot) }));
  const labelled = placed.filter((_, i) => i % every === 0);
  // The caption and the table say the same to those who do not see it.
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">
    <text class="label" x="${LEFT}" y="${TOP - 6}">failures (logarithmic)</text>
    ${valueAxes([{ scale: y, label: formatCount }], [LEFT, WIDTH - RIGHT])}
    <g class="bars" stroke-width="${tenth(slot * 0.8)}">${placed.map((one) => barMarkup(one, y.at))}</g>
    <g class="even">${placed.map((one) => dotMarkup(one, y.at))}</g>
    <path class="axis" d="M${LEFT} ${BASE}H${WIDTH - RIGHT}" />
    ${tickRow(labelled, BASE + 15, ({ from }) => countWords(from))}
    ${tickRow(labelled, BASE + 30, ({ fromSeconds }) => formatSeconds(fromSeconds))}
    <text class="label middle" x="${(LEFT + WIDTH) / 2}" y="${BASE + 52}">
      trials since the failure before, or more (below: at the mean speed)
    </text>
  </svg>`;
}

function barMarkup({ bar, x }: Placed, at: (n: number) => number): Markup | null {
  if (bar.count === 0) return null;
  const words = `${rangeWords(bar)} ${bar.to === 1 ? 'trial' : 'trials'}: ${counted(bar.count, 'failure')}`;
  return html`<path d="M${x} ${BASE}V${at(bar.count)}"><title>${words}</title></path>`;
}

function dotMarkup({ bar, x }: Placed, at: (n: number) => number): Markup | null {
  return bar.even < 0.5 ? null : html`<circle cx="${x}" cy="${at(bar.even)}" r="3.5" />`;
}

/** Returns one line of labels of bars. */
function tickRow(placed: readonly Placed[], at: number, words: (bar: Bar) => string): Markup {
  return html`<g class="tick" transform="translate(0 ${at})">
    ${placed.map(({ bar, x }) => html`<text x="${x}">${words(bar)}</text>`)}
  </g>`;
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
