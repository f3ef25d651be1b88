/**
 * Says how each option of a command is repeated: with which values, or not at all if it has its default. Called by repeat.ts; the
 * tables of options in lib/cli have exactly these names.
 */

import type { MemoryModel } from '../machine/memoryModel.js';
import type { SpinRange } from '../race/race.js';
import { isInstrumented } from '../instrument/marked.js';
import { WATCHDOG_MS } from '../harness/watch/watchdog.js';
import { claimText } from './claimText.js';
import {
  EVIDENCE_FOLDER,
  MUTANT_BUDGET_MS,
  QUICK_BUDGET_MS,
  ROW_BUDGET_MS,
  RUN_DURATION_MS,
  TUNING_FILE,
} from './defaults.js';
import { formatDuration } from './duration.js';
import { EXPLORE_LIMITS, type ExploreRequest } from './exploreRequest.js';
import { flagOf, noFlagOf } from './flagName.js';
import type { RunRequest } from './request.js';

/** The values of one option: a text is its argument, true is the option alone, false is its `--no-` form. */
export type Values = readonly (string | boolean)[];

/** By the name of the option. */
type Repeats<R> = Readonly<Record<string, (request: R) => Values>>;

const NOT_REPEATED = (): Values => [];

/** `run`, in the order of the command. */
export const RUN_REPEATS = {
  knob: ({ plan, usual }) => namedValues(plan.knobs, usual.knobs, (value) => value),
  cpus: ({ plan, usual }) => unless(plan.cpus === usual.cpus, String(plan.cpus)),
  threads: ({ plan, threads }) => unless(threads === plan.cpus, String(threads)),
  sync: ({ plan, usual }) => unless(plan.sync === usual.sync, plan.sync),
  memory: ({ plan, usual }) => unless(plan.memory === usual.memory, plan.memory),
  classes: ({ classes }) => unless(!classes, true),
  from: ({ from }) => (from === null ? [] : [from.file]),
  phase: ({ plan, usual }) => namedValues(plan.phases, usual.phases, spinWords),
  window: ({ plan, usual }) => namedValues(plan.windows, usual.windows, spinWords),
  round: ({ plan, usual }) => unless(plan.round === usual.round, String(plan.round)),
  spin: ({ plan, usual }) => unless(spinWords(plan.spin) === spinWords(usual.spin), spinWords(plan.spin)),
  // Always: it is random otherwise.
  seed: ({ plan, draws }) => unless(!draws, String(plan.seed)),
  duration: (request) =>
    unless(request.durationMs === usualDurationMs(request), formatDuration(request.durationMs ?? 0)),
  trials: ({ plan }) => unless(plan.trials === Infinity, String(plan.trials)),
  untilConfidence: ({ claim }) => (claim === null ? [] : [claimText(claim)]),
  stopOnFirst: ({ plan }) => unless(!plan.stopOnFirst, true),
  instrument: ({ plan }) => unless(!isInstrumented(plan.raceUrl), true),
  twin: ({ withTwin }) => unless(withTwin, false),
  record: ({ plan, usual }) => unless(plan.recording === usual.recording, plan.recording),
  bind: ({ plan, usual }) => unless(plan.bindCores === usual.bindCores, plan.bindCores),
  lockdep: ({ plan, usual }) => unless(plan.lockdep === usual.lockdep, plan.lockdep),
  watchdog: ({ watchdogMs }) =>
    watchdogMs === null ? [false] : unless(watchdogMs === WATCHDOG_MS, formatDuration(watchdogMs)),
  onHang: ({ plan }) => unless(plan.onHang === 'continue', plan.onHang),
  evidence: ({ evidence, draws }) => evidenceValues(draws || evidence === null ? evidence : undefined),
  keep: ({ plan }) => unless(plan.keep <= 1, String(plan.keep)),
  // The settings themselves are repeated.
  tuned: NOT_REPEATED,
  anyHost: NOT_REPEATED,
  // How the result is printed is not part of the request.
  report: NOT_REPEATED,
  reportFile: NOT_REPEATED,
  trace: NOT_REPEATED,
  events: NOT_REPEATED,
  json: NOT_REPEATED,
} satisfies Repeats<RunRequest>;

/** A request of `verify`. */
export interface VerifyRequest {
  readonly budgetMs: number;
  readonly seed: number;
  /** Texts that names of rows must contain. */
  readonly row: readonly string[];
  readonly bind: boolean;
  readonly lockdep: boolean;
  readonly memory: MemoryModel;
  /** Folder of the evidence; null for none, undefined for the default of the command. */
  readonly evidence?: string | null | undefined;
  /** File of settings. */
  readonly tuned?: string | undefined;
  readonly anyHost?: boolean;
  /** Whether all states of each row are explored as well. */
  readonly prove?: boolean;
  /** Whether mutants run in place of the rows. */
  readonly mutants?: boolean;
  /** Whether a row ends as soon as it is decided. */
  readonly quick?: boolean;
  /** Whether no row begins behind one that is not as expected. */
  readonly failFast?: boolean;
  /** Whether the modules of the races are instrumented. */
  readonly instrument?: boolean;
}

