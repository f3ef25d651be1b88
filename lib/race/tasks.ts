/** Tasks of a race that outnumber its CPUs: where they run and where they begin. Called by raceChecks.ts, complete.ts, and all that counts threads. */

import { shown, isObject, type Refuse } from './fieldChecks.js';

/** Where the actors run, as tasks of a machine with fewer CPUs: by actor the one CPU that it stays on, or `any`, as one that is not named. */
export type Tasks = Readonly<Record<string, number | 'any'>>;

/** A wait queue has a bit for each, and so has what a task waits for. */
const TASKS_MAX = 32;

type Numbers = Readonly<{ min: number; default: number; max?: number }>;
type Tasked = { readonly actors: object; readonly tasks: Tasks | null };
/** What of a race, of either kind, says how many tasks it has. */
type OfEitherKind = { readonly kind: 'litmus' } | ({ readonly kind: 'actors' } & Tasked);

/** Checks the field `tasks` of a definition. */
export function checkTasks(race: Readonly<Record<string, unknown>>, wrong: Refuse): void {
  const { tasks, role, free, actors } = race;
  if (tasks === undefined || tasks === null) return;
  if (!isObject(tasks)) wrong(`tasks is ${shown(tasks)}, and must be an object: { waker: 0, sleeper: 'any' }`);
  const names = Object.keys(actors as object);
  for (const [name, on] of Object.entries(tasks)) {
    if (!names.includes(name)) wrong(`tasks: ${name} is no actor (known: ${names.join(', ')})`);
    if (on !== 'any' && !(Number.isInteger(on) && Number(on) >= 0 && Number(on) < TASKS_MAX))
      wrong(`tasks: ${name} is ${shown(on)}, and must be the number of a CPU, from 0 to ${TASKS_MAX - 1}, or 'any'`);
  }
  if (names.length > TASKS_MAX)
    wrong(`tasks: there are ${names.length} actors, and a machine has ${TASKS_MAX} tasks at most`);
  if (role !== undefined) wrong('role goes without tasks: each actor is one task, which begins where tasks says');
  if (free !== undefined) wrong('free goes without tasks: a task begins and ends with its trial');
}

/** Returns how many CPUs a race with tasks can have: each must have a task that may run on it, and each task a CPU. */
export function cpusForTasks(
  name: string,
  actors: readonly string[],
  tasks: Tasks,
  own: Numbers | undefined,
): Required<Numbers> {
  const bound = [...new Set(Object.values(tasks).filter((on) => on !== 'any'))];
  const min = Math.max(0, ...bound) + 1;
  const max = actors.filter((actor) => isAnywhere(tasks, actor)).length + bound.length;
  const wrong = (what: string): never => {
    throw new Error(`race ${name}: ${what}`);
  };
  if (min > max) wrong(`tasks: one stays on CPU ${min - 1}, and only ${max} CPUs have a task that may run on them`);
  const limits = { min, default: Math.min(max, Math.max(2, min)), max, ...own };
  for (const [field, count] of Object.entries(limits))
    if (count < min || count > max)
      wrong(`cpus.${field} is ${count}, and must be from ${min} to ${max}: each CPU needs a task that may run on it`);
  return limits;
}

function isAnywhere(tasks: Tasks, actor: string): boolean {
  return (tasks[actor] ?? 'any') === 'any';
}

/** Returns the actors by the place where they begin: on their CPUs first, then those that wait for one. */
export function placedActors(actors: readonly string[], tasks: Tasks, cpus: number): string[] {
  const left = [...actors];
  const take = (isIt: (actor: string) => boolean): string | undefined => {
    const at = left.findIndex(isIt);
    return at < 0 ? undefined : left.splice(at, 1)[0];
  };
  const first = Array.from({ length: cpus }, (_, cpu) => take((actor) => tasks[actor] === cpu));
  const onCpus = first.map((actor) => actor ?? take((one) => isAnywhere(tasks, one)) ?? actors[0]);
  return [...onCpus, ...left];
}

/** Returns how many threads a machine of so many CPUs has for the race: one for each task. */
export function placesOf(race: OfEitherKind, cpus: number): number {
  return race.kind === 'actors' && race.tasks !== null ? Object.keys(race.actors).length : cpus;
}

/** Returns the CPUs that the task of a thread may run on, a bit each. */
export function allowedCpus({ actors, tasks }: Tasked, thread: number, cpus: number): number {
  if (tasks === null) return -1;
  const on = tasks[placedActors(Object.keys(actors), tasks, cpus)[thread]] ?? 'any';
  return on === 'any' ? -1 : 1 << on;
}
