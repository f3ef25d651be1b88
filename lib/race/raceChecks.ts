/*
 * Checks that a race's declaration is one at all, before anything reads it: every field is there, of the right type and within
 * the limits of the machine. Races may be written in JavaScript, where nobody else looks. What the parts say of each other
 * (knobs of a row, signatures of an expectation) is checked afterwards. Called by defineRace().
 */

import { CPUS_MAX, SIGNATURES_MAX, WINDOWS_MAX } from '../machine/layout.js';
import { signaturesOf } from '../machine/signatures.js';
import {
  FILE_LABEL,
  IDENTIFIER,
  KEBAB_CASE,
  LABEL,
  checkFields,
  checkFunction,
  checkList,
  checkName,
  checkNames,
  checkObject,
  checkText,
  checkWhole,
  isObject,
  namedParts,
  shown,
  type Fields,
  type Refuse,
} from './fieldChecks.js';

const TEXTS = ['question', 'mail', 'explain'];
const FUNCTIONS = ['configure', 'instanceWords', 'reset', 'role', 'symbol', 'report'];
const RACE = {
  required: [
    'name',
    'question',
    'mail',
    'commits',
    'explain',
    'steps',
    'windows',
    'signatures',
    'knobs',
    'variants',
    'merged',
    'rows',
    'interrupts',
    'cpus',
    'phases',
    'delays',
    'actors',
    ...FUNCTIONS,
  ],
  optional: ['failsAtLeast', 'free', 'litmus', 'recover'],
};
const VARIANT = { required: ['about', 'source', 'expects'], optional: ['needs'] };
const EXPECTATION = { required: [], optional: ['when', 'fails', 'alsoFails', 'minority', 'twin'] };
const ROW = { required: ['name', 'variant'], optional: ['knobs', 'cpus', 'sync'] };

/** Rows of the table of outcomes that are no signature. */
const RESERVED = ['clean', 'unexpected'];
const SYNC = ['rendezvous', 'stride', 'free'];
const SPINS_MAX = 0x7fff_ffff;

/** Throws Error, one line, for the first thing in a race's declaration that is missing, unknown, of a wrong type or out of range. */
export function checkRace(race: unknown): void {
  const name = isObject(race) && typeof race.name === 'string' ? ` ${race.name.slice(0, 64)}` : '';
  const wrong: Refuse = (what) => {
    throw new Error(`race${name}: ${what}`);
  };
  if (!isObject(race)) wrong(`the definition is ${shown(race)}, and must be an object`);
  checkFields('the definition', race, RACE, wrong);
  checkName('name', race.name, KEBAB_CASE, wrong);
  for (const field of [...TEXTS, 'merged']) checkText(field, race[field], wrong);
  checkList('commits', race.commits, wrong);
  for (const [i, commit] of race.commits.entries()) checkText(`commits[${i}]`, commit, wrong);
  for (const field of FUNCTIONS) checkFunction(field, race[field], wrong);
  if (race.recover !== undefined) checkFunction('recover', race.recover, wrong);
  checkLabels(race, wrong);
  checkSignatures(race.signatures, wrong);
  for (const [where, , knob] of namedParts('knobs', 'knob', race.knobs, IDENTIFIER, wrong))
    checkKnob(where, knob, wrong);
  checkVariants(race.variants, wrong);
  checkActors(race.actors, wrong);
  checkInterrupts(race.interrupts, wrong);
  checkCpus(race.cpus, wrong);
  checkSpins('phases', race.phases, ['actors', Object.keys(race.actors as Fields)], wrong);
  checkSpins('delays', race.delays, ['windows', race.windows as readonly string[]], wrong);
  checkRows(race.rows, wrong);
  if (race.free !== undefined) checkFree(race.free, wrong);
  if (race.litmus !== undefined) checkObject('litmus', race.litmus, wrong);
  if (race.failsAtLeast !== undefined && typeof race.failsAtLeast !== 'number')
    wrong(`failsAtLeast is ${shown(race.failsAtLeast)}, and must be a number between 0 and 1`);
}

