/**
 * Guards the functions of a race: what they throw becomes a fault that names the race and the function. Called by
 * defineRace() and defineLitmus(), on the host and on each CPU's thread.
 */

import type { Cpu } from '../machine/cpu.js';
import type { Snapshot } from '../machine/snapshotView.js';
import { instanceWordsMax } from '../machine/map.js';
import { RaceFault, functionThrew } from './raceFault.js';
import { MAKE_IT_PLAIN, isDeferred } from './synchronous.js';
import { wordsOf } from '../machine/thrown.js';

/** What of a race is guarded; see ActorRace. */
interface Guardable<C> {
  readonly name: string;
  readonly actors: Readonly<Record<string, unknown>>;
  configure(variant: string, knobs: Readonly<Record<string, string>>): C;
  instanceWords(config: C): number;
  reset(mem: Int32Array, instance: number, config: C): void;
  role(cpu: number, cpus: number, config: C): { readonly actor: string; readonly comm: string };
  recover?(cpu: Cpu): void;
  symbol(offset: number, config: C): string;
  report(snapshot: Snapshot, config: C): readonly string[];
}

/** Returns the words of an instance, if a machine of `cpus` CPUs can have one of them; throws RaceFault otherwise. */
export function wordsThatFit(race: string, words: number, cpus: number): number {
  const max = instanceWordsMax(cpus);
  if (Number.isInteger(words) && words >= 1 && words <= max) return words;
  const limits = `must be a whole number from 1 to ${max}, what fits into a machine of ${cpus} CPU${cpus === 1 ? '' : 's'}`;
  throw new RaceFault(`race ${race}: instanceWords() returned ${wordsOf(words)}: it ${limits}`);
}

const made = new WeakSet<object>();
/** Races by what their functions are guarded in. */
const unguarded = new WeakMap<object, object>();

/** Notes a race of this copy of the program. */
export function noteMade<R extends object>(race: R): R {
  made.add(race);
  return race;
}

/** Whether the race was made by this copy of the program: another copy has machines of its own. */
export function isMadeHere(race: object): boolean {
  return made.has(race);
}

/**
 * Brings `count` instances into their first state, of which two are `stride` words apart. What `reset` throws becomes a
 * RaceFault, as where it is called by itself; but one guard for all of them costs half the time of one for each.
 */
export function resetEach<C>(
  race: Pick<Guardable<C>, 'name' | 'reset'>,
  mem: Int32Array,
  first: number,
  stride: number,
  count: number,
  config: C,
): void {
  let returned: unknown;
  try {
    returned = resetAll((unguarded.get(race) as typeof race | undefined) ?? race, mem, first, stride, count, config);
  } catch (thrown) {
    throw functionThrew(race.name, 'reset()', thrown);
  }
  if (isDeferred(returned)) throw returnedPromise(race.name, 'reset');
}

/** Returns what is anything but undefined of that which `reset` returns. */
function resetAll<C>(
  race: Pick<Guardable<C>, 'reset'>,
  mem: Int32Array,
  first: number,
  stride: number,
  count: number,
  config: C,
): unknown {
  let found: unknown;
  for (let i = 0; i < count; i++) {
    const returned: unknown = race.reset(mem, first + i * stride, config);
    if (returned !== undefined) found = returned;
  }
  return found;
}

function returnedPromise(race: string, name: string): RaceFault {
  return new RaceFault(`race ${race}: ${name}() returned a promise: ${MAKE_IT_PLAIN}`);
}

/**
 * Returns the race with its functions guarded, all but actors and handlers, whose exceptions are outcomes of a trial
 * (thrown.ts). What `configure`, `instanceWords`, `reset`, `role` and `recover` throw becomes a RaceFault that names
 * the function, since the run depends on what they do. `symbol` and `report` are asked when the counts are in, so they
 * never throw: the name, or the report, says what they have thrown.
 */
export function guardedRace<C, R extends Guardable<C>>(race: R): R {
  const refuse = (name: string, thrown: unknown): never => {
    throw functionThrew(race.name, `${name}()`, thrown);
  };
  const done = <T>(name: string, returned: T): T => {
    if (isDeferred(returned)) throw returnedPromise(race.name, name);
    return returned;
  };
  const guards: Guardable<C> = {
    name: race.name,
    actors: race.actors,
    configure(variant, knobs) {
      try {
        return done('configure', race.configure(variant, knobs));
      } catch (thrown) {
        return refuse('configure', thrown);
      }
    },
    instanceWords(config) {
      try {
        return wordsThatFit(race.name, done('instanceWords', race.instanceWords(config)), 1);
      } catch (thrown) {
        return refuse('instanceWords', thrown);
      }
    },
    reset(mem, instance, config) {
      try {
        const returned: unknown = race.reset(mem, instance, config);
        if (returned !== undefined) done('reset', returned);
      } catch (thrown) {
        refuse('reset', thrown);
      }
    },
    role(cpu, cpus, config) {
      try {
        const role = done('role', race.role(cpu, cpus, config));
        if (typeof role?.actor === 'string' && Object.hasOwn(race.actors, role.actor)) return role;
        throw new RaceFault(
          `race ${race.name}: role() gives CPU ${cpu} the actor ${wordsOf(role?.actor)}, which the race does not have`,
        );
      } catch (thrown) {
        return refuse('role', thrown);
      }
    },
    ...(race.recover === undefined
      ? {}
      : {
          recover(cpu) {
            try {
              const returned: unknown = race.recover?.(cpu);
              if (returned !== undefined) done('recover', returned);
            } catch (thrown) {
              refuse('recover', thrown);
            }
          },
        }),
    symbol(offset, config) {
      try {
        const name: unknown = race.symbol(offset, config);
        return typeof name === 'string' ? name : `word ${offset} (symbol() returned ${wordsOf(name)})`;
      } catch (thrown) {
        return `word ${offset} (symbol() threw ${wordsOf(thrown)})`;
      }
    },
    report(snapshot, config) {
      try {
        const lines: unknown = race.report(snapshot, config);
        if (Array.isArray(lines) && lines.every((line) => typeof line === 'string')) return lines;
        return [`race ${race.name}: report() must return a list of lines, and returned ${wordsOf(lines)}`];
      } catch (thrown) {
        return [functionThrew(race.name, 'report()', thrown).message];
      }
    },
  };
  const guarded = noteMade({ ...race, ...guards });
  unguarded.set(guarded, race);
  return guarded;
}
