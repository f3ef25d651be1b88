/** What the author of a test of shared memory writes: the definition that hammer() takes, and what its functions are given. */

import type { VariantDefinition } from '../race/definition.js';
import type { SpinRange, VerifyRow } from '../race/race.js';

/** How an outcome is graded, as jcstress grades them. */
export type OutcomeGrade = 'accepted' | 'interesting' | 'forbidden' | 'required';

/** A form of the code: `{ fails: 'lost-update' }` fails with that signature, `{}` holds. The first one is what `run` hammers. */
export type HammerForm = VariantDefinition;

/** What an actor is given. */
export interface ActorContext<L, V extends string = string> {
  /** What `open` has returned on this thread; without `open` what all threads share. */
  readonly state: L;
  /** The number of this thread, from 0 on, in the order of the actors. */
  readonly me: number;
  readonly threads: number;
  /** The form of the code that is hammered. */
  readonly variant: V;
  /** Fails the trial unless `holds` is true. The text is the message; a signature in front of a colon is its signature. */
  readonly check: (holds: boolean, message: string) => void;
}

/** What `before` and `after` are given: they run on one thread, while no actor does. */
export interface CheckContext<L, V extends string = string> {
  readonly state: L;
  readonly variant: V;
  /** What each thread's actor has returned in this trial, in the order of the actors. */
  readonly results: readonly unknown[];
}

/** A test of code over shared memory. S: what all threads get, L: what each makes of it. */
export interface HammerDefinition<
  S,
  L,
  V extends Readonly<Record<string, HammerForm>>,
  A extends Readonly<Record<string, (context: ActorContext<NoInfer<L>, keyof V & string>) => unknown>>,
> {
  /** Kebab-case. */
  readonly name: string;
  /** What is asked, in one sentence. */
  readonly question?: string;
  /** Makes what all threads get: a value that can be cloned, with the SharedArrayBuffers of the test. Once for each run, on the main thread. */
  readonly share: (about: { readonly variant: keyof V & string }) => S;
  /** Makes what one thread works with, of what all share. Once on each thread. */
  readonly open?: (shared: S, about: { readonly me: number; readonly variant: keyof V & string }) => L | Promise<L>;
  /** Brings the memory into its first state, before each trial, alone. Without it the bytes are those that `share` has left. */
  readonly before?: (context: Omit<CheckContext<NoInfer<L>, keyof V & string>, 'results'>) => void;
  /** What runs at the same time, once in each trial, on a thread each. What an actor returns is its result. */
  readonly actors: A;
  /** How many threads run an actor: 1 of each that is not named. */
  readonly threads?: Readonly<Partial<Record<keyof A & string, number>>>;
  /**
   * Looks at the memory when all actors have returned, alone. A text, false or an exception fails the trial; a signature in front of a colon
   * is the signature that it fails with: `lost-update: n is 1`.
   */
  readonly after?: (context: CheckContext<NoInfer<L>, keyof V & string>) => unknown;
  /** Grades outcomes: the results of all actors that return any, joined by `, `. What is not named is forbidden; `*` names all others. */
  readonly outcomes?: Readonly<Record<string, OutcomeGrade>>;
  /** Names of 32-bit words: of the one buffer that is shared, or by the path of the buffer in what `share` returns. */
  readonly names?: readonly string[] | Readonly<Record<string, readonly string[]>>;
  /** The forms of the code: the first one is hammered by default. One that holds, `code`, if absent. */
  readonly variants?: V;
  /** Signatures beside those that the variants name, with a sentence about each. */
  readonly signatures?: Readonly<Record<string, string>>;
  readonly explain?: string;
  readonly rows?: readonly VerifyRow[];
  /** Random wait before an actor, by name, in spins. */
  readonly phases?: Readonly<Record<string, SpinRange>>;
  /** Delays in front of operations and of notifications, in spins. */
  readonly delays?: Readonly<Partial<Record<'operation' | 'notify', SpinRange>>>;
  /**
   * Whether threads beside the actors use the memory: workers that `share` or `open` has started. Then waits are the engine's, and
   * a thread that sleeps for ever is found by the watchdog and proved by nobody.
   */
  readonly outside?: boolean;
}
