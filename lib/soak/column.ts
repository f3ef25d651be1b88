import { SYNC_MODES } from '../harness/plan.js';

/** What a column of a store may hold. */
export interface Column {
  /** SQL that says of a value whether it is right, without a look into its text. */
  readonly isRight: (name: string) => string;
  /** Whether its text is right; it may be any if absent. */
  readonly fits?: (text: string) => boolean;
  readonly isText: boolean;
  /** In words, behind "must be". */
  readonly allowed: string;
}

/** SQLite keeps whole numbers to 64 bits, this program counts with 53. */
const COUNT_MAX = Number.MAX_SAFE_INTEGER;
/** The last day that a date can be. */
const DATE_MAX = 8.64e15;
/** Of a soak, in milliseconds: far longer than any, and exact to the microsecond. */
const TIME_MAX = 1e12;
const TEXT_MAX = 2 ** 24;

export function whole(min: number, max: number): Column {
  return {
    isRight: (name) => `typeof(${name}) = 'integer' AND ${name} BETWEEN ${min} AND ${max}`,
    isText: false,
    allowed: `a whole number from ${min} to ${max}`,
  };
}

/** A number that need not be whole. */
export function number(min: number, max: number): Column {
  return {
    isRight: (name) => `typeof(${name}) IN ('integer', 'real') AND ${name} BETWEEN ${min} AND ${max}`,
    isText: false,
    allowed: `a number from ${min} to ${max}`,
  };
}

/** A number above nothing. */
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
/** How long something is to take, in milliseconds: as the command line takes it. */
export const budget = whole(1, 365 * 86_400_000);

/** A time that is not before that of another column. */
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

export function oneOf(...words: readonly string[]): Column {
  return { ...text, fits: (word) => words.includes(word), allowed: `one of ${words.join(', ')}` };
}

/** SHA-256, as hexadecimal digits. */
export const hash: Column = { ...text, fits: (word) => /^[0-9a-f]{64}$/.test(word), allowed: '64 hexadecimal digits' };

export const sync = oneOf(...SYNC_MODES);

/** A text that is a JSON document of some form. */
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
