/** The picture of one tuned delay. Called by page.ts. */

import { counted, formatCount, formatRate } from '../format/numbers.js';
import type { TunedCurve } from './document.js';
import { html, type Markup } from '../html/markup.js';
import { linearScale, logScale } from '../html/scale.js';
import { valueAxes } from '../html/valueAxes.js';

const WIDTH = 560;
const LEFT = 74;
const RIGHT = 12;
const TOP = 18;
const PANEL = 170;
const BASE = TOP + PANEL;
const HEIGHT = BASE + 44;
/** The position of 0 on a logarithmic axis. */
const ZERO_AT = 8;

/** Draws the rate over one delay, with the interval of each point; a line marks the value found. */
export function curvePicture({ parameter, found, points }: TunedCurve, goal: string): Markup {
  const most = Math.max(...points.map(({ rate, high }) => Math.max(rate, high)));
  const y = linearScale(most, BASE, TOP);
  const x = logScale(ZERO_AT, Math.max(...points.map(({ spins }) => spins), 100), LEFT, WIDTH - RIGHT);
  const at = (spins: number): number => x.at(Math.max(ZERO_AT, spins));
  const line = points.map(({ spins, rate }) => `${at(spins)},${y.at(rate)}`).join(' ');
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${summary(points, goal, parameter)}">
    ${valueAxes([{ scale: y, label: formatRate }], [LEFT, WIDTH - RIGHT])}
    <line class="even" x1="${at(found)}" y1="${TOP}" x2="${at(found)}" y2="${BASE}" stroke-dasharray="4 3" />
    <polyline class="trend" points="${line}" />
    ${points.map(
      ({ spins, rate, low, high }) =>
        html`<line class="whisker" x1="${at(spins)}" y1="${y.at(low)}" x2="${at(spins)}" y2="${y.at(high)}" />
          <circle class="point" cx="${at(spins)}" cy="${y.at(rate)}" r="3"
            ><title>${counted(spins, 'spin')}: ${formatRate(rate)}</title></circle
          >`,
    )}
    <line class="axis" x1="${LEFT}" y1="${BASE}" x2="${WIDTH - RIGHT}" y2="${BASE}" />
    <text class="tick" x="${LEFT}" y="${BASE + 15}" text-anchor="middle">0</text>
    ${x.ticks.map(
      (tick) =>
        html`<text class="tick" x="${x.at(tick)}" y="${BASE + 15}" text-anchor="middle">${formatCount(tick)}</text>`,
    )}
    <text class="label" x="${(LEFT + WIDTH) / 2}" y="${BASE + 36}" text-anchor="middle">
      ${parameter}, in spins (logarithmic); dashed: the value found
    </text>
  </svg>`;
}

function summary(points: TunedCurve['points'], goal: string, parameter: string): string {
  const best = points.reduce((top, point) => (point.rate > top.rate ? point : top), points[0]);
  return `${goal} per second over ${parameter}: most at ${counted(best.spins, 'spin')}, ${formatRate(best.rate)}.`;
}
