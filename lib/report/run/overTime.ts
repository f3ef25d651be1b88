/** The picture of trials and failures over time. Called by section.ts and soak/rowSection.ts. */

import { formatRate, formatSeconds } from '../format/numbers.js';
import { binsOf, type Bin } from './bins.js';
import type { RunDocument } from './document.js';
import { worldOf } from '../words/world.js';
import { html, type Markup } from '../html/markup.js';
import { linearScale, spanScale, tenth, type Scale } from '../html/scale.js';
import { timeAxis } from '../html/timeAxis.js';
import { valueAxes, type ValueAxis } from '../html/valueAxes.js';

const WIDTH = 560;
const LEFT = 62;
const RIGHT = 8;
const PANEL = 84;
const GAP = 26;
const TOP = 18;
const HEIGHT = TOP + 2 * PANEL + GAP + 34;

/** Draws trials and failures per second between the samples of a run. Null if there are too few samples. */
export function overTime(run: RunDocument): Markup | null {
  const bins = binsOf(run);
  return bins.length < 3 ? null : ratesOverTime(bins, bins.at(-1)!.toMs, `since the ${worldOf(run).thread}s began`);
}

/** Draws trials and failures per second, one above the other, over a time that `label` names. */
export function ratesOverTime(bins: readonly Bin[], endMs: number, label: string): Markup {
  const x = spanScale(endMs / 1000, LEFT, WIDTH - RIGHT);
  const panels = [
    panelOf('trials', bins, ({ trials }) => trials, TOP),
    panelOf('failures', bins, ({ failures }) => failures, TOP + PANEL + GAP),
  ];
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${summary(bins, endMs)}">
    ${valueAxes(panels, [LEFT, WIDTH - RIGHT])}
    ${panels.map(({ name, base, bars }) => {
      return html`<text class="label" x="${LEFT}" y="${base - PANEL - 6}">${name} per second</text>
        <path class="${name}" d="${barsPath(bars(x), base)}" />`;
    })}
    ${timeAxis(x, panels[1].base, [LEFT, WIDTH - RIGHT], label)}
  </svg>`;
}

/** A part of the picture, with its own axis of values. */
interface Panel extends ValueAxis {
  readonly name: string;
  readonly base: number;
  readonly bars: (x: Scale) => readonly Bar[];
}

interface Bar {
  readonly left: number;
  readonly right: number;
  readonly top: number;
}

function panelOf(name: string, bins: readonly Bin[], count: (bin: Bin) => number, top: number): Panel {
  const rate = (bin: Bin): number => (bin.seconds > 0 ? count(bin) / bin.seconds : 0);
  const base = top + PANEL;
  const scale = linearScale(Math.max(...bins.map(rate)), base, top);
  return {
    name,
    base,
    scale,
    label: (tick) => (tick === 0 ? '0' : tick === scale.ticks.at(-1) ? formatRate(tick) : null),
    bars: ({ at }) =>
      bins.map((bin) => ({ left: at(bin.fromMs / 1000), right: at(bin.toMs / 1000), top: scale.at(rate(bin)) })),
  };
}

/**
 * Returns the outline of bars with a little room between them. They are one path, which goes from one to the next at the base, since a
 * page may have hundreds of pictures of sixty bars.
 */
function barsPath(bars: readonly Bar[], base: number): string {
  let at = LEFT;
  const along = (to: number): string => {
    const by = tenth(to - at);
    at = to;
    return by === 0 ? '' : `h${String(by).replace(/^(-?)0\./, '$1.')}`;
  };
  const outline = bars.map(({ left, right, top }) => {
    // Without a failure there is nothing to draw.
    if (top === base) return '';
    return `${along(left)}V${top}${along(tenth(Math.max(left + 0.5, right - 0.6)))}V${base}`;
  });
  return `M${LEFT} ${base}${outline.join('')}`;
}

function summary(bins: readonly Bin[], endMs: number): string {
  const seconds = formatSeconds(endMs / 1000);
  const failed = bins.filter(({ failures }) => failures > 0).length;
  return `Trials and failures per second over ${seconds}: failures in ${failed} of ${bins.length} intervals.`;
}
