/** Axes of pictures: positions of values, and ticks. Used by the pictures of lib/report/html. */

/** An axis: positions of values, in tenths of a pixel, and the values that are labelled. */
export interface Scale {
  /** Position of a value; values outside the axis are moved to its ends. */
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Makes an axis from 0 to a round number at or above `max`, with up to five ticks. */
export function linearScale(max: number, from: number, to: number): Scale {
  const step = max > 0 ? roundUp(max / 4) : 1;
  const count = Math.max(1, Math.ceil(max / step - 1e-9));
  return scaleTo(count * step, step, from, to);
}

/** Makes an axis from 0 to `max` itself, above 0, with ticks at round numbers. */
export function spanScale(max: number, from: number, to: number): Scale {
  return scaleTo(max, roundUp(max / 5), from, to);
}

function scaleTo(top: number, step: number, from: number, to: number): Scale {
  const ticks = Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, i) => i * step);
  return { at: (value) => tenth(from + (to - from) * (clamp(value, 0, top) / top)), ticks };
}

/** Makes a logarithmic axis from `min` to `max`, both above 0, with ticks at powers of ten, or at every second or third of them. */
export function logScale(min: number, max: number, from: number, to: number): Scale {
  const low = Math.log10(min);
  const high = Math.max(Math.log10(max), low + 1);
  const first = Math.ceil(low - 1e-9);
  const last = Math.floor(high + 1e-9);
  const every = Math.ceil((last - first + 1) / 8);
  const ticks = Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, i) => 10 ** (first + i * every));
  const position = (value: number): number => clamp(value > 0 ? Math.log10(value) : low, low, high);
  return { at: (value) => tenth(from + (to - from) * ((position(value) - low) / (high - low))), ticks };
}

/** Rounds a position: less than a tenth of a pixel is not seen. */
export function tenth(position: number): number {
  return Math.round(position * 10) / 10;
}

/** Returns the next of 1, 2, 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5, 10].find((digit) => digit * power >= value * (1 - 1e-9)) ?? 10);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
