/** Numbers on the command line. Each error names the field, the value, what is allowed and, where it is plain, what was meant. */

import { SPINS_MAX } from '../../race/settings.js';
import { SEED_MAX } from '../../run/limits.js';
import { UsageError, quoted } from '../../run/usageError.js';

const SUFFIXES = { k: 1e3, K: 1e3, M: 1e6, G: 1e9 } as const;
const COUNT = /^(\d+(?:_\d+)*)([kKMG]?)$/;

/** Both ends belong to the range. */
export interface NumberRange {
  min: number;
  max: number;
}

/**
 * Parses a whole number from min (0 by default) to max (2^53 - 1 by default), written in decimal digits, with `_` between groups and a
 * suffix k, M or G as wanted: `64`, `1_000`, `10k`, `2M`. Throws UsageError for anything else, `1e3`, `1.5` and the empty text included.
 */
export function parseCount(field: string, text: string, limits: Partial<NumberRange> = {}): number {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = limits;
  const count = readCount(text);
  if (count !== undefined && count >= min && count <= max) return count;
  const forms = max >= 1000 ? ' (1_000, 10k, 2M are understood)' : '';
  const bounds =
    max === Number.MAX_SAFE_INTEGER
      ? `${min} or more`
      : min === max
        ? `which can only be ${min}`
        : `from ${min} to ${max}`;
  throw usage(
    field,
    text,
    `a whole number, ${bounds}${forms}`,
    count === undefined ? meantCount(text, min, max) : undefined,
  );
}

/** Parses a seed from 0 to 2^32 - 1, in decimal or as 0x and hexadecimal digits. Throws UsageError for anything else. */
export function parseSeed(text: string, field = 'seed'): number {
  const seed = /^(?:\d+|0[xX][\da-fA-F]+)$/.test(text) ? Number(text) : undefined;
  if (seed !== undefined && seed <= SEED_MAX) return seed;
  const meant = seed === undefined && /^[\da-f]{1,8}$/i.test(text) ? `0x${text}` : undefined;
  throw usage(field, text, `a whole number from 0 to ${SEED_MAX}, or 0x0 to 0xffffffff`, meant);
}

/**
 * Parses a number of spins: `200` (fixed: min equals max) or `0..200` (drawn per trial, both ends included), each from 0 to 2^31 - 1 and
 * written as parseCount() reads it. Throws UsageError for anything else, and when the first is greater than the second.
 */
export function parseSpinRange(field: string, text: string): NumberRange {
  const spins = readSpinRange(text, '..');
  if (spins !== undefined && spins.min <= spins.max && spins.max <= SPINS_MAX) return spins;
  throw usage(
    field,
    text,
    `a number of spins such as 200, or a range such as 0..200, from 0 to ${SPINS_MAX}`,
    meantSpinRange(text),
  );
}

function usage(field: string, text: string, allowed: string, meant: string | undefined): UsageError {
  return new UsageError(
    `${field} ${quoted(text)}: must be ${allowed}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
  );
}

function readCount(text: string): number | undefined {
  const match = COUNT.exec(text);
  if (match === null) return undefined;
  const [, digits = '', suffix = ''] = match;
  return Number(digits.replaceAll('_', '')) * (suffix === '' ? 1 : SUFFIXES[suffix as keyof typeof SUFFIXES]);
}

/** Returns `1000` for `1e3`, `1500` for `1.5k`, `1000` for `1,000`, `2M` for `2m`; undefined when that would not be allowed either. */
function meantCount(text: string, min: number, max: number): string | undefined {
  const trimmed = text.trim();
  const letter = /[kmg]$/i.exec(trimmed)?.[0] ?? '';
  const digits = trimmed
    .slice(0, trimmed.length - letter.length)
    .trimEnd()
    .replace(/(\d)[,_ ](?=\d{3}(?!\d))/g, '$1');
  const [, number] = /^\+?(\d+(?:\.\d+)?(?:e\+?\d+)?)$/i.exec(digits) ?? [];
  if (number === undefined) return undefined;
  const suffix = letter === '' ? '' : letter.toLowerCase() === 'k' ? 'k' : (letter.toUpperCase() as 'M' | 'G');
  const count = Number(number) * (suffix === '' ? 1 : SUFFIXES[suffix]);
  if (!Number.isSafeInteger(count) || count < min || count > max) return undefined;
  return /^\d+$/.test(number) ? `${number}${suffix}` : String(count);
}

function readSpinRange(text: string, separator: string | RegExp): NumberRange | undefined {
  const parts = text.split(separator, 3);
  const min = readCount(parts[0] ?? '');
  const max = readCount(parts.at(-1) ?? '');
  return parts.length > 2 || min === undefined || max === undefined ? undefined : { min, max };
}

/** Returns `0..200` for `0-200`, `0...200`, `0:200`, `0 .. 200` and `200..0`. */
function meantSpinRange(text: string): string | undefined {
  const parts = text.split(/\.{2,}|…|[-–:,]|\bto\b/, 3).map((part) => part.trim());
  const range = readSpinRange(parts.join('..'), '..');
  if (range === undefined || Math.max(range.min, range.max) > SPINS_MAX) return undefined;
  return range.min === range.max
    ? String(range.min)
    : `${Math.min(range.min, range.max)}..${Math.max(range.min, range.max)}`;
}
