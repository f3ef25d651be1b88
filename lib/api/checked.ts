/** Checks the options of run(), verify() and the assertions, and turns them into requests. Throws UsageError, one line, naming the field. */

import { CPUS_MAX, SYNC_MODES, type Sync } from '../harness/plan.js';
import { runningActors, usualSync } from '../harness/makePlan.js';
import { WATCHDOG_MS } from '../harness/watch/watchdog.js';
import type { Knobs } from '../race/expectation.js';
import { knobText } from '../race/knobs.js';
import { partsOf } from '../race/kinds.js';
import type { Race, SpinRange } from '../race/race.js';
import { placesOf } from '../race/tasks.js';
import { MEMORY_MODELS, SPINS_MAX, type MemoryModel } from '../race/settings.js';
import { parseClaim } from '../run/claimText.js';
import { DURATION_MS_MAX, parseDuration } from '../run/duration.js';
import { SEED_MAX, WATCHDOG_MS_MIN } from '../run/limits.js';
import type { HowLoaded, NamedRace } from '../run/namedRace.js';
import { knobsUnder, runRequestOf, randomSeed, type RunRequest } from '../run/request.js';
import { orderOfFile, requireSame, type OrderGiven } from '../run/order/order.js';
import { limitsOf, type AskedLimits } from '../run/runLimits.js';
import { cpusFault, memoryFault, roomHere, threadsFault } from '../run/shape.js';
import { unknownWord } from '../run/unknownWord.js';
import { UsageError, quoted } from '../run/usageError.js';
import type { RunConditions, RunLimits, RunOptions } from './options.js';

/** Refuses options that there are not: a misspelt one would change nothing. */
export function refuseUnknown(call: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options))
    if (!known.includes(name)) throw unknownWord('option', name, known, `${call}()`);
}

/** Returns the request of a run, every option of it checked. `given`: the order that it is to make likely. */
export function requestOf(named: NamedRace, asked: RunOptions, given: OrderGiven | null = null): RunRequest {
  const options = given === null ? asked : conditionsOf(named.race, asked, given);
  const { race } = named;
  const variant = variantOf(race, options.variant);
  const cpus = wholeNumber('cpus', options.cpus ?? race.cpus.default, { min: 1, max: CPUS_MAX });
  const threads = wholeNumber('threads', options.threads ?? cpus, { min: 1, max: Number.MAX_SAFE_INTEGER });
  const sync = syncOf(race, options.sync);
  refuse(`cpus ${cpus}`, cpusFault(race, cpus));
  refuse(`threads ${threads}`, threadsFault(threads, cpus, roomHere(), placesOf(race, cpus)));
  const knobs = knobsUnder(race, variant, sync, knobsOf(race, options.knobs));
  const actors = runningActors(race, variant, knobs, cpus);
  const phases = rangesOf('phases', options.phases, actors);
  const windows = rangesOf('windows', options.windows, partsOf(race).windows);
  return runRequestOf(named, {
    variant,
    knobs,
    cpus,
    threads,
    sync,
    memory: checkedMemory(options, race),
    phases,
    windows,
    from: given === null ? null : orderOfFile(given, given.order, { phases, windows }),
    seed: checkedSeed(options),
    stopOnFirst: options.stopOnFirst ?? false,
    classes: options.classes ?? false,
    keep: options.evidence === undefined ? 0 : 1,
    evidence: options.evidence,
    withTwin: options.twin ?? true,
    watchdogMs: wholeNumber('watchdog', options.watchdog ?? WATCHDOG_MS, { min: WATCHDOG_MS_MIN, max: SPINS_MAX }),
    ...limitsOf(checkedLimits(options), ['trials', 'duration']),
  });
}

/** Returns the options with the conditions of the evidence. Refuses what was asked for otherwise. */
function conditionsOf(race: Race, asked: RunOptions, { evidence, file }: OrderGiven): RunOptions {
  const { variant, cpus, sync, memory = 'sc', claim } = asked;
  if (claim !== undefined)
    throw new UsageError('claim: is not possible with from: half of the trials have other delays');
  requireSame(evidence, { variant, knobs: knobsOf(race, asked.knobs), cpus, sync, memory }, file);
  const { knobs } = evidence;
  return { ...asked, variant: evidence.variant, knobs, cpus: evidence.cpus.length, memory: evidence.memory };
}

