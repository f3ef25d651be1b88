/**
 * Names the words of a block of shared memory. Called by every file that lays out words: lib/machine, the models, the
 * states of races.
 */

import { strictRecord } from './strictRecord.js';

/** Words of one cache line: 64 bytes of Int32. Two fields that different threads write belong on different lines. */
export const LINE_WORDS = 16;

/** What a field of a struct takes: a number of words, optionally starting on a cache line of its own. */
export interface FieldSpec {
  readonly words: number;
  readonly ownLine: boolean;
}

/** One 32-bit word, placed right after the field before it. */
export const WORD: FieldSpec = Object.freeze({ words: 1, ownLine: false });

/** One 32-bit word that has a cache line to itself: for a word that several threads fight over. */
export const LINE: FieldSpec = Object.freeze({ words: 1, ownLine: true });

/** Describes a field of `n` words (1 or more), placed right after the field before it. */
export function words(n: number): FieldSpec {
  return Object.freeze({ words: checkedCount('words', n), ownLine: false });
}

/** Describes a field of `n` words (1 or more) that start on a cache line and share it with nobody. */
export function lines(n: number): FieldSpec {
  return Object.freeze({ words: checkedCount('lines', n), ownLine: true });
}

/** Word offset of every field, and the size of the whole in words. */
export type Struct<T extends Record<string, FieldSpec>> = { readonly [K in keyof T]: number } & {
  readonly WORDS: number;
};

/**
 * Names the word offsets of a block of shared memory, in the order of the fields.
 *
 *     const LOCK = struct({ owner: LINE, waiters: WORD });
 *     Atomics.load(mem, at + LOCK.owner);
 *
 * A field that asks for its own line begins on a multiple of 16 words and pushes the next field to the next line.
 * The block must itself start on a line (see `Carver`). A struct with any such field is a whole number of lines long.
 * A field that it does not have throws TypeError when it is read.
 */
export function struct<const T extends Record<string, FieldSpec>>(fields: T): Struct<T> {
  const offsets: Record<string, number> = {};
  let at = 0;
  let anyLine = false;
  for (const [name, spec] of Object.entries(fields)) {
    if (name === 'WORDS') throw new RangeError('struct: WORDS is the size of the struct, not a field');
    if (spec.ownLine) at = roundUp(at, LINE_WORDS);
    offsets[name] = at;
    at += spec.words;
    if (spec.ownLine) at = roundUp(at, LINE_WORDS);
    anyLine ||= spec.ownLine;
  }
  offsets.WORDS = anyLine ? roundUp(at, LINE_WORDS) : at;
  const made = strictRecord('field', offsets) as Struct<T>;
  structs.set(made, fields);
  return made;
}

/** The fields that each struct was made of. */
const structs = new WeakMap<object, Readonly<Record<string, FieldSpec>>>();

/** Whether `value` was made by struct(). */
export function isStruct(value: unknown): value is Struct<Record<string, FieldSpec>> {
  return typeof value === 'object' && value !== null && structs.has(value);
}

/** Returns the name of the word at `at` of a struct, for reports: `owner`, `queue[2]`; `+at` for a word between the fields. */
export function fieldAt(fields: Readonly<Record<string, number>>, at: number): string {
  for (const [name, { words: n }] of Object.entries(structs.get(fields) ?? {})) {
    const i = at - fields[name];
    if (i >= 0 && i < n) return n === 1 ? name : `${name}[${i}]`;
  }
  return `+${at}`;
}

/** Returns the name of the word at `at` of an array of structs, for reports: `page[1].pte`. */
export function elementAt(array: string, fields: Readonly<Record<string, number>>, at: number): string {
  return `${array}[${Math.floor(at / fields['WORDS'])}].${fieldAt(fields, at % fields['WORDS'])}`;
}

/** Returns the next multiple of `unit` that is not below `n`. */
export function roundUp(n: number, unit: number): number {
  return Math.ceil(n / unit) * unit;
}

function checkedCount(what: string, n: number): number {
  if (!Number.isInteger(n) || n < 1) throw new RangeError(`${what}(${n}): a whole number from 1 is needed`);
  return n;
}
