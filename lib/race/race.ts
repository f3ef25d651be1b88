/*
 * A race as the harness sees it: every field is there. There are two kinds. Of one, actors run on a machine: authors write a
 * RaceDefinition (definition.ts), which may leave most fields out, and defineRace() completes it. Of the other, threads sweep the
 * host's own memory: defineLitmus() makes it. What differs between them is decided by `kind`. Read on the host and on each CPU's
 * thread.
 */

import type { MemoryModel } from '../machine/memoryModel.js';
import type { Cpu, InterruptHandler } from '../machine/cpu.js';
import type { Snapshot } from '../machine/snapshotView.js';
import type { Expectation, Knobs } from './expectation.js';
import type { Knob } from './knobs.js';
import type { HostedLitmus } from './litmus.js';
import type { Hotplug } from './hotplug.js';
import type { Mutants } from './mutant.js';
import type { OwnMemory } from './ownMemory.js';
import type { LineDefinition } from './raceLines.js';
import type { Tasks } from './tasks.js';
import type { SpinRange, Sync } from './settings.js';

export type { SpinRange };

/** A form of the protocol: the buggy one, or a fix by name. */
export interface Variant {
  /** One sentence: what is different. */
  readonly about: string;
  /** Mail, commit or analysis that it comes from; may be empty. */
  readonly source: string;
  /** Knob values under which the variant shows what it is named for; they are its defaults. */
  readonly needs?: Knobs;
  /** The first one that matches the knobs counts. The last one has no `when`. */
  readonly expects: readonly Expectation[];
}

/** One kernel path of a race. Runs once in each trial, on the instance at word index `instance`. */
export type Actor<Config> = (cpu: Cpu, instance: number, config: Config) => void;

/** A variant under conditions, as `verify` runs it. What is expected of it is what its variant declares for them. */
export interface VerifyRow {
  /** What is special about the row, in a few words; unique within the race. */
  readonly name: string;
  readonly variant: string;
  /** Beside the defaults and what the variant needs. */
  readonly knobs?: Knobs;
  /** The race's default number, if absent. */
  readonly cpus?: number;
  /** `rendezvous`, if absent. */
  readonly sync?: Sync;
  /** As `verify` is asked for, if absent: `sc`. */
  readonly memory?: MemoryModel;
}

/** What a race of either kind says about itself. */
export interface RaceFacts {
  /** Kebab-case; the same as its folder in `stress/`, or its file in `stress/litmus/`. */
  readonly name: string;
  /** The question the race answers, in one sentence. */
  readonly question: string;
  /** The mail that it comes from: author, date, subject, and its address in an archive; empty if there is none. */
  readonly mail: string;
  /** What it is listed under: `TLB flushes`; a race without it comes last. */
  readonly group?: string;
  /** When it was found, and repaired: `2007`, `2017-2022`. */
  readonly year?: string;
  readonly commits: readonly string[];
  /** Paragraphs for `explain`. */
  readonly explain: string;
  /** Every signature that the race knows, with one sentence about it. */
  readonly signatures: Readonly<Record<string, string>>;
  readonly knobs: Readonly<Record<string, Knob>>;
  /** The first variant is the buggy form. */
  readonly variants: Readonly<Record<string, Variant>>;
  /** The variant that was merged: what `run` shows beside the buggy form. */
  readonly merged: string;
  /**
   * What should fail does so in this share of its trials at least, on a host that hammers well: 1e-4 if absent. Where no better
   * rate is known, so many trials without a failure decide as would have shown it.
   */
  readonly failsAtLeast?: number;
  /** What `verify` runs; a race without rows is no part of it. */
  readonly rows: readonly VerifyRow[];
  /** `max`: as many as a machine can have, if absent. */
  readonly cpus: { readonly min: number; readonly default: number; readonly max?: number };
}

/** What a race with actors says about itself. */
export interface ActorFacts extends RaceFacts {
  /** Step labels in their order; the first steps of the record of every trial. */
  readonly steps: readonly string[];
  readonly windows: readonly string[];
  /** Handlers that the race's IPIs call. */
  readonly interrupts: readonly InterruptHandler[];
  /** The usual random wait before an actor, in spins, by actor; 0 .. 63 for one that is not named. */
  readonly phases: Readonly<Record<string, SpinRange>>;
  /**
   * The usual delay in a window, in spins, by window; none for one that is not named. Where CPUs share cores it is longer, so
   * that a thread that must be woken first still arrives in time (harness/plan.ts).
   */
  readonly delays: Readonly<Record<string, SpinRange>>;
  /** How the race runs without meetings; absent if it cannot. */
  readonly free?: StandingWorkload;
}

