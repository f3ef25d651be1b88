/**
 * The document of a run. Made by lib/run/document.ts; read by all reports, by `compare`, and by programs that use the
 * API.
 */

import type { GradedOutcome } from '../../race/ownMemory.js';
import type { CountedOutcome, Counts, FailingBlocks, FailureCounts } from '../../statistics/counts.js';
import type { MemoryModel, SpinRange } from '../../race/settings.js';
import type { ClaimResult } from '../../statistics/claim.js';
import type { KnownRate, Power } from '../../statistics/power.js';
import type { OrderStep } from '../explore/document.js';
import type { Verdict } from '../../statistics/verdict.js';
import type { OfCode } from '../words/world.js';

/** How often one signature was counted. Rates are per trial, with their exact 95 % interval (Clopper-Pearson). */
export interface OutcomeFigures extends CountedOutcome {
  readonly rate: number;
  readonly low95: number;
  readonly high95: number;
}

/** Counts that were read during the run. */
export interface SampleFigures extends FailureCounts {
  /** Milliseconds since the CPUs of all machines had begun. */
  readonly ms: number;
}

/** The number of failures that came `from` to `to` trials after the previous failure of the same machine, or after its start. */
export interface GapFigures {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** The result of the claim "the failure rate is below `rate`", with the counts that decided it; those of the whole run if it is OPEN. */
export interface ClaimFigures extends FailureCounts {
  readonly rate: number;
  readonly confidence: number;
  readonly result: ClaimResult;
}

/** The known rate that a run without failures was judged by, and how much its trials prove. */
export interface PowerFigures extends KnownRate, Power {}

/** One outcome of a litmus test. */
export interface LitmusOutcome {
  /** `0:r0=0; 1:r0=1;` */
  readonly outcome: string;
  readonly count: number;
  /** Of all trials. */
  readonly rate: number;
  /** The grades of jcstress. */
  readonly grade: 'acceptable' | 'interesting' | 'forbidden';
  /** Whether it is the outcome that the test asks about: no interleaving gives it. */
  readonly relaxed: boolean;
  /** Empty if the test says nothing about it. */
  readonly about: string;
}

/** The outcomes of a litmus race. */
export interface LitmusFigures {
  /** The test's name in the literature. */
  readonly test: string;
  /** The condition in the notation of litmus7: `exists (0:r0=0 /\ 1:r0=0)`. */
  readonly condition: string;
  /** The architecture of the grades, as Node.js names it. */
  readonly arch: string;
  /** Those that were seen and those that the test describes, the most frequent first. */
  readonly outcomes: readonly LitmusOutcome[];
}

/** The evidence of a failure. */
export interface EvidenceLink extends OfCode {
  readonly signature: string;
  /** The evidence file. */
  readonly file?: string;
  /** SHA-256 of the file's content, from its first line. */
  readonly sha256?: string;
  /** The command that replays it. */
  readonly command?: string;
  /** Why there is no file; null if there is one. */
  readonly notKept?: string | null;
  readonly machine?: number;
  readonly trial?: number;
  /** Accesses and context switches of the interleaving that explains it; null if there is none, or none was searched for. */
  readonly accesses?: number | null;
  readonly switches?: number | null;
  /** Whether a replay failed the same way; null if there was no replay. */
  readonly replayed?: boolean | null;
  /** Why no interleaving explains it, or why it could not be replayed; null if neither is the case. */
  readonly reason?: string | null;
  /** The timeline as text, one line each. */
  readonly timeline?: readonly string[];
  /** The timeline as a picture: one SVG document for a white background that needs no other file. */
  readonly timelineSvg?: string;
}

/** The host that a run's figures come from. */
export interface HostFacts {
  readonly node: string;
  readonly platform: string;
  readonly arch: string;
  readonly cores: number;
  readonly cpuModel: string;
  readonly loadavg: readonly number[];
}

/** What lockdep has found. */
export interface LockdepDocument {
  /** Whether its tables had room for everything: if not, a possible deadlock may be missing. */
  readonly complete: boolean;
  /** One for each set of lock classes. */
  readonly possibleDeadlocks: readonly {
    readonly kind: string;
    /** The holder of each waits for the next, the last for the first; `irq[cpu]` stands for the interrupts of a CPU. */
    readonly locks: readonly string[];
    readonly trial: number;
    readonly report: readonly string[];
  }[];
}

/** What was counted with some delays. Its failures are those of the order, its seconds CPU time in which the machines ran. */
export type OrderSide = Pick<Counts, 'trials' | 'failures' | 'seconds'>;

/** The order of accesses that a run was to make likely (`run --from`), and how often its failure came. */
export interface OrderFigures {
  /** The evidence file, and the SHA-256 of its content. */
  readonly file: string;
  readonly sha256: string;
  readonly signature: string;
  /** Of the order, up to its failure. */
  readonly accesses: number;
  readonly switches: number;
  readonly waits: readonly {
    readonly cpu: number;
    readonly actor: string;
    /** Where the CPU waits. `itself`: for a lock, a word or an interrupt; `nowhere`: no window is open to it. */
    readonly at: 'start' | 'window' | 'itself' | 'nowhere';
    readonly window: string | null;
    /** Accesses of other CPUs that must fit in. */
    readonly accesses: number;
    /** The two accesses of the CPU between which that is. */
    readonly after: string | null;
    readonly before: string | null;
  }[];
  /** Spins for an access that were tried, and those that were chosen. */
  readonly tried: readonly number[];
  readonly spinsPerAccess: number;
  /** The delays of the order; those of the run are its own. */
  readonly phases: Readonly<Record<string, SpinRange>>;
  readonly windows: Readonly<Record<string, SpinRange>>;
  /** Slices with the delays of the order, and those with the run's own, alternating. */
  readonly with: OrderSide;
  readonly without: OrderSide;
  /** Failures of the order a second, with over without; null if there were none without. */
  readonly ratio: number | null;
  /** Pairs of slices, and those in which there were more with the order's delays. */
  readonly pairs: number;
  readonly pairsMore: number;
}

/** A class of orders that a run has not met, with its shortest order. */
export interface MissingClass {
  /** How its trials end: `clean`, or a signature. */
  readonly outcome: string;
  readonly preemptions: number;
  readonly order: readonly OrderStep[];
}

/** The classes of orders that a run has met, of all that a search of all states counts (`run --classes`, `verify --prove`). */
export interface ClassFigures {
  /** Classes that exist; null if they could not be counted, and `reason` says why. */
  readonly classes: number | null;
  readonly met: number;
  /** Trials that were looked at: the first of each round. */
  readonly sampled: number;
  /** Those that could not be told apart, since records were lost or they failed by time, and those that came when there was no room. */
  readonly unclear: number;
  readonly crowded: number;
  /** Those of no class that exists: then the search, the machine or the race is wrong. */
  readonly unknown: number;
  /** Shortest orders of some that were not met. */
  readonly missing: readonly MissingClass[];
  readonly reason: string | null;
}

/** What the watchdog saw besides the outcomes. Stalls are times in which the run got no CPU time; they are not failures. */
export interface WatchdogFigures {
  readonly hostStalls: number;
  readonly hostStallMs: number;
  /** How long threads of the host waited for a core meanwhile, and how much another guest took; null if not reported. */
  readonly hostWaitingMs: number | null;
  readonly hostStolenMs: number | null;
  readonly workersReplaced: number;
}

/** Rates on a host that would have given the threads all CPU time that they wanted: an estimate, in proportion to the share. */
export interface UnstarvedRates {
  readonly trialsPerSecond: number;
  readonly failuresPerSecond: number;
}

/** Everything about one run: what `--json` prints. All reports are made of it. */
export interface RunDocument extends Counts, OfCode {
  readonly schema: 'racehammer.run/1';
  /** Of racehammer. */
  readonly version: string;
  /** The git commit of the race's file, with `-dirty` behind it if tracked files differed; null if it is not known. */
  readonly revision?: string | null;
  /** When the run started, in UTC: 2026-01-31T12:00:00.000Z. */
  readonly startedAt: string;
  readonly race: string;
  readonly variant: string;
  readonly knobs: Readonly<Record<string, string>>;
  readonly cpus: number;
  /** As requested; `machines` times `cpus` of them run. */
  readonly threads: number;
  readonly machines: number;
  readonly sync: string;
  /** How the machine orders memory; `sc` if absent. */
  readonly memory?: MemoryModel;
  readonly seed: number;
  /** The limit of the run, a time or a number of trials; null for no limit. With a claim both may be null. */
  readonly durationMs: number | null;
  readonly trialsMax: number | null;
  readonly stopOnFirst: boolean;
  readonly recording: boolean;
  /** Cores that the threads were bound to, in the order of the CPUs; empty if they were not bound. */
  readonly boundTo?: readonly number[];
  /** Trials in a round. */
  readonly round?: number;
  /** Iterations that a waiting CPU spins before it sleeps. */
  readonly spin?: SpinRange;
  /** Random wait before each actor, in spin iterations. */
  readonly phases: Readonly<Record<string, SpinRange>>;
  /** Delay in each window, in spin iterations. */
  readonly windows: Readonly<Record<string, SpinRange>>;
  readonly outcomes: readonly OutcomeFigures[];
  /** Only of a litmus race. */
  readonly litmus?: LitmusFigures;
  /** Milliseconds from the start of the process to the start of this run, and to its first failure. */
  readonly startedMs: number;
  readonly firstFailureMs: number | null;
  /** At most 64, about evenly spaced; the last one is the run's end. */
  readonly samples: readonly SampleFigures[];
  /** Only those that were counted, the shortest first. */
  readonly failureGaps: readonly GapFigures[];
  /** Blocks of 1, 2, 4 … trials, as far as the run is long. */
  readonly failureBlocks?: readonly FailingBlocks[];
  /** Null if the run had no claim. */
  readonly claim: ClaimFigures | null;
  /** Upper bound of the failure rate per trial, one-sided, if there was none; null otherwise. */
  readonly upperBound95: number | null;
  readonly expected: 'fail' | 'hold';
  /** The signature that is expected of the variant under these knobs. */
  readonly expectedOutcome: string | null;
  /** Other signatures that it may fail with; none if absent. */
  readonly alsoFails?: readonly string[];
  /** Why the expected one may be fewer than half of the failures; null if it may not. */
  readonly minority?: string | null;
  readonly verdict: Verdict;
  /** The known rate behind a verdict without an expected failure; null for other verdicts, and if nothing is known to fail. */
  readonly power?: PowerFigures | null;
  readonly exitCode: number;
  readonly harnessError: string | null;
  readonly interrupted: boolean;
  /** Lines about the first failure of each signature. */
  readonly reports: Readonly<Record<string, readonly string[]>>;
  readonly evidence?: readonly EvidenceLink[];
  /** Possible deadlocks by the lock orders seen; null with --no-lockdep. */
  readonly lockdep: LockdepDocument | null;
  /** The data of those lines: `ReportFacts` of lib/race/failureReport.ts. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** What the watchdog saw besides the outcomes; null if the run had none. */
  readonly watchdog?: WatchdogFigures | null;
  /** The share of the CPU time wanted by its threads that they received; null if the host does not report it. */
  readonly processorShare?: number | null;
  /** An estimate of the rates with all of it; absent where the share was 0.7 or more, or is not known. */
  readonly unstarved?: UnstarvedRates;
  /** The race's per-CPU variables that trials have left other than 0, so that the next one began with that; absent if there are none. */
  readonly leftPerCpu?: readonly string[];
  /** Only of a run from the order of some evidence: half of its trials had other delays than `phases` and `windows` say. */
  readonly from?: OrderFigures;
  /** Only where classes of orders were counted. */
  readonly classes?: ClassFigures;
  /** Only of a race that grades the results of its actors: trials by outcome. */
  readonly graded?: readonly GradedOutcome[];
  /** The command that repeats the run. */
  readonly repeat: string;
  readonly host: HostFacts;
}
