/** The picture of trials and failures over time. Called by section.ts and soak/rowSection.ts. */

import { formatRate, formatSeconds } from '../format/numbers.js';
import { binsOf, type Bin } from './bins.js';
import type { RunDocument } from './document.js';
import { worldOf } from '../words/world.js';
import { html, type Markup } from '../html/markup.js';
import { linearScale, spanScale, type Scale } from '../html/scale.js';
import { timeAxis } from '../html/timeAxis.js';

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
    { name: 'trials', count: (bin: Bin) => bin.trials, top: TOP },
    { name: 'failures', count: (bin: Bin) => bin.failures, top: TOP + PANEL + GAP },
  ];
  const base = TOP + 2 * PANEL + GAP;
  return html`<svg width="${WIDTH}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${summary(bins, endMs)}">
    ${panels.map(({ name, count, top }) => panel(name, bins, count, top, x))}
    ${timeAxis(x, base, [LEFT, WIDTH - RIGHT], label)}
  </svg>`;
}

function panel(name: string, bins: readonly Bin[], count: (bin: Bin) => number, top: number, x: Scale): Markup {
  const rate = (bin: Bin): number => (bin.seconds > 0 ? count(bin) / bin.seconds : 0);
  const y = linearScale(Math.max(...bins.map(rate)), top + PANEL, top);
  return html`<text class="label" x="${LEFT}" y="${top - 6}">${name} per second</text> ${y.ticks.map(
      (tick) =>
        html`<line class="grid" x1="${LEFT}" y1="${y.at(tick)}" x2="${WIDTH - RIGHT}" y2="${y.at(tick)}" /> ${
            tick === 0 || tick === y.ticks.at(-1)
              ? html`<text class="tick" x="${LEFT - 6}" y="${y.at(tick) + 4}" text-anchor="end">
                  ${tick === 0 ? '0' : formatRate(tick)}
                </text>`
              : null
          }`,
    )}
    <path
      class="${name}"
      d="${bins.map((bin) => barPath(x.at(bin.fromMs / 1000), x.at(bin.toMs / 1000), y.at(rate(bin)), top + PANEL))}"
    />`;
}

/** Returns the outline of one bar. A panel is one path, since a page may have a hundred pictures of sixty bars. */
function barPath(left: number, right: number, top: number, base: number): string {
  const round = (n: number): number => Math.round(n * 10) / 10;
  return `M${round(left)} ${round(base)}V${round(top)}H${round(Math.max(left + 0.5, right - 0.6))}V${round(base)}z`;
}

function summary(bins: readonly Bin[], endMs: number): string {
  const seconds = formatSeconds(endMs / 1000);
  const failed = bins.filter(({ failures }) => failures > 0).length;
  return `Trials and failures per second over ${seconds}: failures in ${failed} of ${bins.length} intervals.`;
}
