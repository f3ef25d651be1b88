/** Checks the definition of a test before anything reads it: it may be written in JavaScript. Called by hammer.ts. */

import {
  KEBAB_CASE,
  checkFields,
  checkFunction,
  checkName,
  checkObject,
  checkWhole,
  isObject,
  shown,
  type Fields,
  type Refuse,
} from '../race/fieldChecks.js';
import { requirePlain } from '../race/synchronous.js';
import { OUTCOMES_MAX } from './control.js';
import { isAsync } from './test.js';

const FIELDS = {
  required: ['name', 'share', 'actors'],
  optional: [
    'question',
    'open',
    'before',
    'threads',
    'after',
    'outcomes',
    'names',
    'variants',
    'signatures',
    'explain',
    'rows',
    'phases',
    'delays',
    'outside',
  ],
};
const GRADES = ['accepted', 'interesting', 'forbidden', 'required'];

/** The most threads: each has a bit in the words of the sleepers. */
const THREADS_MAX = 31;

/** Throws Error, one line, for the first thing that is missing, unknown, of a wrong type or out of range. */
export function checkHammer(definition: unknown): void {
  const name = isObject(definition) && typeof definition.name === 'string' ? ` ${definition.name.slice(0, 64)}` : '';
  const wrong: Refuse = (what) => {
    throw new Error(`race${name}: ${what}`);
  };
  checkFields('the definition', definition, FIELDS, wrong);
  checkName('name', definition.name, KEBAB_CASE, wrong);
  for (const field of ['share', 'open', 'before', 'after'])
    if (definition[field] !== undefined) checkFunction(field, definition[field], wrong);
  for (const field of ['share', 'before', 'after'])
    if (definition[field] !== undefined) requirePlain(field, definition[field], wrong);
  checkActors(definition, wrong);
  checkOutcomes(definition.outcomes, wrong);
  checkNames(definition.names, wrong);
  if (definition.outside !== undefined && typeof definition.outside !== 'boolean')
    wrong(`outside is ${shown(definition.outside)}, and must be true or false`);
}

function checkActors({ actors, threads = {} }: Fields, wrong: Refuse): void {
  checkObject('actors', actors, wrong);
  for (const [name, actor] of Object.entries(actors)) {
    checkFunction(`actor ${name}`, actor, wrong);
    if (!isAsync(actor)) requirePlain(`actor ${name}`, actor, wrong);
  }
  checkObject('threads', threads, wrong);
  for (const [name, count] of Object.entries(threads)) {
    if (!Object.hasOwn(actors, name))
      wrong(`threads names ${shown(name)}, and the actors are ${Object.keys(actors).join(', ')}`);
    checkWhole(`threads.${name}`, count, { min: 1, max: THREADS_MAX }, wrong);
  }
  const counts = Object.keys(actors).map((name) => (threads[name] as number | undefined) ?? 1);
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all < 2 || all > THREADS_MAX)
    wrong(
      `actors run on ${all} thread${all === 1 ? '' : 's'}, and 2 to ${THREADS_MAX} are allowed: threads: { name: 2 } runs one on several`,
    );
}

function checkOutcomes(outcomes: unknown, wrong: Refuse): void {
  if (outcomes === undefined) return;
  checkObject('outcomes', outcomes, wrong);
  const count = Object.keys(outcomes).length;
  if (count > OUTCOMES_MAX) wrong(`outcomes has ${count} names, at most ${OUTCOMES_MAX} are allowed`);
  for (const [outcome, grade] of Object.entries(outcomes))
    if (!GRADES.includes(grade as string))
      wrong(`outcomes: ${shown(outcome)} is ${shown(grade)}, and must be one of ${GRADES.join(', ')}`);
}

function checkNames(names: unknown, wrong: Refuse): void {
  if (names === undefined) return;
  const lists = Array.isArray(names) ? [names] : isObject(names) ? Object.values(names) : [];
  const isList = (list: unknown): boolean => Array.isArray(list) && list.every((name) => typeof name === 'string');
  if ((!Array.isArray(names) && !isObject(names)) || !lists.every(isList))
    wrong(`names is ${shown(names)}, and must be a list of the names of words, or one for each path of a buffer`);
}