/**
 * Without meetings the actors run again and again on one instance, so a pass must leave the state it began with. `knobs`
 * become defaults under `--sync free`; the knobs of the run must agree with one of `allowed`.
 */
export interface StandingWorkload {
  readonly knobs: Knobs;
  readonly allowed: readonly Knobs[];
}

/**
 * A race with actors: state, actors, variants, knobs and checks.
 *
 * 1. `reset` brings an instance into its first state, before a round, never while actors run. The CPUs share the instances of a
 *    round: each is reset by one CPU, and others reset others at the same time. So it touches its own instance alone.
 * 2. Every actor is called once per trial, at the same time as the others, each on its own CPU.
 * 3. What an actor reads and writes goes through the operations of the SDK; it keeps nothing between trials. It may touch the
 *    words of its instance and the per-CPU variables; any other address fails the trial as `bad-address`.
 * 4. A failure is raised where it happens (`BUG`, an oops, a failed invariant), never concluded from two loads.
 * 5. What an actor or a handler throws is an outcome of the trial, ACTOR_THREW: the CPU dies there with all that it holds.
 * 6. Every function of a race is a plain one: a trial is over when its actors have returned, so what stands behind an `await`
 *    would never run. A promise that is made in a trial fails it as `async-code`; elsewhere it ends the run.
 * 7. A CPU that is thrown out of its trial (it died, exited, or gave up a wait in a trial that has failed) makes no access any
 *    more, whatever `catch` and `finally` blocks try: each instruction throws again. What they store without the SDK's
 *    operations does harm: a lock word that is changed there turns a proved deadlock into the outcome `undone-proof`.
 *
 * Not promised: any order between actors, or that every interleaving is met.
 */
export interface ActorRace<Config = unknown> extends ActorFacts {
  readonly kind: 'actors';
  /** Fixes with one fault each, by name; configure() knows these names beside those of the variants. */
  readonly mutants: Mutants<Config>;
  readonly actors: Readonly<Record<string, Actor<Config>>>;
  /** Interrupt lines by name, numbered in this order. */
  readonly lines: Readonly<Record<string, LineDefinition<Config>>>;
  /** Whether waits with interrupts off serve pending calls: then waiting for an IPI with interrupts off is no failure. */
  readonly polls: boolean;
  /** Where the actors run, as tasks that outnumber the CPUs; null if each has a CPU. */
  readonly tasks: Tasks | null;
  /** CPUs that can be offline, and where the mask of those is in an instance; null if all are online. */
  readonly hotplug: (Hotplug & { readonly at: number }) | null;
  /** Memory that its trials work on beside the instances; null if there is none. */
  readonly own: OwnMemory | null;
  /** Turns variant and knobs into what the actors look at. Called once in each thread. */
  configure(variant: string, knobs: Knobs): Config;
  /** Words of one instance. */
  instanceWords(config: Config): number;
  reset(mem: Int32Array, instance: number, config: Config): void;
  /** Returns the name of the actor that CPU `cpu` of `cpus` runs, or that begins at this place (tasks.ts), and of the task that it shows in reports. */
  role(cpu: number, cpus: number, config: Config): { readonly actor: string; readonly comm: string };
  /** Empties what the layers keep per CPU, after an abandoned trial. */
  recover?(cpu: Cpu): void;
  /** Name of the word at `offset` of an instance, for reports: `mm.page_table_lock`, `pte_page[0].pte[0]`. */
  symbol(offset: number, config: Config): string;
  /** The report of the first failure of a signature, in the kernel's layout. */
  report(snapshot: Snapshot, config: Config): readonly string[];
}

/** A litmus test: its threads sweep the host's own memory, and nothing of a trial is called or recorded. */
export interface LitmusRace extends RaceFacts {
  readonly kind: 'litmus';
  readonly test: HostedLitmus;
}

export type Race<Config = unknown> = ActorRace<Config> | LitmusRace;
