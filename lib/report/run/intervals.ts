/** Draws failure rates with their intervals as a column of a table. Called by the overviews of runs and soaks. */

import { binomialInterval } from '../../statistics/statistics.js';
import { formatProbability } from '../format/numbers.js';
import type { RunDocument } from './document.js';
import { html, type Markup } from '../html/markup.js';
import { logScale, type Scale } from '../html/scale.js';

/** The counts of an interval. */
export type Failing = Pick<RunDocument, 'failures' | 'trials' | 'upperBound95'>;

/** A rate with its exact 95 % interval; only the upper bound if nothing failed. */
interface RateInterval {
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

const WIDTH = 180;
const HEIGHT = 18;
const PAD = 6;

/** Draws the rates of several runs on one axis, so that they can be compared. */
export class IntervalColumn {
  readonly #scale: Scale;
  readonly #min: number;

  constructor(runs: readonly Failing[]) {
    const shown = runs.flatMap((run) => intervalOf(run) ?? []);
    const lowest = Math.min(0.1, ...shown.map(({ low, high }) => (low > 0 ? low : high)));
    this.#min = 10 ** Math.floor(Math.log10(lowest));
    this.#scale = logScale(this.#min, 1, PAD, WIDTH - PAD);
  }

  /** Returns "1e-7 to 1, logarithmic", for the head of the column. */
  axisWords(): string {
    return `${powerWords(this.#min)} to 1, logarithmic`;
  }

  cell(run: Failing): Markup | null {
    const interval = intervalOf(run);
    if (interval === null) return null;
    const { rate, low, high } = interval;
    const { at, ticks } = this.#scale;
    const middle = HEIGHT / 2;
    // The words beside it say the same.
    return html`<svg class="interval" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">
      <path class="grid" d="${ticks.map((tick) => `M${Math.round(at(tick))} 0V${HEIGHT}`)}" />
      ${
        rate === 0
          ? html`<path class="bound" d="M${PAD} ${middle}H${at(high)}M${at(high)} 4V${HEIGHT - 4}" />`
          : html`<path class="whisker" d="M${at(low)} ${middle}H${at(high)}" />
              <circle class="point" cx="${at(rate)}" cy="${middle}" r="4" />`
      }
    </svg>`;
  }
}

/** Returns the failures per trial: "31.1 % (31.0 % .. 31.3 %)", "below 3.0e-6", "-" without trials. */
export function rateWords(run: Failing): string {
  const interval = intervalOf(run);
  if (interval === null) return '-';
  const { rate, low, high } = interval;
  if (rate === 0) return `below ${formatProbability(high)}`;
  return `${formatProbability(rate)} (${formatProbability(low)} .. ${formatProbability(high)})`;
}

function intervalOf({ failures, trials, upperBound95 }: Failing): RateInterval | null {
  if (trials === 0) return null;
  if (failures > 0) return { rate: failures / trials, ...binomialInterval(failures, trials) };
  return upperBound95 === null ? null : { rate: 0, low: 0, high: upperBound95 };
}

function powerWords(value: number): string {
  return value >= 0.001 ? String(value) : value.toExponential(0);
}
