/** Parses and formats durations: `90s`, `2h`, `1d`, `250ms`, `1h30m`, `1.5s`. Called where options are read and times are printed. */

import { UsageError, quoted } from './usageError.js';

const UNITS_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
type Unit = keyof typeof UNITS_MS;

/** The longest duration: a year. */
export const DURATION_MS_MAX = 365 * UNITS_MS.d;
/** Sticky: parts must follow each other directly. */
const PARTS = /(\d+(?:\.\d+)?)(ms|[dhms])/gy;
// Each unit once, the largest first.
const DURATION = /^(?=.)(?:[\d.]+d)?(?:[\d.]+h)?(?:[\d.]+m(?!s))?(?:[\d.]+s)?(?:[\d.]+ms)?$/;

/**
 * Returns whole milliseconds, from 1 ms to 365 days. Units are ms, s, m, h and d, the largest first, each at most once; fractions are rounded
 * to the millisecond. `field` names the value in errors. (setTimeout() ends at 24.8 days: longer ones need a clock.)
 * Throws UsageError for anything else: no unit, zero, negative, too long, junk.
 */
export function parseDuration(text: string, field = 'duration'): number {
  const ms = readDuration(text);
  if (ms !== undefined && isAllowed(ms)) return ms;
  const meant = ms === undefined ? meantDuration(text) : undefined;
  throw new UsageError(
    `${field} ${quoted(text)}: must be a number with its unit (ms, s, m, h, d) such as 90s, 2h or 1h30m, ` +
      `from 1ms to 365d${meant === undefined ? '' : `; did you mean ${meant}?`}`,
  );
}

/** Returns the shortest text that parseDuration() reads as the same number of milliseconds; "0ms" for zero, "-" if not finite. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '-';
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 1) return `${Number(ms.toPrecision(3))}ms`;
  let rest = Math.round(ms);
  if (rest < UNITS_MS.s) return `${rest}ms`;
  let text = '';
  for (const unit of ['d', 'h', 'm'] as const) {
    const count = Math.floor(rest / UNITS_MS[unit]);
    rest -= count * UNITS_MS[unit];
    if (count > 0) text += `${count}${unit}`;
  }
  return rest > 0 ? `${text}${rest / UNITS_MS.s}s` : text;
}

/** Returns milliseconds, possibly out of range, or undefined if the text has another form. */
function readDuration(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let ms = 0;
  let length = 0;
  for (const [part, count, unit] of text.matchAll(PARTS)) {
    ms += Number(count) * UNITS_MS[unit as Unit];
    length += part.length;
  }
  return length === text.length ? Math.round(ms) : undefined;
}

function isAllowed(ms: number): boolean {
  return ms >= 1 && ms <= DURATION_MS_MAX;
}

/** Returns what was probably meant: seconds for a bare number, `10m` for `10 min` or `10 Minutes`. */
function meantDuration(text: string): string | undefined {
  const plain = text
    .trim()
    .toLowerCase()
    .replace(/(\d)[\s_,]+(?=\D)/g, '$1')
    .replace(/milli(?:second)?s?|msecs?/g, 'ms')
    .replace(/(\d)(?:seconds?|secs?)/g, '$1s')
    .replace(/(\d)(?:minutes?|mins?)/g, '$1m')
    .replace(/(\d)(?:hours?|hrs?)/g, '$1h')
    .replace(/(\d)days?/g, '$1d')
    .replace(/\s+|\band\b/g, '')
    .replace(/(?<!\d)\./g, '0.');
  const guess = /^[\d.]+$/.test(plain) ? `${plain}s` : plain;
  const ms = readDuration(guess);
  return ms !== undefined && isAllowed(ms) ? guess : undefined;
}
