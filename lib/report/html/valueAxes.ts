/** The axes of values of pictures. Called by what draws values over time, trials or delays. */

import { html, type Markup } from './markup.js';
import type { Scale } from './scale.js';

/** An axis of values; `label` returns null for a tick without one. */
export interface ValueAxis {
  readonly scale: Scale;
  readonly label: (tick: number) => string | number | null;
}

/** Draws a line from `left` to `right` at each tick of axes one above the other, and its label in front of it. */
export function valueAxes(axes: readonly ValueAxis[], [left, right]: readonly [number, number]): Markup {
  const lines = axes.flatMap(({ scale: { at, ticks } }) => ticks.map((tick) => `M${left} ${at(tick)}H${right}`));
  const labels = axes.flatMap(({ scale: { at, ticks }, label }) =>
    ticks.flatMap((tick) => {
      const words = label(tick);
      return words === null ? [] : [html`<text y="${at(tick)}">${words}</text>`];
    }),
  );
  return html`<path class="grid" d="${lines}" />
    <g class="tick values" transform="translate(${left - 6} 4)">${labels}</g>`;
}
