/*
 * What the author of a race writes. Required are a name, the state, the actors and the variants; everything else has a default
 * that is right for a small race. complete.ts makes an ActorRace of it. Called by defineRace().
 */

import type { Struct, FieldSpec } from '../sharedarraybuffer-utils/index.js';
import type { Cpu, InterruptHandler } from '../machine/cpu.js';
import type { Hotplug } from './hotplug.js';
import type { LineDefinition } from './raceLines.js';
import type { Snapshot } from '../machine/snapshotView.js';
import type { Expectation, Knobs } from './expectation.js';
import type { Mutants } from './mutant.js';
import type { OwnMemory } from './ownMemory.js';
import type { Knob, KnobValues } from './knobs.js';
import type { Tasks } from './tasks.js';
import type { Actor, SpinRange, StandingWorkload, VerifyRow } from './race.js';

/**
 * A form of the protocol, the buggy one first. `{ fails: 'lost-update' }` fails with that signature, `{}` holds. A variant that
 * does one or the other as knobs say has `expects` instead: the first entry that matches counts.
 */
export interface VariantDefinition extends Omit<Expectation, 'when'> {
  /** One sentence: what is different. The name of the variant, if absent. */
  readonly about?: string;
  /** Mail, commit or analysis that it comes from. */
  readonly source?: string;
  /** Knob values under which the variant shows what it is named for; they are its defaults. */
  readonly needs?: Knobs;
  readonly expects?: readonly Expectation[];
}

/** What configure() returns if a race has none: the name of the variant, and each knob under its name. */
export type UsualConfig<V, K extends Readonly<Record<string, Knob>>> = {
  readonly variant: keyof V & string;
} & ([K] extends [never] ? unknown : KnobValues<K>);

/** The definition of a race: see the fields of ActorRace for what each means. V: its variants, K: its knobs, C: what configure() returns. */
export interface RaceDefinition<
  V extends Readonly<Record<string, VariantDefinition>>,
  K extends Readonly<Record<string, Knob>>,
  C,
> {
  /** Of a race that another definition is made from. */
  readonly kind?: 'actors';
  /** Kebab-case. */
  readonly name: string;
  /** The words of an instance, all 0 at first: made by struct(). A race without it has instanceWords, reset and symbol. */
  readonly state?: Struct<Record<string, FieldSpec>>;
  /** The first variant is the buggy form. */
  readonly variants: V;
  readonly knobs?: K;
  /** Turns variant and knobs into what the other functions get as `config`. In front of them, so that TypeScript knows its type. */
  readonly configure?: (variant: keyof V & string, knobs: KnobValues<K>) => C;
  /** CPU i runs actor i modulo their number. */
  readonly actors: Readonly<Record<string, Actor<C>>>;
  /** Gives words of an instance that do not begin as 0 their values: `mem[at + STATE.owner] = 1`. */
  readonly init?: (mem: Int32Array, at: number, config: C) => void;
  /**
   * Looks at the instance when all actors have returned, on the CPU whose actor was last, and calls fail() if it is wrong.
   * It is not called in a trial that has failed. Interrupts that nobody waited for may still be under way.
   */
  readonly check?: (cpu: Cpu, at: number, config: C) => void;

  readonly question?: string;
  readonly mail?: string;
  readonly group?: string;
  readonly year?: string;
  readonly commits?: readonly string[];
  readonly explain?: string;
  readonly steps?: readonly string[];
  readonly windows?: readonly string[];
  /** Those that the variants name, if absent. The machine's own, as `deadlock`, need not be declared in any case. */
  readonly signatures?: Readonly<Record<string, string>>;
  /** The first variant that always holds, if absent. */
  readonly merged?: string;
  readonly failsAtLeast?: number;
  /** Fixes with one fault each, for `verify --mutants`. */
  readonly mutants?: Mutants<NoInfer<C>>;
  /** One for each variant, if absent. */
  readonly rows?: readonly VerifyRow[];
  readonly interrupts?: readonly InterruptHandler[];
  /** Interrupt lines of each CPU, by name. */
  readonly lines?: Readonly<Record<string, LineDefinition<C>>>;
  /** Whether waits with interrupts off serve pending calls, by pollCalls() or beginPolling(). */
  readonly polls?: boolean;
  /** CPUs that can be offline: see set_cpu_online(). */
  readonly hotplug?: Hotplug | null;
  /** At least one CPU for each actor, and two; as many by default. */
  readonly cpus?: { readonly min: number; readonly default: number; readonly max?: number };
  /**
   * Makes each actor one task of a machine that may have fewer CPUs than tasks: by actor the CPU that it stays on, as a kthread that is
   * bound, or `any`, as one that is not named. A task that sleeps leaves its CPU to another one.
   */
  readonly tasks?: Tasks | null;
  /** Memory beside the instances: what hammer() of `racehammer/js` makes its races with. */
  readonly own?: OwnMemory | null;
  readonly phases?: Readonly<Record<string, SpinRange>>;
  readonly delays?: Readonly<Record<string, SpinRange>>;
  readonly free?: StandingWorkload;
  readonly instanceWords?: (config: C) => number;
  readonly reset?: (mem: Int32Array, instance: number, config: C) => void;
  readonly role?: (cpu: number, cpus: number, config: C) => { readonly actor: string; readonly comm: string };
  readonly recover?: (cpu: Cpu) => void;
  readonly symbol?: (offset: number, config: C) => string;
  /** The message of the failure, and the words of the instance that are not 0. */
  readonly report?: (snapshot: Snapshot, config: C) => readonly string[];
}
