/** Flags of `run`, checked and turned into what each variant's run is made of. */

import { CPUS_MAX, ON_HANG, SYNC_MODES, roundMax, type OnHang, type Sync } from '../harness/plan.js';
import { WATCHDOG_MS } from '../harness/watch/watchdog.js';
import type { Knobs } from '../race/expectation.js';
import type { Race, SpinRange } from '../race/race.js';
import { parseAssignments, type Assigned } from './assignments.js';
import type { ChosenRace } from './chooseRace.js';
import { parseClaim } from '../run/claimText.js';
import { parseDuration } from '../run/duration.js';
import { unknownWord } from '../run/unknownWord.js';
import { parseCount, parseSpinRange, seedFrom } from './numbers.js';
import { refuseUnsuited } from './litmusOptions.js';
import { THREADS_MAX, cpusFault, threadsFault } from '../run/shape.js';
import { knobsUnder, orderOf, type Asked, type RunOrder } from '../run/request.js';
import { runningActors, usualSync } from '../harness/makePlan.js';
import type { Fixed, TunedFlags } from './tuned.js';
import { UsageError } from '../run/usageError.js';

/** The flags as they were typed. */
export interface RunFlags extends TunedFlags {
  readonly cpus?: string;
  readonly threads?: string;
  readonly duration?: string;
  readonly trials?: string;
  readonly untilConfidence?: string;
  readonly sync?: string;
  readonly window: readonly string[];
  readonly phase: readonly string[];
  readonly round?: string;
  readonly spin?: string;
  readonly seed?: string;
  readonly knob: readonly string[];
  readonly stopOnFirst?: boolean;
  /** False with --no-twin. */
  readonly twin?: boolean;
  readonly json?: boolean;
  /** False with --no-record. */
  readonly record: boolean;
  /** False with --no-bind. */
  readonly bind?: boolean;
  /** False with --no-lockdep. */
  readonly lockdep?: boolean;
  /** False with --no-watchdog. */
  readonly watchdog?: string | false;
  readonly onHang?: string;
  /** Folder of the evidence; false with --no-evidence. */
  readonly evidence?: string | false;
  readonly keep?: string;
}

const DEFAULT_DURATION_MS = 3000;
/** They are all held in memory until the run has ended. */
const KEEP_MAX = 1000;

/** Puts settings that were found in the place of those that the flags left open. */
export type Tune = (asked: Asked, fixed: Fixed) => Asked;

/** The runs that the flags ask for: the variant that was named, or the buggy form and then the merged fix. Throws UsageError. */
export function ordersFor(chosen: ChosenRace, flags: RunFlags, tune: Tune = (asked) => asked): RunOrder[] {
  const { race } = chosen;
  const { cpus, threads } = parseThreads(race, flags);
  const sync = flags.sync === undefined ? usualSync(race) : parseSync(flags.sync);
  if (race.litmus !== undefined) refuseUnsuited(race, flags);
  const common = {
    cpus,
    threads,
    sync,
    ...parseLimit(flags),
    claim: flags.untilConfidence === undefined ? null : parseClaim('--until-confidence', flags.untilConfidence),
    withTwin: flags.twin ?? true,
    seed: seedFrom(flags.seed),
    stopOnFirst: flags.stopOnFirst ?? false,
    recording: flags.record,
    bindCores: flags.bind ?? true,
    lockdep: flags.lockdep ?? true,
    ...parseWatchdog(flags),
    keep: parseKeep(flags),
  };
  const fixed = {
    shape: flags.cpus !== undefined || flags.threads !== undefined,
    sync: flags.sync !== undefined,
    round: flags.round !== undefined,
    spin: flags.spin !== undefined,
  };
  const asked = parseKnobs(race, flags.knob);
  return variantsOf(chosen).map((variant) => {
    const knobs = knobsUnder(race, variant, sync, asked);
    const owner = `${race.name}:${variant} with these knobs`;
    const actors = {
      flag: '--phase',
      noun: 'actor',
      names: runningActors(race, variant, knobs, cpus),
      example: '0..63',
      owner,
    };
    const phases = parseSpins(flags.phase, actors);
    const waits = {
      ...(flags.round === undefined ? {} : { round: parseRound(race, variant, knobs, cpus, flags.round) }),
      ...(flags.spin === undefined ? {} : { spin: parseSpinRange('--spin', flags.spin) }),
    };
    const windows = parseWindows(race, flags.window);
    return orderOf(chosen, tune({ ...common, ...waits, variant, knobs, phases, windows }, fixed));
  });
}

