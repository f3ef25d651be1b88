/** Starts runs in lockstep for programs: checks what they ask for, and loads the race. Imported by lib/lockstep.ts. */

import {
  DEFAULT_TURNS,
  TURN_DRAINS,
  LockstepRun,
  type LockstepOutcome,
  type LockstepSetup,
} from '../harness/replay/lockstepRun.js';
import { UsageError } from '../run/usageError.js';
import { refuseUnknown, requestOf, wholeNumber } from './checked.js';
import { loadGiven } from './given.js';
import type { RaceGiven, RunConditions } from './options.js';

/** What is run in lockstep: the first variant, its knobs and the race's number of CPUs by default. */
export interface LockstepOptions extends Pick<RunConditions, 'knobs' | 'cpus' | 'memory'> {
  readonly variant?: string;
  /** Turns that the run may take: 4096. */
  readonly turns?: number;
}

const KNOWN = ['variant', 'knobs', 'cpus', 'memory', 'turns'];
const TURNS_MAX = 2 ** 20;

/** Starts one trial; each CPU stops in front of its first access. Rejects with UsageError for wrong options. */
export async function lockstep(race: RaceGiven, options: LockstepOptions = {}): Promise<LockstepRun> {
  return LockstepRun.start(await setupOf('lockstep', race, options));
}

/** Runs one trial in an order of turns that is known, as `LockstepRun.order()` or an outcome gives it. */
export async function replayLockstep(
  race: RaceGiven,
  order: readonly number[],
  options: LockstepOptions = {},
): Promise<LockstepOutcome> {
  const setup = await setupOf('replayLockstep', race, options);
  const cpus = setup.cpus ?? 0;
  for (const [turn, code] of order.entries()) {
    const cpu = Number.isInteger(code) ? code & ~TURN_DRAINS : code;
    wholeNumber(`order[${turn}]`, cpu, { min: 0, max: cpus - 1 });
  }
  return LockstepRun.replay(setup, order);
}

async function setupOf(call: string, given: RaceGiven, options: LockstepOptions): Promise<LockstepSetup> {
  refuseUnknown(call, options, KNOWN);
  const { turns = DEFAULT_TURNS, ...asked } = options;
  const loaded = await loadGiven(given);
  if (loaded.race.kind === 'litmus')
    throw new UsageError(`race ${loaded.race.name}: is a litmus race, without a machine that could be stepped`);
  const { variant, knobs, cpus, memory } = requestOf(loaded, asked).plan;
  return { loaded, variant, knobs, cpus, memory, orderTurns: wholeNumber('turns', turns, { min: 1, max: TURNS_MAX }) };
}
