/*
 * A trial is over when its actors have returned, and a thread that runs trials never turns its event loop: what stands
 * behind an `await` runs after the run, if at all. So nothing that a race has called may be asynchronous. Where the
 * engine says so of a function, it is refused when the race is defined (here); otherwise the trial fails in which a
 * promise is made (promises.ts in the harness). Called by defineRace() and defineLitmus(), and by lib/harness/cpu/trial.ts for what actors
 * return.
 */

const KINDS: Readonly<Record<string, string>> = {
  '[object AsyncFunction]': 'an async function',
  '[object AsyncGeneratorFunction]': 'an async generator',
  '[object GeneratorFunction]': 'a generator, whose body runs only when somebody asks for its values',
};

/** Why, and what to do. */
export const MAKE_IT_PLAIN =
  'what stands behind an await never runs in a trial; actors, handlers, reset() and all that they call must be plain functions';

/** Where the functions of a race are, beside those that are its own fields. */
interface Functions {
  readonly actors: Readonly<Record<string, unknown>>;
  readonly interrupts: readonly { readonly name: string }[];
}

/** Throws by `wrong` for a function of the race that is known to be no plain one. */
export function refuseAsync(race: Functions, wrong: (what: string) => never): void {
  const check = (name: string, f: unknown): void => requirePlain(name, f, wrong);
  for (const [name, part] of Object.entries<unknown>({ ...race })) check(name, part);
  for (const [name, actor] of Object.entries<unknown>(race.actors)) check(`actor ${name}`, actor);
  for (const handler of race.interrupts) check(`handler ${handler.name}`, handler);
}

/** Throws by `wrong` if a function is known to be no plain one; `name` is how messages name it. */
export function requirePlain(name: string, f: unknown, wrong: (what: string) => never): void {
  const kind = KINDS[Object.prototype.toString.call(f)];
  if (kind !== undefined) wrong(`${name} is ${kind}: ${MAKE_IT_PLAIN}`);
}

/** Whether what a function returned says that it has not done its work yet: a promise, or a generator's values. */
export function isDeferred(returned: unknown): boolean {
  if (typeof returned !== 'object' || returned === null) return false;
  return ['then', 'next'].some((method) => typeof (returned as Record<string, unknown>)[method] === 'function');
}