function variantsOf({ race, variant }: ChosenRace): string[] {
  const [buggy] = Object.keys(race.variants);
  return variant === undefined ? [...new Set([buggy, race.merged])] : [variant];
}

function parseThreads(race: Race, flags: RunFlags): { cpus: number; threads: number } {
  const cpus =
    flags.cpus === undefined ? race.cpus.default : parseCount('--cpus', flags.cpus, { min: 1, max: CPUS_MAX });
  const wrongCpus = cpusFault(race, cpus);
  if (wrongCpus !== null) throw new UsageError(`--cpus ${cpus}: ${wrongCpus}`);
  const threads =
    flags.threads === undefined ? cpus : parseCount('--threads', flags.threads, { min: 1, max: THREADS_MAX });
  const wrongThreads = threadsFault(threads, cpus);
  if (wrongThreads !== null)
    throw new UsageError(`${flags.threads === undefined ? '--cpus' : '--threads'} ${threads}: ${wrongThreads}`);
  return { cpus, threads };
}

/** More would not fit into the machine, and what was asked for would not be what runs. */
function parseRound(race: Race, variant: string, knobs: Knobs, cpus: number, text: string): number {
  const max = roundMax(race, race.configure(variant, knobs), cpus);
  return parseCount('--round', text, { min: 1, max });
}

function parseSync(text: string): Sync {
  const sync = SYNC_MODES.find((mode) => mode === text);
  if (sync === undefined) throw unknownWord('sync mode', text, SYNC_MODES);
  return sync;
}

function parseLimit(flags: RunFlags): { trials: number; durationMs: number | null } {
  if (flags.trials === undefined) {
    const usual = flags.untilConfidence === undefined ? DEFAULT_DURATION_MS : null;
    const durationMs = flags.duration === undefined ? usual : parseDuration(flags.duration, '--duration');
    return { trials: Infinity, durationMs };
  }
  if (flags.duration !== undefined) {
    throw new UsageError('--trials and --duration: a run ends by one of them, give only one');
  }
  return { trials: parseCount('--trials', flags.trials, { min: 1 }), durationMs: null };
}

/** Shorter than this the watchdog cannot be: it looks twenty times a second. */
const WATCHDOG_MS_MIN = 100;

function parseWatchdog(flags: RunFlags): { watchdogMs: number | null; onHang: OnHang } {
  const onHang = ON_HANG.find((word) => word === (flags.onHang ?? 'continue'));
  if (onHang === undefined) throw unknownWord('--on-hang', flags.onHang ?? '', ON_HANG);
  if (flags.watchdog === false) return { watchdogMs: null, onHang };
  if (flags.watchdog === undefined) return { watchdogMs: WATCHDOG_MS, onHang };
  const watchdogMs = parseDuration(flags.watchdog, '--watchdog');
  if (watchdogMs < WATCHDOG_MS_MIN)
    throw new UsageError(
      `--watchdog ${flags.watchdog}: must be ${WATCHDOG_MS_MIN}ms or more: the watchdog looks 20 times a second`,
    );
  return { watchdogMs, onHang };
}

/** Failures of each signature to keep as evidence; none without records or without a place to put them. */
function parseKeep(flags: RunFlags): number {
  const keep = flags.keep === undefined ? 1 : parseCount('--keep', flags.keep, { min: 1, max: KEEP_MAX });
  return flags.record && typeof flags.evidence === 'string' ? keep : 0;
}

function parseKnobs(race: Race, texts: readonly string[]): Knobs {
  const names = Object.keys(race.knobs);
  const example = names.length === 0 ? '' : race.knobs[names[0]].default;
  const asked = parseAssignments(texts, { flag: '--knob', noun: 'knob', names, example, owner: race.name });
  for (const [name, value] of asked) {
    const { values } = race.knobs[name];
    if (!values.includes(value)) throw unknownWord('value', value, values, `knob ${name} of ${race.name}`);
  }
  return Object.fromEntries(asked);
}

function parseWindows(race: Race, texts: readonly string[]): Record<string, SpinRange> {
  const names = race.windows;
  return parseSpins(texts, { flag: '--window', noun: 'window', names, example: '0..200', owner: race.name });
}

function parseSpins(texts: readonly string[], to: Assigned): Record<string, SpinRange> {
  return Object.fromEntries(
    parseAssignments(texts, to).map(([name, text]) => [name, parseSpinRange(`${to.flag} ${name}`, text)]),
  );
}
