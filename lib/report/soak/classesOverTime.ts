/** The picture of the classes of orders that a row has met over the time of a soak. Called by rowSection.ts. */

import { formatCount, formatSeconds } from '../format/numbers.js';
import type { ClassesOverTime } from './document.js';
import { html, type Markup } from '../html/markup.js';
import { linearScale, spanScale } from '../html/scale.js';
import { valueAxes } from '../html/valueAxes.js';
import { timeAxis } from '../html/timeAxis.js';

const WIDTH = 560;
const LEFT = 62;
const RIGHT = 8;
const TOP = 18;
const PANEL = 84;
const HEIGHT = TOP + PANEL + 34;

/** Draws how many classes had been met by then, and how many there are. `points` must not be empty. */
export function classesOverTime({ points }: ClassesOverTime, classes: number, endMs: number): Markup {
  const base = TOP + PANEL;
  const x = spanScale(endMs / 1000, LEFT, WIDTH - RIGHT);
  const y = linearScale(classes, base, TOP);
  const met = points.at(-1)!.met;
  const steps = points.map((point) => `H${x.at(point.ms / 1000).toFixed(1)}V${y.at(point.met).toFixed(1)}`);
  const words = `Classes of orders met over ${formatSeconds(endMs / 1000)}: ${formatCount(met)} of ${formatCount(classes)}.`;
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${words}">
    <text class="label" x="${LEFT}" y="${TOP - 6}">classes of orders met, of ${formatCount(classes)}</text>
    ${valueAxes([{ scale: y, label: formatCount }], [LEFT, WIDTH - RIGHT])}
    <path class="memory" d="M${LEFT} ${base}${steps}H${WIDTH - RIGHT}" />
    ${timeAxis(x, base, [LEFT, WIDTH - RIGHT], 'of the soak')}
  </svg>`;
}
