/** The picture of a soak's memory. Called by section.ts. */

import { formatSeconds } from '../format/numbers.js';
import type { MemoryFigures } from './document.js';
import { html, type Markup } from '../html/markup.js';
import { linearScale, spanScale } from '../html/scale.js';
import { valueAxes } from '../html/valueAxes.js';
import { timeAxis } from '../html/timeAxis.js';

const WIDTH = 560;
const LEFT = 62;
const RIGHT = 8;
const TOP = 18;
const PANEL = 120;
const HEIGHT = TOP + PANEL + 34;

/** Draws the resident memory over the time of a soak, a line for each process. */
export function memoryOverTime({ samples, mostMb }: MemoryFigures, endMs: number): Markup {
  const base = TOP + PANEL;
  const x = spanScale(endMs / 1000, LEFT, WIDTH - RIGHT);
  const y = linearScale(mostMb, base, TOP);
  const sessions = [...new Set(samples.map(({ session }) => session))];
  const line = (session: number): string => {
    const mine = samples.filter((sample) => sample.session === session);
    const points = mine.map(({ ms, mb }) => `${x.at(ms / 1000).toFixed(1)} ${y.at(mb).toFixed(1)}`);
    // A single sample would be a line without length.
    return `M${points.join('L')}${points.length === 1 ? 'h1' : ''}`;
  };
  return html`<svg
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    role="img"
    aria-label="Resident memory over ${formatSeconds(endMs / 1000)}: at most ${mostMb} MB."
  >
    <text class="label" x="${LEFT}" y="${TOP - 6}">MB resident</text>
    ${valueAxes([{ scale: y, label: (mb) => mb }], [LEFT, WIDTH - RIGHT])}
    ${sessions.map((session) => html`<path class="memory" d="${line(session)}" />`)}
    ${timeAxis(x, base, [LEFT, WIDTH - RIGHT], 'of the soak')}
  </svg>`;
}