function checkLabels({ steps, windows }: Fields, wrong: Refuse): void {
  checkNames('steps', steps, LABEL, wrong);
  checkNames('windows', windows, IDENTIFIER, wrong);
  if (windows.length > WINDOWS_MAX) wrong(`windows has ${windows.length} names, at most ${WINDOWS_MAX} are allowed`);
}

/** The machine's own signatures may be declared: the race then means them to happen. */
function checkSignatures(signatures: unknown, wrong: Refuse): void {
  const parts = namedParts('signatures', 'signature', signatures, FILE_LABEL, wrong);
  for (const [where, name, about] of parts) {
    if (RESERVED.includes(name)) wrong(`${where}: the name is reserved for the table of outcomes`);
    checkText(where, about, wrong);
  }
  const all = signaturesOf(parts.map(([, name]) => name)).length;
  const own = all - parts.length;
  if (all > SIGNATURES_MAX)
    wrong(
      `signatures has ${parts.length} names, at most ${SIGNATURES_MAX - own} are allowed beside the machine's ${own}`,
    );
}

function checkKnob(where: string, knob: unknown, wrong: Refuse): void {
  checkFields(where, knob, { required: ['values', 'default', 'about'] }, wrong);
  checkText(`${where}: about`, knob.about, wrong);
  checkText(`${where}: default`, knob.default, wrong);
  checkList(`${where}: values`, knob.values, wrong);
  if (knob.values.length === 0) wrong(`${where}: values is empty, and must name one value or more`);
  for (const [i, value] of knob.values.entries()) {
    if (typeof value !== 'string' || !LABEL.pattern.test(value))
      wrong(`${where}: values[${i}] is ${shown(value)}, and must be a string of visible characters`);
    if (knob.values.indexOf(value) !== i)
      wrong(`${where}: values[${i}] is ${shown(value)}, which is in the list already`);
  }
}

function checkVariants(variants: unknown, wrong: Refuse): void {
  const parts = namedParts('variants', 'variant', variants, IDENTIFIER, wrong);
  if (parts.length === 0) wrong('variants is empty, and must have one variant or more');
  for (const [where, , variant] of parts) {
    checkFields(where, variant, VARIANT, wrong);
    checkText(`${where}: about`, variant.about, wrong);
    checkText(`${where}: source`, variant.source, wrong);
    checkKnobValues(`${where}: needs`, variant.needs, wrong);
    checkList(`${where}: expects`, variant.expects, wrong);
    if (variant.expects.length === 0) wrong(`${where}: expects is empty; what always holds is [{}]`);
    for (const [i, expectation] of variant.expects.entries())
      checkExpectationFields(`${where}: expects[${i}]`, expectation, wrong);
  }
}

function checkExpectationFields(where: string, expectation: unknown, wrong: Refuse): void {
  checkFields(where, expectation, EXPECTATION, wrong);
  checkKnobValues(`${where}.when`, expectation.when, wrong);
  for (const field of ['fails', 'minority'])
    if (expectation[field] !== undefined) checkText(`${where}.${field}`, expectation[field], wrong);
  if (expectation.alsoFails !== undefined) checkNames(`${where}.alsoFails`, expectation.alsoFails, FILE_LABEL, wrong);
  const { twin } = expectation;
  if (twin === undefined) return;
  checkFields(`${where}.twin`, twin, { required: [], optional: ['variant', 'knobs'] }, wrong);
  if (twin.variant !== undefined) checkText(`${where}.twin.variant`, twin.variant, wrong);
  checkKnobValues(`${where}.twin.knobs`, twin.knobs, wrong);
}

/** Whether the race has such knobs and values is checked by defineRace(). */
function checkKnobValues(where: string, knobs: unknown, wrong: Refuse): void {
  if (knobs === undefined) return;
  checkObject(where, knobs, wrong);
  for (const [name, value] of Object.entries(knobs)) checkText(`${where}: ${name}`, value, wrong);
}

