/**
 * What is asked of a race of either kind. Called on the host and on each CPU's thread by all that need not know which kind it is;
 * what works for actors alone asks requireActors() first.
 */

import type { InterruptHandler } from '../machine/cpu.js';
import type { Knobs } from './expectation.js';
import type { ActorRace, Race, StandingWorkload } from './race.js';
import { RaceFault } from './raceFault.js';
import { raceLines, type RaceLine } from './raceLines.js';

/** The names in reports and settings of a race. */
export interface RaceParts {
  /** The actors; of a litmus test its threads. */
  readonly actors: readonly string[];
  readonly steps: readonly string[];
  readonly windows: readonly string[];
  /** The usual delays, by window; none for one that is not named. */
  readonly delays: ActorRace['delays'];
  readonly interrupts: readonly InterruptHandler[];
  /** In the order of their numbers. */
  readonly lines: readonly RaceLine[];
}

/** Returns the named parts of a race. A litmus test has threads only. */
export function partsOf<C>(race: Race<C>): RaceParts {
  if (race.kind === 'litmus')
    return {
      actors: race.test.threads.map((_, thread) => threadName(thread)),
      steps: [],
      windows: [],
      delays: {},
      interrupts: [],
      lines: [],
    };
  const { actors, steps, windows, delays, interrupts } = race;
  const lines = raceLines(race.name, race.lines);
  return { actors: Object.keys(actors), steps, windows, delays, interrupts, lines };
}

/** Returns what CPU `cpu` of `cpus` runs, and the task that it shows in reports. */
export function roleOf(
  race: Race,
  cpu: number,
  cpus: number,
  config: unknown,
): { readonly actor: string; readonly comm: string } {
  if (race.kind === 'actors') return race.role(cpu, cpus, config);
  return { actor: threadName(cpu), comm: threadName(cpu) };
}

/** Returns what a race's functions get as `config`; null for a litmus test, whose programs get none. */
export function configOf(race: Race, variant: string, knobs: Knobs): unknown {
  return race.kind === 'actors' ? race.configure(variant, knobs) : null;
}

/** Returns how the race runs without meetings; undefined if it cannot. */
export function standingWorkloadOf(race: Race): StandingWorkload | undefined {
  return race.kind === 'actors' ? race.free : undefined;
}

/** Whether a race is a test of JavaScript code (lib/js), which knows of no machine. */
export function isJavaScript(race: Race): boolean {
  return race.kind === 'actors' && race.own !== null;
}

/** Returns a race with actors. Throws RaceFault for a litmus test. */
export function requireActors(race: Race): ActorRace {
  if (race.kind === 'actors') return race;
  throw new RaceFault(`race ${race.name}: is a litmus race, without a machine that could be stepped`);
}

/** As the literature names it. */
function threadName(thread: number): string {
  return `P${thread}`;
}
