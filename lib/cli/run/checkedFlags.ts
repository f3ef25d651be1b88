/** Flags of `run`, checked and turned into what each variant's run is made of. */

import { processorsOf } from '../../evidence/evidence.js';
import { roundMax } from '../../harness/plan.js';
import type { Knobs } from '../../race/expectation.js';
import { configOf, partsOf } from '../../race/kinds.js';
import type { Race, SpinRange } from '../../race/race.js';
import { placesOf } from '../../race/tasks.js';
import { parseAssignments, type Assigned } from './assignments.js';
import type { ChosenRace } from '../../run/namedRace.js';
import { formatDuration } from '../../run/duration.js';
import { WATCHDOG_MS_MIN } from '../../run/limits.js';
import { unknownWord } from '../../run/unknownWord.js';
import { parseCount, parseSpinRange } from '../options/numbers.js';
import type { RunFlags } from './options.js';
import { refuseUnsuited } from './litmusFlags.js';
import { cpusFault, roomHere, threadsFault } from '../../run/shape.js';
import { knobsUnder, runRequestOf, randomSeed, type Asked, type RunRequest } from '../../run/request.js';
import { orderOfFile, requireSame, type OrderGiven } from '../../run/order/order.js';
import { limitsOf } from '../../run/runLimits.js';
import { runningActors, usualSync } from '../../harness/makePlan.js';
import type { Fixed } from '../tuned.js';
import { UsageError } from '../../run/usageError.js';

/** Puts settings that were found in the place of those that the flags left open. */
export type Tune = (asked: Asked, fixed: Fixed) => Asked;

/** Returns the runs that the flags ask for: the variant that was named, or the buggy form and then the merged fix. Throws UsageError. */
export function requestsFor(
  chosen: ChosenRace,
  flags: RunFlags,
  tune: Tune = (asked) => asked,
  given: OrderGiven | null = null,
): RunRequest[] {
  const { race } = chosen;
  const known = parseKnobs(race, flags.knob);
  if (given !== null) refuseOthers(chosen, flags, known, given);
  const { cpus, threads } = shapeOf(race, {
    ...flags,
    cpus: given === null ? flags.cpus : processorsOf(given.evidence),
  });
  const sync = flags.sync ?? usualSync(race);
  if (race.kind === 'litmus') refuseUnsuited(race, flags);
  const common = {
    cpus,
    threads,
    sync,
    ...limitsOf({ trials: flags.trials, durationMs: flags.duration, claim: flags.untilConfidence }, [
      '--trials',
      '--duration',
    ]),
    withTwin: flags.twin,
    seed: flags.seed ?? randomSeed(),
    stopOnFirst: flags.stopOnFirst,
    recording: flags.record,
    bindCores: flags.bind,
    lockdep: flags.lockdep,
    memory: given?.evidence.memory ?? flags.memory,
    watchdogMs: watchdogOf(flags),
    classes: flags.classes,
    traced: flags.trace !== undefined,
    onHang: flags.onHang ?? 'continue',
    evidence: flags.evidence,
    keep: keepOf(flags),
  };
  const fixed = {
    shape: flags.cpus !== undefined || flags.threads !== undefined,
    sync: flags.sync !== undefined,
    round: flags.round !== undefined,
    spin: flags.spin !== undefined,
  };
  const asked = given?.evidence.knobs ?? known;
  return (given === null ? variantsOf(chosen) : [given.evidence.variant]).map((variant) => {
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
      ...(flags.spin === undefined ? {} : { spin: flags.spin }),
    };
    const windows = parseWindows(race, flags.window);
    const from = given === null ? null : orderOfFile(given, given.order, { phases, windows });
    return runRequestOf(chosen, tune({ ...common, ...waits, variant, knobs, phases, windows, from }, fixed));
  });
}

/** Refuses what does not go together with the evidence of an order. */
function refuseOthers({ variant }: ChosenRace, flags: RunFlags, knobs: Knobs, { evidence, file }: OrderGiven): void {
  const { cpus, sync, memory } = flags;
  if (flags.tuned !== undefined)
    throw new UsageError('--tuned: is not possible with --from, which sets the delays itself');
  if (flags.untilConfidence !== undefined)
    throw new UsageError('--until-confidence: is not possible with --from: half of the trials have other delays');
  requireSame(evidence, { variant, knobs, cpus, sync, memory }, file);
}

function variantsOf({ race, variant }: ChosenRace): string[] {
  const [buggy] = Object.keys(race.variants);
  return variant === undefined ? [...new Set([buggy, race.merged])] : [variant];
}

function shapeOf(race: Race, flags: RunFlags): { cpus: number; threads: number } {
  const cpus = flags.cpus ?? race.cpus.default;
  const wrongCpus = cpusFault(race, cpus);
  if (wrongCpus !== null) throw new UsageError(`--cpus ${cpus}: ${wrongCpus}`);
  const threads = flags.threads ?? cpus;
  const wrongThreads = threadsFault(threads, cpus, roomHere(), placesOf(race, cpus));
  if (wrongThreads !== null)
    throw new UsageError(`${flags.threads === undefined ? '--cpus' : '--threads'} ${threads}: ${wrongThreads}`);
  return { cpus, threads };
}

/** Parses the length of a round. More would not fit into the machine, and what was asked for would not be what runs. */
function parseRound(race: Race, variant: string, knobs: Knobs, cpus: number, text: string): number {
  const max = roundMax(race, configOf(race, variant, knobs), cpus);
  return parseCount('--round', text, { min: 1, max });
}

function watchdogOf({ watchdog }: RunFlags): number | null {
  if (watchdog !== null && watchdog < WATCHDOG_MS_MIN)
    throw new UsageError(
      `--watchdog ${formatDuration(watchdog)}: must be ${WATCHDOG_MS_MIN}ms or more: the watchdog looks 20 times a second`,
    );
  return watchdog;
}

/** Failures of each signature to keep as evidence; none without records or without a place to put them. */
function keepOf({ keep = 1, record, evidence }: RunFlags): number {
  return record && evidence !== null ? keep : 0;
}

/** Returns the knobs that were typed. Throws UsageError for one that the race does not have. */
export function parseKnobs(race: Race, texts: readonly string[]): Knobs {
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
  const names = partsOf(race).windows;
  return parseSpins(texts, { flag: '--window', noun: 'window', names, example: '0..200', owner: race.name });
}

function parseSpins(texts: readonly string[], to: Assigned): Record<string, SpinRange> {
  return Object.fromEntries(
    parseAssignments(texts, to).map(([name, text]) => [name, parseSpinRange(`${to.flag} ${name}`, text)]),
  );
}
