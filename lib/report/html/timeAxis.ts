/** The time axis of pictures. Called by soak/memoryOverTime.ts and run/overTime.ts. */

import { formatSeconds } from '../format/numbers.js';
import { html, type Markup } from './markup.js';
import type { Scale } from './scale.js';

/** Room for the label of a tick; one at the end of the axis would be cut off. */
const LABEL = 36;

/** Draws a time axis at height `base` from `left` to `right`; `label` says what the time is measured from. */
export function timeAxis(x: Scale, base: number, [left, right]: readonly [number, number], label: string): Markup {
  return html`<line class="axis" x1="${left}" y1="${base}" x2="${right}" y2="${base}" />
    ${x.ticks.map(
      (s) =>
        html`<text
          class="tick"
          x="${x.at(s)}"
          y="${base + 15}"
          text-anchor="${x.at(s) > right - LABEL / 2 ? 'end' : 'middle'}"
          >${s === 0 ? '0' : formatSeconds(s)}</text
        >`,
    )}
    <text class="label" x="${(left + right) / 2}" y="${base + 31}" text-anchor="middle">${label}</text>`;
}
