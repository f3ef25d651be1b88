/**
 * What an option of a command is: how it is typed, what is read from that, and what the help says. Called by the tables beside this
 * file; the parser, the help and the reference are made from them.
 */

import { parseClaim } from '../../run/claimText.js';
import { parseDuration } from '../../run/duration.js';
import { unknownWord } from '../../run/unknownWord.js';
import { parseCount, parseSeed, parseSpinRange, type NumberRange } from './numbers.js';
import type { Claim } from '../../statistics/claim.js';

/** What commander makes of an option: undefined if it was not typed, false for `--no-NAME`. */
export type Typed = undefined | boolean | string | readonly string[];

export interface Option<T> {
  /** Begins with a verb, and gives units. */
  readonly help: string;
  /** What stands for the value: `<n>`, `[file]`. Undefined for an option without one. */
  readonly value?: string;
  /** What the value must be; for a number its unit: `a whole number of CPUs`. */
  readonly takes?: string;
  /** All that the value can be, where these are words. */
  readonly words?: readonly string[];
  /** What it is by default, in words. */
  readonly usual?: string;
  /** May be typed more than once. */
  readonly isRepeatable?: true;
  /** There is no `--NAME`, only `--no-NAME`. */
  readonly isNegative?: true;
  /** What `--no-NAME` does, where there is both. */
  readonly off?: string;
  /** `-o`. */
  readonly short?: string;
  /** Names that it had before: they work, and no help shows them. */
  readonly formerly?: readonly string[];
  /** What the command gets. Throws UsageError. `flag` names it in errors. */
  readonly read: (typed: Typed, flag: string) => T;
}

export type OptionTable = Readonly<Record<string, Option<unknown>>>;

/** What the author of a table says of an option with a value. */
export interface Said {
  readonly help: string;
  /** Words for a default that the command works out itself. */
  readonly usual?: string;
  readonly value?: string;
  readonly short?: string;
  readonly formerly?: readonly string[];
}

type Parse<T> = (text: string, flag: string) => T;

/** Makes an option with a value, undefined if it is not typed. */
function valued<T>(value: string, takes: string, parse: Parse<T>, said: Said): Option<T | undefined> {
  return { value, takes, ...said, read: (typed, flag) => (typeof typed === 'string' ? parse(typed, flag) : undefined) };
}

/** Makes an option that takes a whole number. */
export function countOption({
  unit,
  range,
  ...said
}: Said & { readonly unit: string; readonly range: Partial<NumberRange> }) {
  return valued('<n>', `a whole number of ${unit}`, (text, flag) => parseCount(flag, text, range), said);
}

/** Makes an option that takes a number whose range only the race knows: the command parses it. */
export function countText({ unit, ...said }: Said & { readonly unit: string }) {
  return valued('<n>', `a whole number of ${unit}`, (text) => text, said);
}

/** Makes an option that takes whole numbers behind each other. */
export function counts({
  unit,
  range,
  ...said
}: Said & { readonly unit: string; readonly range: Partial<NumberRange> }) {
  const parse: Parse<number[]> = (text, flag) => text.split(',').map((part) => parseCount(flag, part, range));
  return valued('<n>', `whole numbers of ${unit}, with commas between them`, parse, said);
}

/** Makes an option that takes a time, in milliseconds. */
export function duration(said: Said): Option<number | undefined> {
  return valued('<time>', 'a time with its unit: ms, s, m, h, d', parseDuration, said);
}

/** Makes an option that takes a fixed number, or one that is drawn. */
export function spins({ unit, ...said }: Said & { readonly unit: string }) {
  const takes = `a number of ${unit}, or a range: 0..200`;
  return valued('<spins>', takes, (text, flag) => parseSpinRange(flag, text), said);
}

/** Makes an option that takes a seed; the command draws one if none is typed. */
export function seed(help: string): Option<number | undefined> {
  const takes = 'a number without a unit, from 0 to 4294967295';
  return valued('<n>', takes, (text, flag) => parseSeed(text, flag), { help, usual: 'random, printed' });
}

/** Makes an option that takes a rate per trial, with a confidence. */
export function rateOption(said: Said): Option<Claim | undefined> {
  const takes = 'a rate per trial, and a confidence';
  return valued('<rate[@confidence]>', takes, (text, flag) => parseClaim(flag, text), said);
}

/** Makes an option that takes one of some words. `noun` names it in errors; its flag by default. */
export function word<const W extends readonly string[]>(
  words: W,
  { noun, ...said }: Said & { readonly noun?: string },
) {
  const parse: Parse<W[number]> = (text, flag) => {
    const known = words.find((each) => each === text);
    if (known === undefined) throw unknownWord(noun ?? flag, text, words);
    return known;
  };
  return { ...valued('<word>', words.join(', '), parse, said), words };
}

/** Makes an option that takes text, such as the path of a file. */
export function plainText(value: string, takes: string, said: Said): Option<string | undefined> {
  return valued(value, takes, (typed) => typed, said);
}

/** Makes an option that takes texts: as many as the option is typed. */
export function texts(value: string, takes: string, said: Said): Option<readonly string[]> {
  return { value, takes, ...said, isRepeatable: true, read: (typed) => (Array.isArray(typed) ? typed : []) };
}

/** Makes an option that takes a text that may be left out, with what it is then. */
export function optionalText(value: string, takes: string, implied: string, help: string): Option<string | undefined> {
  return {
    value,
    takes,
    help: `${help} (file: ${implied} unless another is named)`,
    read: (typed) => (typed === true ? implied : typeof typed === 'string' ? typed : undefined),
  };
}

/** Whether the option is typed. */
export function yes(help: string): Option<boolean> {
  return { help, read: (typed) => typed === true };
}

/** Makes an option that is true unless `--no-NAME` is typed. */
export function no(help: string): Option<boolean> {
  return { help, isNegative: true, read: (typed) => typed !== false };
}

/** Makes the option with a default, written as it would be typed. */
export function withDefault<T>(option: Option<T | undefined>, usual: string): Option<T> {
  return { ...option, usual, read: (typed, flag) => option.read(typed ?? usual, flag) as T };
}

/** Makes the option with a `--no-NAME`, for which it is null. */
export function orNone<T>(option: Option<T>, off: string): Option<T | null> {
  return { ...option, off, read: (typed, flag) => (typed === false ? null : option.read(typed, flag)) };
}
