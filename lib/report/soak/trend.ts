/** The small picture of a row's rates in the table of a page. Called by rowsTable.ts. */

import { html, type Markup } from '../html/markup.js';
import { formatRate } from '../format/numbers.js';
import type { Stretch } from './document.js';

const WIDTH = 96;
const HEIGHT = 18;

/** Stretches that the picture has room for; a soak has between half of them and all. */
const STRETCHES = 60;

/**
 * Draws trials per second of the row's own slices over the time of the soak; stretches with a failure have another colour. The picture
 * of a row that gets no slices stays the same, whatever becomes of others.
 */
export function trend(stretches: readonly Stretch[]): Markup | null {
  const rates = stretches.map((one) => (one.seconds > 0 ? one.trials / one.seconds : 0));
  const most = Math.max(...rates);
  if (!(most > 0)) return null;
  const endMs = STRETCHES * (stretches[0].toMs - stretches[0].fromMs);
  const bars = (isFailed: boolean): string[] =>
    stretches.flatMap((one, i) => (one.failures > 0 === isFailed ? [bar(one, rates[i] / most, endMs)] : []));
  const failed = stretches.filter(({ failures }) => failures > 0).length;
  const words = `${formatRate(rates.at(-1)!)} at the end, at most ${formatRate(most)}; failures in ${failed} of ${stretches.length} stretches`;
  return html`<svg
    class="spark"
    width="${WIDTH}"
    height="${HEIGHT}"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    role="img"
    aria-label="${words}"
  >
    <path class="trials" d="${bars(false)}" />
    <path class="failures" d="${bars(true)}" />
  </svg>`;
}

function bar({ fromMs, toMs }: Stretch, share: number, endMs: number): string {
  const at = (ms: number): number => Math.round((Math.min(ms, endMs) / endMs) * WIDTH * 10) / 10;
  const top = Math.round((1 - share) * (HEIGHT - 1) * 10) / 10;
  return `M${at(fromMs)} ${HEIGHT}V${top}H${Math.max(at(fromMs) + 0.8, at(toMs) - 0.3).toFixed(1)}V${HEIGHT}z`;
}