/** Returns the seed, or a random one. */
export function checkedSeed({ seed }: { readonly seed?: number }): number {
  return wholeNumber('seed', seed ?? randomSeed(), { min: 0, max: SEED_MAX });
}

/** Returns how the race is to be loaded. */
export function howLoaded({
  instrument = false,
}: {
  readonly instrument?: boolean;
}): Required<Pick<HowLoaded, 'instrument'>> {
  if (typeof instrument !== 'boolean') throw new UsageError(`instrument ${String(instrument)}: must be true or false`);
  return { instrument };
}

/** Returns a time in milliseconds. */
export function durationOf(field: string, value: number | string): number {
  if (typeof value === 'string') return parseDuration(value, field);
  return wholeNumber(field, value, { min: 1, max: DURATION_MS_MAX });
}

/** Refuses a signal that has been aborted: nothing would run. */
export function requireUnaborted({ signal }: Pick<RunConditions, 'signal'>): void {
  if (signal === undefined) return;
  if (!(signal instanceof AbortSignal)) throw new UsageError(`signal: must be an AbortSignal`);
  if (signal.aborted) throw new UsageError('signal: is aborted before the start');
}

/** Returns the limits of a run, checked. */
function checkedLimits({ trials, duration, claim }: RunLimits): AskedLimits {
  return {
    trials: trials === undefined ? undefined : wholeNumber('trials', trials, { min: 1, max: Number.MAX_SAFE_INTEGER }),
    durationMs: duration === undefined ? undefined : durationOf('duration', duration),
    claim: claim === undefined ? null : parseClaim('claim', claim),
  };
}

export function variantOf(race: Race, variant: string | undefined): string {
  const variants = Object.keys(race.variants);
  if (variant === undefined) return variants[0];
  if (!variants.includes(variant)) throw unknownWord('variant', variant, variants, race.name);
  return variant;
}

function syncOf(race: Race, asked: string | undefined): Sync {
  const sync = SYNC_MODES.find((mode) => mode === (asked ?? usualSync(race)));
  if (sync === undefined) throw unknownWord('sync', String(asked), SYNC_MODES);
  return sync;
}

/** Returns the memory model. */
export function checkedMemory({ memory: asked = 'sc' }: { readonly memory?: string }, race?: Race): MemoryModel {
  const memory = MEMORY_MODELS.find((model) => model === asked);
  if (memory === undefined) throw unknownWord('memory', asked, MEMORY_MODELS);
  if (race !== undefined) refuse(`memory ${memory}`, memoryFault(race, memory));
  return memory;
}

/** Knobs as the race knows them: text. */
export function knobsOf(race: Race, asked: RunConditions['knobs'] = {}): Knobs {
  return Object.fromEntries(
    Object.entries(asked).map(([name, given]) => {
      if (!Object.hasOwn(race.knobs, name)) throw unknownWord('knob', name, Object.keys(race.knobs), race.name);
      const { values } = race.knobs[name];
      const value = knobText(given);
      if (!values.includes(value)) throw unknownWord('value', value, values, `knob ${name} of ${race.name}`);
      return [name, value];
    }),
  );
}

function rangesOf(
  field: string,
  ranges: Readonly<Record<string, SpinRange>> = {},
  names: readonly string[],
): Readonly<Record<string, SpinRange>> {
  for (const [name, range] of Object.entries(ranges)) {
    if (!names.includes(name)) throw unknownWord(field, name, names);
    for (const end of ['min', 'max'] as const)
      wholeNumber(`${field}.${name}.${end}`, range?.[end], { min: 0, max: SPINS_MAX });
    if (range.min > range.max) throw new UsageError(`${field}.${name}: min ${range.min} is more than max ${range.max}`);
  }
  return ranges;
}

/** Returns the number, if it is a whole one in the range. Throws UsageError otherwise. */
export function wholeNumber(
  field: string,
  value: unknown,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  const found = typeof value === 'string' ? quoted(value) : String(value);
  throw new UsageError(`${field} ${found}: must be a whole number from ${min} to ${max}`);
}

function refuse(field: string, fault: string | null): void {
  if (fault !== null) throw new UsageError(`${field}: ${fault}`);
}
