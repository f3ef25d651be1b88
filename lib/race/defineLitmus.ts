/** Makes a race of a litmus test. Called by the files in stress/litmus and by litmus tests of users. */

import { defineRace } from './defineRace.js';
import type { Expectation } from './expectation.js';
import type { Race } from './race.js';
import {
  LITMUS_VARIANTS,
  RELAXED,
  relaxationOf,
  type LitmusTest,
  type LitmusVariant,
  type HostedLitmus,
} from './litmus.js';
import { RaceFault } from './raceFault.js';

/** What a litmus test says about itself beside the test. */
export interface LitmusRace extends LitmusTest {
  /** As a race's. */
  readonly name: string;
  readonly question: string;
  readonly source: string;
  readonly explain: string;
}

/** Registers that a test can have. */
const REGISTERS_MAX = 4;

/**
 * Makes a litmus test a race of two variants: `plain`, what the host's memory does, and `atomic`, in which the relaxed
 * outcome is forbidden everywhere. `arch`: a `process.arch`, that of the host by default. Throws Error naming the field
 * that is wrong.
 *
 * A litmus race has no actors that could be called, no instances, windows, phases or records: its threads sweep.
 */
export function defineLitmus(about: LitmusRace, arch: string = process.arch): Race {
  const { name, question, source, explain, ...rest } = about;
  check(about);
  const test: HostedLitmus = { ...rest, arch };
  const variant = (variantName: LitmusVariant, accesses: string): Race['variants'][string] => ({
    about: accesses,
    source,
    expects: [expectation(test, variantName)],
  });
  const actors = test.threads.map((_, thread) => `P${thread}`);
  return defineRace({
    name,
    question,
    mail: `none: ${source}`,
    commits: [],
    explain: [explain, '', ...programLines(test), '', ...modelLines(test)].join('\n'),
    steps: [],
    windows: [],
    signatures: { [RELAXED]: `${outcomeWords(test, test.relaxed).slice(0, -1)}: no order of all accesses gives this` },
    knobs: {},
    variants: {
      plain: variant('plain', 'plain loads and stores, as the host serves them'),
      atomic: variant('atomic', 'sequentially consistent loads and stores (Atomics)'),
    },
    merged: 'atomic',
    // Whether plain accesses show it depends on the host: one core shows nothing.
    rows: [],
    interrupts: [],
    cpus: { min: actors.length, default: actors.length, max: actors.length },
    phases: {},
    delays: {},
    litmus: test,
    actors: Object.fromEntries(actors.map((actor) => [actor, isSwept])),
    configure: (variantName): unknown => variantName,
    instanceWords: () => 1,
    reset: () => {},
    role: (cpu) => ({ actor: actors[cpu], comm: actors[cpu] }),
    symbol: (offset) => `word+${offset}`,
    report: () => [],
  });
}

/** Stands in place of an actor, and is never called. */
function isSwept(): never {
  throw new RaceFault('a litmus race is swept in stride mode: its programs cannot be run one trial at a time');
}

function expectation(test: HostedLitmus, variant: LitmusVariant): Expectation {
  return relaxationOf(test, variant) === 'shows' ? { fails: RELAXED } : {};
}

function check({ name, registers, threads, relaxed, locations, about }: LitmusRace): void {
  const wrong = (what: string): never => {
    throw new Error(`litmus race ${name}: ${what}`);
  };
  if (threads.length < 2) wrong('threads must be two or more');
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
