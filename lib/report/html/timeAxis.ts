/** The time axis of pictures. Called by soak/memoryOverTime.ts, soak/classesOverTime.ts and run/overTime.ts. */

import { formatSeconds } from '../format/numbers.js';
import { html, type Markup } from './markup.js';
import type { Scale } from './scale.js';

/** Room for the label of a tick; one at the end of the axis would be cut off. */
const LABEL = 36;

/** Draws a time axis at height `base` from `left` to `right`; `label` says what the time is measured from. */
export function timeAxis(x: Scale, base: number, [left, right]: readonly [number, number], label: string): Markup {
  return html`<path class="axis" d="M${left} ${base}H${right}" />
    <g class="tick" text-anchor="middle">
      ${x.ticks.map((s) => {
        const isAtEnd = x.at(s) > right - LABEL / 2;
        return html`<text x="${x.at(s)}" y="${base + 15}" ${isAtEnd ? html`text-anchor="end"` : null}
          >${s === 0 ? '0' : formatSeconds(s)}</text
        >`;
      })}
    </g>
    <text class="label" x="${(left + right) / 2}" y="${base + 31}" text-anchor="middle">${label}</text>`;
}
