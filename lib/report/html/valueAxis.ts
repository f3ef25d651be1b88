/** The axis of values of pictures. Called by what draws values over time, trials or delays. */

import { html, type Markup } from './markup.js';
import { tenth, type Scale } from './scale.js';

/** Draws a line from `left` to `right` at each tick, and its label in front of it; `label` returns null for a line without one. */
export function valueAxis(
  { at, ticks }: Scale,
  [left, right]: readonly [number, number],
  label: (tick: number) => string | number | null,
): Markup {
  const labelled = ticks.flatMap((tick) => {
    const words = label(tick);
    return words === null ? [] : [html`<text x="${left - 6}" y="${tenth(at(tick) + 4)}">${words}</text>`];
  });
  return html`<path class="grid" d="${ticks.map((tick) => `M${left} ${at(tick)}H${right}`)}" />
    <g class="tick" text-anchor="end">${labelled}</g>`;
}