/** Returns the time of each row, or of each mutant, if none is asked for. */
export function usualBudgetMs({ mutants = false, quick = false }: Pick<VerifyRequest, 'mutants' | 'quick'>): number {
  if (quick) return QUICK_BUDGET_MS;
  return mutants ? MUTANT_BUDGET_MS : ROW_BUDGET_MS;
}

/** `verify`, in the order of the command. */
export const VERIFY_REPEATS = {
  row: ({ row }) => row,
  mutants: ({ mutants = false }) => unless(!mutants, true),
  quick: ({ quick = false }) => unless(!quick, true),
  failFast: ({ failFast = false }) => unless(!failFast, true),
  budget: (request) => unless(request.budgetMs === usualBudgetMs(request), formatDuration(request.budgetMs)),
  seed: ({ seed }) => [String(seed)],
  bind: ({ bind }) => unless(bind, false),
  lockdep: ({ lockdep }) => unless(lockdep, false),
  memory: ({ memory }) => unless(memory === 'sc', memory),
  tuned: ({ tuned }) => (tuned === undefined ? [] : [tuned === TUNING_FILE || tuned]),
  anyHost: ({ anyHost = false }) => unless(!anyHost, true),
  evidence: ({ evidence }) => evidenceValues(evidence),
  instrument: ({ instrument = false }) => unless(!instrument, true),
  prove: ({ prove = false }) => unless(!prove, true),
  // How the result is printed is not part of the request.
  junit: NOT_REPEATED,
  events: NOT_REPEATED,
  json: NOT_REPEATED,
} satisfies Repeats<VerifyRequest>;

/** A request of `explore`, and what it has if nothing is asked for. */
export interface ExploreRepeated extends ExploreRequest {
  readonly usual: Pick<ExploreRequest, 'cpus' | 'knobs'>;
}

/** `explore`, in the order of the command. */
export const EXPLORE_REPEATS = {
  knob: ({ knobs, usual }) => namedValues(knobs, usual.knobs, (value) => value),
  cpus: ({ cpus, usual }) => unless(cpus === usual.cpus, String(cpus)),
  memory: ({ memory }) => unless(memory === 'sc', memory),
  states: ({ limits: { states } }) => unless(states === EXPLORE_LIMITS.states, String(states)),
  accesses: ({ limits: { accesses } }) => unless(accesses === EXPLORE_LIMITS.accesses, String(accesses)),
  interrupts: ({ limits: { interrupts } }) => unless(interrupts === EXPLORE_LIMITS.interrupts, String(interrupts)),
  memoryLimit: ({ limits: { bytes } }) => unless(bytes === EXPLORE_LIMITS.bytes, String(bytes / 1e6)),
  instrument: ({ instrument = false }) => unless(!instrument, true),
  evidence: ({ evidence }) => evidenceValues(evidence),
  // How the result is printed is not part of the request.
  json: NOT_REPEATED,
} satisfies Repeats<ExploreRepeated>;

/** Returns the words of a command line for the values. */
export function wordsFor(name: string, values: Values): string[] {
  return values.flatMap((value) => {
    if (typeof value === 'string') return [flagOf(name), value];
    return [value ? flagOf(name) : noFlagOf(name)];
  });
}

export function spinWords({ min, max }: SpinRange): string {
  return min === max ? String(min) : `${min}..${max}`;
}

function unless(isUsual: boolean, value: string | boolean): Values {
  return isUsual ? [] : [value];
}

/** Returns `NAME=VALUE` for each that differs from the usual one. */
function namedValues<T>(
  all: Readonly<Record<string, T>>,
  usual: Readonly<Record<string, T>>,
  words: (value: T) => string,
): Values {
  return Object.entries(all)
    .filter(([name, value]) => !Object.hasOwn(usual, name) || words(value) !== words(usual[name]))
    .map(([name, value]) => `${name}=${words(value)}`);
}

function usualDurationMs({ plan, claim }: RunRequest): number | null {
  return plan.trials === Infinity && claim === null ? RUN_DURATION_MS : null;
}

function evidenceValues(evidence: string | null | undefined): Values {
  if (evidence === undefined) return [];
  return evidence === null ? [false] : unless(evidence === EVIDENCE_FOLDER, evidence);
}
