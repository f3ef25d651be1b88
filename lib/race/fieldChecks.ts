/*
 * Checks of single fields of a race's declaration: of what type they are, what names they hold. Each throws by `wrong` with the
 * place of the field, what was found and what is allowed. Called by raceChecks.ts.
 */

import { nearest } from './nearest.js';

export type Refuse = (what: string) => never;
export type Fields = Readonly<Record<string, unknown>>;

const NAME_CHARS_MAX = 64;
const SHOWN_CHARS_MAX = 40;

/** Describes a found value in a few words. */
export function shown(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > SHOWN_CHARS_MAX ? `${value.slice(0, SHOWN_CHARS_MAX)}…` : value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function checkObject(where: string, value: unknown, wrong: Refuse): asserts value is Fields {
  if (!isObject(value)) wrong(`${where} is ${shown(value)}, and must be an object`);
}

/** Refuses fields that are not known, and the absence of required ones. */
export function checkFields(
  where: string,
  value: unknown,
  { required, optional = [] }: { required: readonly string[]; optional?: readonly string[] },
  wrong: Refuse,
): asserts value is Fields {
  checkObject(where, value, wrong);
  const known = [...required, ...optional];
  for (const field of Object.keys(value)) {
    if (known.includes(field)) continue;
    const near = nearest(field, known);
    const remedy = near === undefined ? `known: ${known.join(', ')}` : `did you mean ${near}?`;
    wrong(`${where} has an unknown field ${shown(field)}: ${remedy}`);
  }
  const missing = required.filter((field) => value[field] === undefined);
  if (missing.length > 0) wrong(`${where} lacks ${missing.join(', ')}`);
}

export function checkText(where: string, value: unknown, wrong: Refuse): asserts value is string {
  if (typeof value !== 'string') wrong(`${where} is ${shown(value)}, and must be a string`);
}

export function checkFunction(where: string, value: unknown, wrong: Refuse): void {
  if (typeof value !== 'function') wrong(`${where} is ${shown(value)}, and must be a function`);
}

export function checkList(where: string, value: unknown, wrong: Refuse): asserts value is readonly unknown[] {
  if (!Array.isArray(value)) wrong(`${where} is ${shown(value)}, and must be a list`);
}

/** Checks that a value is a whole number from `min` to `max`. */
export function checkWhole(
  where: string,
  value: unknown,
  { min, max }: { min: number; max: number },
  wrong: Refuse,
): asserts value is number {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max)
    wrong(`${where} is ${shown(value)}, and must be a whole number from ${min} to ${max}`);
}

/** What a name may look like, and how to say so. */
export interface NameForm {
  readonly pattern: RegExp;
  readonly words: string;
}

export const KEBAB_CASE: NameForm = { pattern: /^[a-z][a-z0-9-]*$/, words: 'kebab-case' };
export const IDENTIFIER: NameForm = {
  pattern: /^[A-Za-z_$][\w$-]*$/,
  words: 'letters, digits, "_", "$" and "-", a letter first',
};
export const LABEL: NameForm = { pattern: /^[^\p{C}]+$/u, words: 'visible characters' };
/** Also a part of the name of a file. */
export const FILE_LABEL: NameForm = {
  pattern: /^(?!\.+$)[^\p{C}/\\]+$/u,
  words: 'visible characters without "/" and "\\"',
};

/** Refuses also the names that every object of JavaScript knows, so that no look-up can find those. */
export function checkName(where: string, name: unknown, form: NameForm, wrong: Refuse): asserts name is string {
  checkText(where, name, wrong);
  if (!form.pattern.test(name)) wrong(`${where} is ${shown(name)}: it must be ${form.words}`);
  if (name.length > NAME_CHARS_MAX)
    wrong(`${where} is ${shown(name)}: it has ${name.length} characters, at most ${NAME_CHARS_MAX} are allowed`);
  if (name === 'prototype' || name in Object.prototype)
    wrong(`${where} is ${shown(name)}, a name that JavaScript has taken`);
}

/** Checks that a value is a list of names, each once. */
export function checkNames(
  where: string,
  value: unknown,
  form: NameForm,
  wrong: Refuse,
): asserts value is readonly string[] {
  checkList(where, value, wrong);
  for (const [i, name] of value.entries()) {
    checkName(`${where}[${i}]`, name, form, wrong);
    if (value.indexOf(name) !== i) wrong(`${where}[${i}] is ${shown(name)}, which is in the list already`);
  }
}

/** Returns the parts of an object that are named by its author, each with its place for messages: `knob irq`. */
export function namedParts(
  where: string,
  part: string,
  value: unknown,
  form: NameForm,
  wrong: Refuse,
): [place: string, name: string, value: unknown][] {
  checkObject(where, value, wrong);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    wrong(`${where} must be a plain object; this one has another prototype`);
  return Object.entries(value).map(([name, named]) => {
    checkName(`a name in ${where}`, name, form, wrong);
    return [`${part} ${name}`, name, named];
  });
}
