/** The types of columns in a store: checks in SQL and in code. Used by contents.ts for every table. */

import { MEMORY_MODELS, SYNC_MODES } from '../race/settings.js';

/** The allowed values of a column. */
export interface Column {
  /** SQL that checks a value without reading its text. */
  readonly isRight: (name: string) => string;
  /** Checks its text; every text is allowed if absent. */
  readonly fits?: (text: string) => boolean;
  readonly isText: boolean;
  /** In words, after "must be". */
  readonly allowed: string;
}

/** SQLite stores integers of 64 bits; this program counts with 53. */
const COUNT_MAX = Number.MAX_SAFE_INTEGER;
/** The largest date of JavaScript. */
const DATE_MAX = 8.64e15;
/** Longest time of a soak, in milliseconds; still exact to the microsecond. */
const TIME_MAX = 1e12;
const TEXT_MAX = 2 ** 24;

export function whole(min: number, max: number): Column {
  return {
    isRight: (name) => `typeof(${name}) = 'integer' AND ${name} BETWEEN ${min} AND ${max}`,
    isText: false,
    allowed: `a whole number from ${min} to ${max}`,
  };
}

/** Makes a column of numbers that need not be whole. */
export function number(min: number, max: number): Column {
  return {
    isRight: (name) => `typeof(${name}) IN ('integer', 'real') AND ${name} BETWEEN ${min} AND ${max}`,
    isText: false,
    allowed: `a number from ${min} to ${max}`,
  };
}

/** Makes a column of numbers above 0. */
export function positive(max: number): Column {
  return {
    isRight: (name) => `typeof(${name}) IN ('integer', 'real') AND ${name} > 0 AND ${name} <= ${max}`,
    isText: false,
    allowed: `a number above 0, at most ${max}`,
  };
}

export const count = whole(0, COUNT_MAX);
export const id = whole(1, COUNT_MAX);
export const date = whole(0, DATE_MAX);
/** Milliseconds of the soak. */
export const time = number(0, TIME_MAX);
/** A sum of times, of memory, or of memory and times. */
export const total = number(0, Number.MAX_SAFE_INTEGER);
/** A budget in milliseconds, with the limits of the command line. */
export const budget = whole(1, 365 * 86_400_000);

/** Makes a column of times that are not before that of another column. */
export function timeFrom(earlier: string): Column {
  return {
    ...time,
    isRight: (name) => `${time.isRight(name)} AND ${name} >= ${earlier}`,
    allowed: `${time.allowed}, not before ${earlier}`,
  };
}

export const text: Column = {
  isRight: (name) => `typeof(${name}) = 'text' AND length(CAST(${name} AS BLOB)) <= ${TEXT_MAX}`,
  isText: true,
  allowed: 'a text in UTF-8',
};

export function wordOf(...words: readonly string[]): Column {
  return { ...text, fits: (word) => words.includes(word), allowed: `one of ${words.join(', ')}` };
}

/** SHA-256, as hexadecimal digits. */
export const hash: Column = { ...text, fits: (word) => /^[0-9a-f]{64}$/.test(word), allowed: '64 hexadecimal digits' };

export const sync = wordOf(...SYNC_MODES);
export const memory = wordOf(...MEMORY_MODELS);

/** Makes a column of JSON documents of one form. */
export function json(isRight: (value: unknown) => boolean, allowed: string): Column {
  return {
    ...text,
    allowed: `JSON: ${allowed}`,
    fits: (document) => {
      try {
        return isRight(JSON.parse(document));
      } catch {
        return false;
      }
    },
  };
}

export const bytes: Column = {
  isRight: (name) => `typeof(${name}) = 'blob'`,
  isText: false,
  allowed: 'bytes',
};

export function orNull(column: Column): Column {
  return {
    ...column,
    isRight: (name) => `(${name} IS NULL OR (${column.isRight(name)}))`,
    allowed: `${column.allowed}, or nothing`,
  };
}