function checkActors(actors: unknown, wrong: Refuse): void {
  const parts = namedParts('actors', 'actor', actors, IDENTIFIER, wrong);
  if (parts.length === 0) wrong('actors is empty, and must have one actor or more');
  for (const [where, , actor] of parts) checkFunction(where, actor, wrong);
}

/** Reports name handlers by the names of their functions. */
function checkInterrupts(interrupts: unknown, wrong: Refuse): void {
  checkList('interrupts', interrupts, wrong);
  const names: string[] = [];
  for (const [i, handler] of interrupts.entries()) {
    checkFunction(`interrupts[${i}]`, handler, wrong);
    const { name } = handler as { readonly name: unknown };
    if (typeof name !== 'string' || name === '')
      wrong(`interrupts[${i}] is a function without a name: reports show it`);
    if (names.includes(name)) wrong(`interrupts[${i}] is ${name}, which is in the list already`);
    names.push(name);
  }
}

function checkCpus(cpus: unknown, wrong: Refuse): void {
  checkFields('cpus', cpus, { required: ['min', 'default'], optional: ['max'] }, wrong);
  const { min, default: usual, max = CPUS_MAX } = cpus;
  for (const [field, value] of Object.entries({ min, default: usual, max }))
    checkWhole(`cpus.${field}`, value, { min: 1, max: CPUS_MAX }, wrong);
  if (!(Number(min) <= Number(usual) && Number(usual) <= Number(max)))
    wrong(`cpus is min ${shown(min)}, default ${shown(usual)}, max ${shown(max)}: min <= default <= max must hold`);
}

function checkSpins(
  field: string,
  ranges: unknown,
  [named, names]: readonly [of: string, names: readonly string[]],
  wrong: Refuse,
): void {
  for (const [where, name, range] of namedParts(field, field, ranges, IDENTIFIER, wrong)) {
    if (!names.includes(name)) wrong(`${where}: ${named} has no such name (known: ${names.join(', ') || 'none'})`);
    checkFields(where, range, { required: ['min', 'max'] }, wrong);
    for (const end of ['min', 'max']) checkWhole(`${where}: ${end}`, range[end], { min: 0, max: SPINS_MAX }, wrong);
    if (Number(range.min) > Number(range.max))
      wrong(`${where}: min ${shown(range.min)} is more than max ${shown(range.max)}`);
  }
}

function checkRows(rows: unknown, wrong: Refuse): void {
  if (!Array.isArray(rows))
    wrong(`rows is ${shown(rows)}: rows must be a list, empty if the race is no part of verify`);
  for (const [i, row] of (rows as readonly unknown[]).entries()) {
    const where = `rows[${i}]`;
    checkFields(where, row, ROW, wrong);
    checkText(`${where}.name`, row.name, wrong);
    checkText(`${where}.variant`, row.variant, wrong);
    checkKnobValues(`${where}.knobs`, row.knobs, wrong);
    if (row.cpus !== undefined) checkWhole(`${where}.cpus`, row.cpus, { min: 1, max: CPUS_MAX }, wrong);
    if (row.sync !== undefined && !SYNC.some((mode) => mode === row.sync))
      wrong(`${where}.sync is ${shown(row.sync)}, and must be one of: ${SYNC.join(', ')}`);
  }
}

function checkFree(free: unknown, wrong: Refuse): void {
  checkFields('free', free, { required: ['knobs', 'allowed'] }, wrong);
  checkKnobValues('free.knobs', free.knobs, wrong);
  checkList('free.allowed', free.allowed, wrong);
  if (free.allowed.length === 0) wrong('free.allowed is empty: no knobs would be allowed; any are by [{}]');
  for (const [i, knobs] of free.allowed.entries()) {
    checkObject(`free.allowed[${i}]`, knobs, wrong);
    checkKnobValues(`free.allowed[${i}]`, knobs, wrong);
  }
}
