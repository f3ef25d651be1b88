/*
 * Checks that a race's definition is one at all, before anything reads it: every field that must be there is, and each
 * is of the right type and within the limits of the machine. Races may be written in JavaScript, where no compiler
 * checks that. What the parts say of each other (knobs of a row, signatures of an expectation) is checked afterwards.
 * Called by defineRace().
 */

import { MEMORY_MODELS } from '../machine/memoryModel.js';
import { CPUS_MAX, WINDOWS_MAX } from '../machine/layout.js';
import { isStruct } from '../sharedarraybuffer-utils/index.js';
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
import { checkHotplug } from './hotplug.js';
import { checkMutantFields } from './mutants.js';
import { checkLines } from './raceLines.js';
import { SPINS_MAX, SYNC_MODES } from './settings.js';
import { checkTasks } from './tasks.js';

const TEXTS = ['question', 'mail', 'explain', 'merged', 'group', 'year'];
const FUNCTIONS = ['configure', 'check', 'init', 'instanceWords', 'reset', 'role', 'recover', 'symbol', 'report'];
/** What a race has that lays out its instances itself; struct() does it for the others. */
const OWN_LAYOUT = ['instanceWords', 'reset', 'symbol'];
const STATE_FIELD = 'state: struct({ count: LINE })';
const RACE = {
  required: ['name', 'actors', 'variants'],
  optional: [
    'kind',
    'state',
    'commits',
    'steps',
    'windows',
    'signatures',
    'knobs',
    'rows',
    'mutants',
    'interrupts',
    'lines',
    'polls',
    'hotplug',
    'cpus',
    'tasks',
    'own',
    'phases',
    'delays',
    'failsAtLeast',
    'free',
    ...TEXTS,
    ...FUNCTIONS,
  ],
};
const FAILS = ['fails', 'alsoFails', 'minority', 'twin', 'memory'];
const VARIANT = { required: [], optional: ['about', 'source', 'needs', 'expects', ...FAILS] };
const EXPECTATION = { required: [], optional: ['when', ...FAILS] };
const ROW = { required: ['name', 'variant'], optional: ['knobs', 'cpus', 'sync', 'memory'] };

/** Rows of the table of outcomes that are no signature. */
const RESERVED = ['clean', 'unexpected'];
const KNOB_KINDS = ['choice', 'flag', 'number'];

/** Throws Error, one line, for the first thing in a race's definition that is missing, unknown, of a wrong type or out of range. */
export function checkDefinition(race: unknown): void {
  const name = isObject(race) && typeof race.name === 'string' ? ` ${race.name.slice(0, 64)}` : '';
  const wrong: Refuse = (what) => {
    throw new Error(`race${name}: ${what}`);
  };
  if (!isObject(race)) wrong(`the definition is ${shown(race)}, and must be an object`);
  checkFields('the definition', race, RACE, wrong);
  if (race.kind !== undefined && race.kind !== 'actors')
    wrong(`kind is ${shown(race.kind)}, and must be absent: a litmus race is made by defineLitmus()`);
  checkName('name', race.name, KEBAB_CASE, wrong);
  for (const field of TEXTS) checkIf(race, field, checkText, wrong);
  checkIf(race, 'commits', checkTexts, wrong);
  for (const field of FUNCTIONS) checkIf(race, field, checkFunction, wrong);
  checkMemory(race, wrong);
  checkIf(race, 'steps', (where, value) => checkNames(where, value, LABEL, wrong), wrong);
  checkIf(race, 'windows', checkWindows, wrong);
  checkIf(race, 'signatures', checkSignatures, wrong);
  checkIf(race, 'knobs', checkKnobs, wrong);
  checkVariants(race.variants, wrong);
  checkActors(race.actors, wrong);
  checkIf(race, 'interrupts', checkInterrupts, wrong);
  checkIf(race, 'lines', checkLines, wrong);
  if (race.hotplug !== undefined && race.hotplug !== null)
    checkHotplug('hotplug', race.hotplug, race.state !== undefined, wrong);
  if (race.polls !== undefined && typeof race.polls !== 'boolean')
    wrong(`polls is ${shown(race.polls)}, and must be true or false`);
  checkIf(race, 'cpus', checkCpus, wrong);
  checkTasks(race, wrong);
  const { phases = {}, delays = {}, windows = [] } = race;
  checkSpins('phases', phases, ['actors', Object.keys(race.actors as Fields)], wrong);
  checkSpins('delays', delays, ['windows', windows as readonly string[]], wrong);
  checkIf(race, 'rows', checkRows, wrong);
  checkIf(race, 'mutants', checkMutants, wrong);
  checkIf(race, 'free', checkFree, wrong);
  if (race.failsAtLeast !== undefined && typeof race.failsAtLeast !== 'number')
    wrong(`failsAtLeast is ${shown(race.failsAtLeast)}, and must be a number between 0 and 1`);
  checkSomethingIsChecked(race, wrong);
}

