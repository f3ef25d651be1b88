/** What run(), verify(), assertHolds() and assertFails() can be asked for. Types alone, so that a project needs no types of Node. */

import type { Race } from '../race/race.js';
import type { MemoryModel, SpinRange, Sync } from '../race/settings.js';
import type { Counts } from '../statistics/counts.js';
import type { RunDocument } from '../report/run/document.js';
import type { RowDocument } from '../report/verify/document.js';

/**
 * What is run: a race that is the default export of its module, which every thread imports again; the address or path of that
 * module; or the name of a built-in race.
 */
export type RaceGiven = AnyRace | URL | string;

/** What every race has, whatever its configuration is. */
export type AnyRace = Pick<Race, 'name' | 'variants' | 'knobs' | 'signatures'>;

/** Counts of a run that goes on. */
export type ProgressCounts = Pick<Counts, 'trials' | 'failures' | 'seconds'>;

/** How the code of a race is loaded. */
interface Instrumented {
  /**
   * Whether the modules of a hammer() test are rewritten as they are loaded, packages included, so that plain accesses of shared memory
   * are seen: false. Needs acorn.
   */
  readonly instrument?: boolean;
}

/** Conditions of a run. What is left out has the value that the command `run` would give it. */
export interface RunConditions extends Instrumented {
  /** Values of knobs, as text, number or boolean. */
  readonly knobs?: Readonly<Record<string, string | number | boolean>>;
  /** CPUs of a machine. */
  readonly cpus?: number;
  /** Threads in all: threads / cpus machines run side by side. One machine by default. */
  readonly threads?: number;
  readonly sync?: Sync;
  /** How the machine orders memory: `sc`, or `tso` for CPUs with store buffers, as x86. */
  readonly memory?: MemoryModel;
  /** Random wait before actors, by name, in spins. */
  readonly phases?: Readonly<Record<string, SpinRange>>;
  /** Delays in windows, by name, in spins. */
  readonly windows?: Readonly<Record<string, SpinRange>>;
  /** Seed of the delays, from 0 to 2^32 - 1; drawn by default. */
  readonly seed?: number;
  /** Whether the buggy twin is hammered first, so that HELD has something to be measured by: true. */
  readonly twin?: boolean;
  /** Folder for the evidence of failures; none is kept by default. */
  readonly evidence?: string;
  /** Milliseconds that a trial may have the processor before it counts as hung: 250. */
  readonly watchdog?: number;
  /** Ends the run within 2 seconds: the document says `interrupted`. In front of its first trial it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called about ten times a second. */
  readonly onProgress?: (counts: ProgressCounts) => void;
}

/** How long a run goes on: at most one of the first two, three seconds by default. */
export interface RunLimits {
  readonly trials?: number;
  /** Milliseconds, or text with units: `10s`, `1h30m`. */
  readonly duration?: number | string;
  /** Until it is decided whether fewer trials fail than that: `1e-6@99.9%`. */
  readonly claim?: string;
}

export interface RunOptions extends RunConditions, RunLimits {
  /** The first variant, the buggy one, by default. */
  readonly variant?: string;
  /** Ends the run with its first failure. */
  readonly stopOnFirst?: boolean;
  /**
   * A file of evidence: variant, knobs, CPUs and memory are those of its failure, and delays that make its order likely alternate with
   * those of the race. The document says in `from` how often the failure came with either.
   */
  readonly from?: string;
  /** Whether the classes of orders are counted that the run meets, of all that there are: false. They are in `classes` of the document. */
  readonly classes?: boolean;
}

export interface ExploreOptions extends Instrumented {
  /** The first variant, the buggy one, by default. */
  readonly variant?: string;
  readonly knobs?: Readonly<Record<string, string | number | boolean>>;
  readonly cpus?: number;
  readonly memory?: MemoryModel;
  /** States at which the search ends: 5,000,000. */
  readonly states?: number;
  /** Accesses of a CPU behind which it goes no further: 1,000. */
  readonly accesses?: number;
  /** Interrupts of one line on one CPU that timers and storms raise: 2. */
  readonly interrupts?: number;
  /** Megabytes that its tables may have: 1,000. */
  readonly memoryLimit?: number;
  /** Folder for the evidence of the shortest orders, run on real threads; none is kept by default. */
  readonly evidence?: string;
  /** Ends the search with what is known so far. */
  readonly signal?: AbortSignal;
  /** Called some times a second. */
  readonly onProgress?: (progress: ExploreProgress) => void;
}

/** How far an exploration has come. */
export interface ExploreProgress {
  readonly states: number;
  /** States whose transitions are not known yet. */
  readonly frontier: number;
  readonly seconds: number;
}

export interface VerifyOptions extends Instrumented {
  /** Time of a row in milliseconds, or text with units; one that is not decided goes on: `2s`. */
  readonly budget?: number | string;
  /** Rows whose names hold this text; all by default. */
  readonly row?: string;
  /** Explores all states of a trial of each row as well. */
  readonly prove?: boolean;
  readonly memory?: MemoryModel;
  readonly seed?: number;
  readonly evidence?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (counts: ProgressCounts) => void;
  /** Called at the end of each row. */
  readonly onRow?: (row: RowDocument) => void;
}

/** One entry of a campaign: the declared rows of a race, or one variant under conditions. */
export interface CampaignRow extends Instrumented {
  readonly race: RaceGiven;
  readonly variant?: string;
  /** Declared rows whose names hold this text. */
  readonly row?: string;
  readonly knobs?: Readonly<Record<string, string | number | boolean>>;
  readonly cpus?: number;
  readonly sync?: Sync;
  readonly memory?: MemoryModel;
  /** Share of the time among the rows that should hold: 1. */
  readonly weight?: number;
}

export interface Campaign {
  readonly name?: string;
  readonly rows: readonly CampaignRow[];
  /** Milliseconds, or text with units: `8h`. */
  readonly duration: number | string;
  /** The longest slice of a row: `30s`. */
  readonly slice?: number | string;
  /** How often rows that should fail prove that they do: `1h`. */
  readonly proveEvery?: number | string;
  /** Counts the classes of orders that each row meets, of all that there are. */
  readonly classes?: boolean;
  readonly seed?: number;
}

export interface SoakOptions {
  /** Path of the store, a file that must not exist. `racehammer soak --resume` goes on with it. */
  readonly store: string;
  /** Ends the soak within 2 seconds. */
  readonly signal?: AbortSignal;
  /** Called about ten times a second, with the counts of all rows. */
  readonly onProgress?: (counts: ProgressCounts) => void;
  /** Called when something has happened that is worth a line: a harness error, changed code, a full disk. */
  readonly onEvent?: (kind: string, text: string) => void;
}

/** An assertion needs a limit: trials, duration or claim. */
export interface AssertOptions extends RunConditions, RunLimits {
  readonly variant: string;
}

export interface AssertFailsOptions extends AssertOptions {
  /** The signature that it must fail with; the one that the variant declares by default. */
  readonly signature?: string;
}

export type { RowDocument, RunDocument };
