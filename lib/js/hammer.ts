/**
 * hammer(): makes a race of a test of shared memory, so that all that works on races works on it. Called by the authors of tests, in a
 * file that every thread imports.
 */

import { atomic_fetch_add } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { LINE, struct, words } from '../sharedarraybuffer-utils/index.js';
import type { VariantDefinition } from '../race/definition.js';
import { defineRace } from '../race/defineRace.js';
import type { ActorRace } from '../race/race.js';
import type { RunOptions } from '../api/options.js';
import type { RunDocument } from '../report/run/document.js';
import { checkHammer } from './checks.js';
import type { ActorContext, HammerForm, HammerDefinition } from './definition.js';
import { DELAYS, WINDOWS } from './delays.js';
import { TestMemory } from './memory.js';
import { QUEUES } from './waitArguments.js';
import { CHECK_FAILED, FORBIDDEN_OUTCOME, isAsync, type Test } from './test.js';

/** What hammer() returns: the default export of a file that `racehammer run` takes. */
export interface Hammered extends ActorRace<{ readonly variant: string }> {
  /** Runs it as `run()` of `racehammer` does. */
  run(options?: RunOptions): Promise<RunDocument>;
}

const STATE = struct({ sleepers: words(QUEUES), returned: LINE });

const ONE_FORM = { code: {} } as const;

/**
 * Makes a race of code over shared memory:
 *
 *     export default hammer({
 *       name: 'counter',
 *       share: () => new Int32Array(new SharedArrayBuffer(4)),
 *       actors: {
 *         a({ state }) { Atomics.store(state, 0, Atomics.load(state, 0) + 1); },
 *         b({ state }) { Atomics.store(state, 0, Atomics.load(state, 0) + 1); },
 *       },
 *       after: ({ state }) => state[0] === 2 || `n is ${state[0]}`,
 *     });
 *
 * 1. Actors run at the same time, each on a thread, once in each trial. `Atomics` on the memory of `share` is recorded and delayed at random.
 * 2. `before` and `after` run alone, in front of and behind each trial.
 * 3. An `Atomics.wait` that nobody is left to end is proved at once, and the run goes on.
 *
 * Throws Error, one line, naming the test, the field, what was found, and what is allowed.
 */
export function hammer<
  S,
  L = S,
  const V extends Readonly<Record<string, HammerForm>> = { readonly code: HammerForm },
  const A extends Readonly<Record<string, (context: ActorContext<NoInfer<L>, keyof V & string>) => unknown>> = Readonly<
    Record<string, (context: ActorContext<NoInfer<L>, keyof V & string>) => unknown>
  >,
>(definition: HammerDefinition<S, L, V, A>): Hammered {
  checkHammer(definition);
  const variants: Readonly<Record<string, VariantDefinition>> = definition.variants ?? ONE_FORM;
  const signatures = signaturesFor(definition, variants);
  const test = testOf(definition, Object.keys(signatures));
  const memory = new TestMemory(test);
  const threads = threadsOf(definition);
  const { name, question, explain, rows, phases, delays } = definition;
  const race = defineRace({
    name,
    question: question ?? `Does ${name} hold?`,
    state: STATE,
    variants,
    signatures,
    windows: WINDOWS,
    delays: { ...DELAYS, ...delays },
    own: memory,
    actors: Object.fromEntries(
      Object.entries(test.actors).map(([actor, run]) => [actor, actorOf(memory, run, test.isAwaited)]),
    ),
    recover: () => memory.member.recover(),
    report: ({ message }) => [message],
    role: (cpu: number) => threads[cpu % threads.length],
    cpus: { min: threads.length, default: threads.length, max: threads.length },
    ...(explain === undefined ? {} : { explain }),
    ...(rows === undefined ? {} : { rows }),
    ...(phases === undefined ? {} : { phases }),
  }) as unknown as ActorRace<{ readonly variant: string }>;
  return Object.defineProperty(race as Hammered, 'run', {
    value: async (options: RunOptions = {}) => (await import('../api/run.js')).run(race, options),
  });
}

/** Returns an actor of the race: it runs that of the test, and looks at the memory if it is the last to return. */
function actorOf(
  memory: TestMemory,
  run: Test['actors'][string],
  isAwaited: boolean,
): (cpu: Cpu, at: number) => unknown {
  const end = (cpu: Cpu, at: number): void => {
    if (atomic_fetch_add(cpu, at + STATE.returned, 1) === cpu.places - 1) memory.finish(cpu);
  };
  if (isAwaited) return (cpu, at) => memory.member.awaitRun(run).then(() => end(cpu, at));
  return (cpu, at) => {
    const returned = memory.run(cpu, run);
    end(cpu, at);
    return returned;
  };
}

/** Returns the actor of each thread, and what reports call it. */
function threadsOf(definition: {
  readonly actors: Readonly<Record<string, unknown>>;
  readonly threads?: Readonly<Partial<Record<string, number>>> | undefined;
}): { actor: string; comm: string }[] {
  return Object.keys(definition.actors).flatMap((actor) => {
    const count = definition.threads?.[actor] ?? 1;
    return Array.from({ length: count }, (_, i) => ({ actor, comm: count === 1 ? actor : `${actor}/${i}` }));
  });
}

function signaturesFor(
  { signatures = {} }: { readonly signatures?: Readonly<Record<string, string>> },
  variants: Readonly<Record<string, VariantDefinition>>,
): Record<string, string> {
  const named = Object.entries(variants).flatMap(([variant, { fails, alsoFails = [], expects = [] }]) =>
    [{ fails, alsoFails }, ...expects].flatMap((one) =>
      [one.fails, ...(one.alsoFails ?? [])].map((signature) => [signature, `expected of ${variant}`] as const),
    ),
  );
  return {
    ...Object.fromEntries(named.filter(([signature]) => typeof signature === 'string')),
    [CHECK_FAILED]: 'after() or check() has found something wrong',
    [FORBIDDEN_OUTCOME]: 'the actors have returned what they may not',
    ...signatures,
  };
}

function testOf(given: unknown, signatures: readonly string[]): Test {
  const definition = given as Omit<Test, 'names' | 'outside' | 'outcomes' | 'isAwaited'> &
    Partial<Pick<Test, 'outcomes' | 'outside'>> & {
      readonly names?: readonly string[] | Test['names'];
    };
  const { name, share, open, before, after, actors, outcomes = null, names = {}, outside = false } = definition;
  return {
    name,
    share,
    open,
    before,
    after,
    actors,
    outcomes,
    usesResults: outcomes !== null || after !== undefined,
    signatures,
    names: Array.isArray(names) ? { '': names as readonly string[] } : (names as Test['names']),
    outside,
    isAwaited: Object.values(actors).some(isAsync),
    windows: WINDOWS,
  };
}