/** Checks a field that may be absent. */
function checkIf(
  race: Fields,
  field: string,
  check: (where: string, value: unknown, wrong: Refuse) => void,
  wrong: Refuse,
): void {
  if (race[field] !== undefined) check(field, race[field], wrong);
}

/** Checks that the words of an instance are laid out by struct(), or by three functions of the race. */
function checkMemory(race: Fields, wrong: Refuse): void {
  const { state, check, init } = race;
  if (state !== undefined && !isStruct(state))
    wrong(`state is ${shown(state)}, and must be made by struct(): ${STATE_FIELD}`);
  const missing = OWN_LAYOUT.filter((field) => race[field] === undefined);
  if (state === undefined && missing.length === OWN_LAYOUT.length) wrong(`the definition lacks ${STATE_FIELD}`);
  if (state === undefined && missing.length > 0)
    wrong(`the definition lacks ${missing.join(', ')}, or in its place ${STATE_FIELD}`);
  if (init !== undefined && race.reset !== undefined) wrong('init goes with the usual reset: give one of the two');
  if (check === undefined) return;
  const own = ['instanceWords', 'reset'].find((field) => race[field] !== undefined);
  if (own !== undefined) wrong(`check goes with state and init: this race has its own ${own}`);
  if (race.free !== undefined)
    wrong('check looks at an instance when all actors have returned, which never happens in free mode: remove free');
}

/** Refuses a race that nothing can fail: it would be HELD, whatever its code does. */
function checkSomethingIsChecked(race: Fields, wrong: Refuse): void {
  const fails = Object.values(race.variants as Readonly<Record<string, Fields>>).some(
    ({ expects = [], ...variant }) =>
      variant.fails !== undefined || (expects as readonly Fields[]).some((expected) => expected.fails !== undefined),
  );
  if (race.check === undefined && race.signatures === undefined && !fails)
    wrong(
      'nothing is checked: it has no check(), no signatures that its actors fail() with, and no variant that fails',
    );
}

function checkTexts(where: string, value: unknown, wrong: Refuse): void {
  checkList(where, value, wrong);
  for (const [i, text] of value.entries()) checkText(`${where}[${i}]`, text, wrong);
}

function checkWindows(where: string, windows: unknown, wrong: Refuse): void {
  checkNames(where, windows, IDENTIFIER, wrong);
  if (windows.length > WINDOWS_MAX) wrong(`${where} has ${windows.length} names, at most ${WINDOWS_MAX} are allowed`);
}

/** Checks signatures. Those of the machine may be declared as well: the race then means them to happen. */
function checkSignatures(field: string, signatures: unknown, wrong: Refuse): void {
  const parts = namedParts(field, 'signature', signatures, FILE_LABEL, wrong);
  for (const [where, name, about] of parts) {
    if (RESERVED.includes(name)) wrong(`${where}: the name is reserved for the table of outcomes`);
    checkText(where, about, wrong);
  }
}

function checkKnobs(field: string, knobs: unknown, wrong: Refuse): void {
  for (const [where, name, knob] of namedParts(field, 'knob', knobs, IDENTIFIER, wrong)) {
    if (name === 'variant') wrong(`${where}: configure() gets the variant under this name`);
    checkKnob(where, knob, wrong);
  }
}

function checkKnob(where: string, knob: unknown, wrong: Refuse): void {
  checkFields(where, knob, { required: ['values', 'default', 'about'], optional: ['kind'] }, wrong);
  if (knob.kind !== undefined && !KNOB_KINDS.some((kind) => kind === knob.kind))
    wrong(`${where}: kind is ${shown(knob.kind)}, and must be one of: ${KNOB_KINDS.join(', ')}`);
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
    for (const field of ['about', 'source'])
      if (variant[field] !== undefined) checkText(`${where}: ${field}`, variant[field], wrong);
    checkKnobValues(`${where}: needs`, variant.needs, wrong);
    checkExpects(where, variant, wrong);
  }
}

