/** The time axis of pictures. Called by soak/memoryOverTime.ts, soak/classesOverTime.ts and run/overTime.ts. */

import { formatSeconds } from '../format/numbers.js';
import { html, type Markup } from './markup.js';
import type { Scale } from './scale.js';

/** Room for the label of a tick; one at the end of the axis would be cut off. */
const LABEL = 36;

/** Draws a time axis at height `base` from `left` to `right`; `label` says what the time is measured from. */
export function timeAxis(x: Scale, base: number, [left, right]: readonly [number, number], label: string): Markup {
  return html`<path class="axis" d="M${left} ${base}H${right}" />
    <g class="tick" transform="translate(0 ${base + 15})">
      ${x.ticks.map((s) => {
        const words = s === 0 ? '0' : formatSeconds(s);
        return x.at(s) > right - LABEL / 2
          ? html`<text class="end" x="${x.at(s)}">${words}</text>`
          : html`<text x="${x.at(s)}">${words}</text>`;
      })}
    </g>
    <text class="label middle" x="${(left + right) / 2}" y="${base + 31}">${label}</text>`;
}
