/** Makes a race of a litmus test. Called by the files in stress/litmus and by litmus tests of users. */

import { CPUS_MAX } from '../machine/layout.js';
import { noteModule } from './definedIn.js';
import type { Expectation } from './expectation.js';
import {
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
  isObject,
  shown,
  type Refuse,
} from './fieldChecks.js';
import { noteMade } from './guardedRace.js';
import {
  LITMUS_VARIANTS,
  RELAXED,
  relaxationOf,
  type LitmusTest,
  type LitmusVariant,
  type HostedLitmus,
} from './litmus.js';
import type { LitmusRace, Variant } from './race.js';
import { requirePlain } from './synchronous.js';

/** What the author of a litmus race writes: the test, and what it says about itself. */
export interface LitmusDefinition extends LitmusTest {
  /** As a race's. */
  readonly name: string;
  readonly question: string;
  readonly source: string;
  readonly explain: string;
}

/** Registers that a test can have. */
const REGISTERS_MAX = 4;
const MODELS = ['tso', 'weak'];
const RELAXATIONS = ['forbidden', 'allowed', 'shows'];
const TEXTS = ['question', 'source', 'explain', 'short'];
const DEFINITION = [...TEXTS, 'name', 'locations', 'registers', 'threads', 'relaxed', 'plain', 'about'];

/**
 * Makes a litmus test a race of two variants: `plain`, what the host's memory does, and `atomic`, in which the relaxed
 * outcome is forbidden everywhere. `arch`: a `process.arch`, that of the host by default. Throws Error, one line, naming the
 * field that is wrong.
 *
 * Its threads sweep: no actors are called, and there are no instances, windows, phases or records.
 */
export function defineLitmus(definition: LitmusDefinition, arch: string = process.arch): LitmusRace {
  check(definition);
  const { name, question, source, explain, ...rest } = definition;
  const test: HostedLitmus = { ...rest, arch };
  const variant = (variantName: LitmusVariant, accesses: string): Variant => ({
    about: accesses,
    source,
    expects: [expectation(test, variantName)],
  });
  const cpus = test.threads.length;
  const race = noteMade<LitmusRace>({
    kind: 'litmus',
    name,
    question,
    mail: `none: ${source}`,
    group: 'calibration of the host',
    commits: [],
    explain: [explain, '', ...programLines(test), '', ...modelLines(test)].join('\n'),
    signatures: { [RELAXED]: `${outcomeWords(test, test.relaxed).slice(0, -1)}: no order of all accesses gives this` },
    knobs: {},
    variants: {
      plain: variant('plain', 'plain loads and stores, as the host serves them'),
      atomic: variant('atomic', 'sequentially consistent loads and stores (Atomics)'),
    },
    merged: 'atomic',
    // Whether plain accesses show it depends on the host: one core shows nothing.
    rows: [],
    cpus: { min: cpus, default: cpus, max: cpus },
    test,
  });
  noteModule(race);
  return race;
}

function expectation(test: HostedLitmus, variant: LitmusVariant): Expectation {
  return relaxationOf(test, variant) === 'shows' ? { fails: RELAXED } : {};
}

/** Checks each field by itself, since a test may be written in JavaScript, and then against the others. */
function check(definition: unknown): void {
  const name = isObject(definition) && typeof definition.name === 'string' ? ` ${definition.name.slice(0, 64)}` : '';
  const wrong: Refuse = (what) => {
    throw new Error(`litmus race${name}: ${what}`);
  };
  checkFields('the definition', definition, { required: DEFINITION }, wrong);
  checkName('name', definition.name, KEBAB_CASE, wrong);
  for (const field of TEXTS) checkText(field, definition[field], wrong);
  checkNames('locations', definition.locations, IDENTIFIER, wrong);
  checkNames('registers', definition.registers, LABEL, wrong);
  checkThreads(definition.threads, wrong);
  checkList('relaxed', definition.relaxed, wrong);
  checkFields('plain', definition.plain, { required: MODELS }, wrong);
  for (const model of MODELS) {
    const found = definition.plain[model];
    if (!RELAXATIONS.some((word) => word === found))
      wrong(`plain.${model} is ${shown(found)}, and must be one of: ${RELAXATIONS.join(', ')}`);
  }
  checkObject('about', definition.about, wrong);
  for (const [key, text] of Object.entries(definition.about)) checkText(`about "${key}"`, text, wrong);
  checkTogether(definition as unknown as LitmusDefinition, wrong);
}