/** Checks that a variant says how it always ends, or has a list of how it ends under which knobs. */
function checkExpects(
  where: string,
  { about: _about, source: _source, needs: _needs, expects, ...always }: Fields,
  wrong: Refuse,
): void {
  if (expects === undefined) {
    checkExpectationFields(where, always, wrong);
    return;
  }
  const [field] = Object.keys(always);
  if (field !== undefined) wrong(`${where} has ${field} and expects: ${field} belongs into the entries of expects`);
  checkList(`${where}: expects`, expects, wrong);
  if (expects.length === 0) wrong(`${where}: expects is empty; what always holds is [{}]`);
  for (const [i, expectation] of expects.entries())
    checkExpectationFields(`${where}: expects[${i}]`, expectation, wrong);
}

function checkExpectationFields(where: string, expectation: unknown, wrong: Refuse): void {
  checkFields(where, expectation, EXPECTATION, wrong);
  checkKnobValues(`${where}.when`, expectation.when, wrong);
  for (const field of ['fails', 'minority'])
    if (expectation[field] !== undefined) checkText(`${where}.${field}`, expectation[field], wrong);
  if (expectation.alsoFails !== undefined) checkNames(`${where}.alsoFails`, expectation.alsoFails, FILE_LABEL, wrong);
  checkMemoryModel(`${where}.memory`, expectation.memory, wrong);
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
function checkInterrupts(field: string, interrupts: unknown, wrong: Refuse): void {
  checkList(field, interrupts, wrong);
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

function checkCpus(where: string, cpus: unknown, wrong: Refuse): void {
  checkFields(where, cpus, { required: ['min', 'default'], optional: ['max'] }, wrong);
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

function checkRows(list: string, rows: unknown, wrong: Refuse): void {
  if (!Array.isArray(rows))
    wrong(`${list} is ${shown(rows)}: rows must be a list, empty if the race is no part of verify`);
  for (const [i, row] of (rows as readonly unknown[]).entries()) {
    const where = `rows[${i}]`;
    checkFields(where, row, ROW, wrong);
    checkText(`${where}.name`, row.name, wrong);
    checkText(`${where}.variant`, row.variant, wrong);
    checkKnobValues(`${where}.knobs`, row.knobs, wrong);
    if (row.cpus !== undefined) checkWhole(`${where}.cpus`, row.cpus, { min: 1, max: CPUS_MAX }, wrong);
    checkMemoryModel(`${where}.memory`, row.memory, wrong);
    if (row.sync !== undefined && !SYNC_MODES.some((mode) => mode === row.sync))
      wrong(`${where}.sync is ${shown(row.sync)}, and must be one of: ${SYNC_MODES.join(', ')}`);
  }
}

function checkMutants(field: string, mutants: unknown, wrong: Refuse): void {
  checkMutantFields(field, mutants, wrong);
  for (const [name, mutant] of Object.entries(mutants as Readonly<Record<string, Fields>>)) {
    const where = `mutant ${name}`;
    checkKnobValues(`${where}: knobs`, mutant.knobs, wrong);
    if (mutant.cpus !== undefined) checkWhole(`${where}: cpus`, mutant.cpus, { min: 1, max: CPUS_MAX }, wrong);
    checkMemoryModel(`${where}: memory`, mutant.memory, wrong);
    if (mutant.alsoFails !== undefined) checkNames(`${where}: alsoFails`, mutant.alsoFails, FILE_LABEL, wrong);
  }
}

function checkFree(where: string, free: unknown, wrong: Refuse): void {
  checkFields(where, free, { required: ['knobs', 'allowed'] }, wrong);
  checkKnobValues('free.knobs', free.knobs, wrong);
  checkList('free.allowed', free.allowed, wrong);
  if (free.allowed.length === 0) wrong('free.allowed is empty: no knobs would be allowed; any are by [{}]');
  for (const [i, knobs] of free.allowed.entries()) {
    checkObject(`free.allowed[${i}]`, knobs, wrong);
    checkKnobValues(`free.allowed[${i}]`, knobs, wrong);
  }
}

function checkMemoryModel(where: string, memory: unknown, wrong: Refuse): void {
  if (memory === undefined || MEMORY_MODELS.some((model) => model === memory)) return;
  wrong(`${where} is ${shown(memory)}, and must be ${MEMORY_MODELS.join(' or ')}`);
}
