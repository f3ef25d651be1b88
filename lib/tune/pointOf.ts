import { DEFAULT_PHASE, usualDelay, waitingOf, type Plan } from '../harness/plan.js';
import type { Race } from '../race/defineRace.js';
import type { Point } from './point.js';

/** The settings of a plan, those too that it leaves to the race and the host. A plan in lockstep has none. */
export function pointOf(race: Race, plan: Plan): Point {
  const { cpus, machines, sync, round, variant, knobs } = plan;
  if (sync === 'lockstep') throw new RangeError('a lockstep run has no settings');
  const config = race.configure(variant, knobs);
  // The threads of a litmus race sweep: nothing comes before an actor.
  const waiting = race.litmus === undefined ? cpus : 0;
  const actors = new Set(Array.from({ length: waiting }, (_, cpu) => race.role(cpu, cpus, config).actor));
  const { min, max } = waitingOf(plan);
  const phases = [...actors].map((actor) => [actor, plan.phases[actor] ?? race.phases[actor] ?? DEFAULT_PHASE]);
  const windows = race.windows.map((name) => [name, plan.windows[name] ?? usualDelay(race, name, plan)]);
  return {
    cpus,
    machines,
    sync,
    round,
    spin: { min, max },
    phases: Object.fromEntries(phases) as Point['phases'],
    windows: Object.fromEntries(windows) as Point['windows'],
  };
}