function checkThreads(threads: unknown, wrong: Refuse): void {
  checkList('threads', threads, wrong);
  if (threads.length < 2 || threads.length > CPUS_MAX) wrong(`threads must be 2 to ${CPUS_MAX}, not ${threads.length}`);
  for (const [i, thread] of threads.entries()) {
    checkFields(`threads[${i}]`, thread, { required: ['program', 'plain', 'atomic'] }, wrong);
    checkList(`threads[${i}].program`, thread.program, wrong);
    for (const [line, text] of thread.program.entries()) checkText(`threads[${i}].program[${line}]`, text, wrong);
    for (const variant of LITMUS_VARIANTS) {
      checkFunction(`threads[${i}].${variant}`, thread[variant], wrong);
      requirePlain(`the ${variant} program of thread ${i}`, thread[variant], wrong);
    }
  }
}

function checkTogether({ registers, threads, relaxed, locations, about }: LitmusDefinition, wrong: Refuse): void {
  if (locations.length === 0) wrong('locations must be one or more');
  if (registers.length === 0 || registers.length > REGISTERS_MAX) wrong(`registers must be 1 to ${REGISTERS_MAX}`);
  const areValues = (values: readonly number[]): boolean =>
    values.length === registers.length && values.every((value) => value === 0 || value === 1);
  if (!areValues(relaxed)) wrong('relaxed must have a 0 or 1 for each register');
  for (const register of registers) {
    if (!(Number(/^(\d+):\w+$/.exec(register)?.[1] ?? NaN) < threads.length))
      wrong(`register ${register} must name its thread: 0:r0`);
  }
  for (const key of Object.keys(about)) {
    if (!areValues(key.split(' ').map(Number))) wrong(`about "${key}": must be the values of all registers: 0 1`);
  }
}

/** Returns an outcome in words: `0:r0=0; 1:r0=1;` */
export function outcomeWords({ registers }: LitmusTest, values: readonly number[]): string {
  return registers.map((register, r) => `${register}=${values[r]};`).join(' ');
}

/** Returns the condition as litmus7 has it. */
export function conditionWords({ registers, relaxed }: LitmusTest): string {
  return `exists (${registers.map((register, r) => `${register}=${relaxed[r]}`).join(' /\\ ')})`;
}

/** Returns the programs side by side, then the condition that the test asks about. */
function programLines(test: LitmusTest): string[] {
  const columns = test.threads.map(({ program }, thread) => [`P${thread}`, ...program]);
  const widths = columns.map((column) => Math.max(...column.map((cell) => cell.length)));
  const rows = Array.from({ length: Math.max(...columns.map((column) => column.length)) }, (_, row) =>
    columns.map((column, c) => (column[row] ?? '').padEnd(widths[c])).join(' | '),
  );
  return [...rows.map((row) => `  ${row} ;`), `  ${conditionWords(test)}`];
}

function modelLines(test: HostedLitmus): string[] {
  const words = {
    forbidden: 'forbidden: if it is seen, the run is VIOLATED',
    allowed: 'allowed, and not every processor shows it: nothing depends on it',
    shows: 'allowed, and shown: if it is not seen, the run is NOT REPRODUCED',
  };
  return LITMUS_VARIANTS.map(
    (variant) => `On ${test.arch} with ${variant} accesses: ${words[relaxationOf(test, variant)]}.`,
  );
}
