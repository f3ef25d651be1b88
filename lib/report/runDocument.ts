import type { SpinRange } from '../race/settings.js';
import type { ClaimResult } from '../statistics/claim.js';
import type { KnownRate, Power } from '../statistics/power.js';
import type { Verdict } from '../statistics/verdict.js';

/** How often one signature was counted. Rates are per trial, with their exact 95 % interval (Clopper-Pearson). */
export interface OutcomeFigures {
  readonly signature: string;
  readonly count: number;
  /** Whether the race says that it may happen: true if absent. */
  readonly declared?: boolean;
  readonly rate: number;
  readonly low95: number;
  readonly high95: number;
}

/** Counts as the host read them while the run went on. */
export interface SampleFigures {
  /** Milliseconds since the CPUs of all machines had begun. */
  readonly ms: number;
  /** As counted at the ends of rounds: it may lag behind the failures. */
  readonly trials: number;
  readonly failures: number;
}

/** So many failures came `from` to `to` trials after the same machine's failure before, or after its start. */
export interface GapFigures {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** What became of "the failure rate is below `rate`", which the run was to bear out. */
export interface ClaimFigures {
  readonly rate: number;
  readonly confidence: number;
  readonly result: ClaimResult;
  /** The counts on which it was decided; those of the whole run where it is OPEN. */
  readonly trials: number;
  readonly failures: number;
}

/** What no failure was judged against, and what it is worth. */
export interface PowerFigures extends KnownRate, Power {}

/** One outcome of a litmus test. */
export interface LitmusOutcome {
  /** `0:r0=0; 1:r0=1;` */
  readonly outcome: string;
  readonly count: number;
  /** Of all trials. */
  readonly rate: number;
  /** As jcstress has it. */
  readonly grade: 'acceptable' | 'interesting' | 'forbidden';
  /** Whether it is the one that the test asks about: no order of all accesses gives it. */
  readonly relaxed: boolean;
  /** Empty if the test says nothing of it. */
  readonly about: string;
}

/** The outcomes of a litmus race. */
export interface LitmusFigures {
  /** The test's name in the literature. */
  readonly test: string;
  /** The condition as litmus7 has it: `exists (0:r0=0 /\ 1:r0=0)`. */
  readonly condition: string;
  /** The architecture that the grades are of, as Node.js names it. */
  readonly arch: string;
  /** Those that were seen, and those of which the test says something, the commonest first. */
  readonly outcomes: readonly LitmusOutcome[];
}

/** What a failure left behind, for those signatures that have it. */
export interface EvidenceLink {
  readonly signature: string;
  /** The evidence file. */
  readonly file?: string;
  /** SHA-256 of the file's content, as its first line has it. */
  readonly sha256?: string;
  /** The command that replays it. */
  readonly command?: string;
  /** Why there is no file; null if there is one. */
  readonly notKept?: string | null;
  readonly machine?: number;
  readonly trial?: number;
  /** Accesses of the order that explains it, and its switches between CPUs; null if there is none, or none was looked for. */
  readonly accesses?: number | null;
  readonly switches?: number | null;
  /** Whether the order failed in the same way when it was run again; null if it was not. */
  readonly replayed?: boolean | null;
  /** Why no order explains it, or why that order could not be run again; null if neither is the case. */
  readonly reason?: string | null;
  /** The timeline as text, one line each. */
  readonly timeline?: readonly string[];
  /** The timeline as a picture: one SVG document, drawn for a white ground, that needs nothing from elsewhere. */
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

/** What the CPUs have learnt of their locks. */
export interface LockdepDocument {
  /** Whether all of it found a place: if not, a possible deadlock may be missing. */
  readonly complete: boolean;
  /** One for each set of lock classes. */
  readonly possibleDeadlocks: readonly {
    readonly kind: string;
    /** Each is waited for by whoever holds the one before it; `irq[cpu]` stands for the interrupts of a CPU. */
    readonly locks: readonly string[];
    readonly trial: number;
    readonly report: readonly string[];
  }[];
}

/** What the watchdog saw beside the outcomes. Stalls are times in which the host gave the run no processor: no failure. */
export interface WatchdogFigures {
  readonly hostStalls: number;
  readonly hostStallMs: number;
  /** How long threads of the host waited for a processor meanwhile, and how much another guest took; null if it says nothing. */
  readonly hostWaitingMs: number | null;
  readonly hostStolenMs: number | null;
  readonly workersReplaced: number;
}

/** Everything about one run: what `--json` prints, and all that the reports are made of. */
export interface RunDocument {
  readonly schema: 'racehammer.run/1';
  /** Of racehammer. */
  readonly version: string;
  /** When the run started, in UTC: 2026-01-31T12:00:00.000Z. */
  readonly startedAt: string;
  readonly race: string;
  readonly variant: string;
  readonly knobs: Readonly<Record<string, string>>;
  readonly cpus: number;
  /** As asked for; `machines` times `cpus` of them run. */
  readonly threads: number;
  readonly machines: number;
  readonly sync: string;
  readonly seed: number;
  /** The limit of the run: a time, or a number of trials; null for what is no limit. With a claim both may be null. */
  readonly durationMs: number | null;
  readonly trialsMax: number | null;
  readonly stopOnFirst: boolean;
  readonly recording: boolean;
  /** Cores that the threads were bound to, in the order of the CPUs; empty if they were not. */
  readonly boundTo?: readonly number[];
  /** Trials in a round. */
  readonly round?: number;
  /** Turns that a waiting CPU spins before it sleeps. */
  readonly spin?: SpinRange;
  /** Random wait before each actor, in spins. */
  readonly phases: Readonly<Record<string, SpinRange>>;
  /** Delay in each window, in spins. */
  readonly windows: Readonly<Record<string, SpinRange>>;
  readonly trials: number;
  readonly seconds: number;
  readonly failures: number;
  readonly nearMisses: number;
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
  /** Null if the run had no claim to bear out. */
  readonly claim: ClaimFigures | null;
  /** Upper bound of the failure rate per trial, one-sided, if there was none; null otherwise. */
  readonly upperBound95: number | null;
  readonly expected: 'fail' | 'hold';
  /** The signature that is expected of the variant under these knobs. */
  readonly expectedOutcome: string | null;
  /** What else it may fail with under them; nothing if absent. */
  readonly alsoFails?: readonly string[];
  /** Why the expected one may be fewer than half of the failures; null if it may not. */
  readonly minority?: string | null;
  readonly verdict: Verdict;
  /** What a verdict without a failure of the expected kind was judged against; null for the others, and where nothing is known to fail. */
  readonly power?: PowerFigures | null;
  readonly exitCode: number;
  readonly harnessError: string | null;
  readonly interrupted: boolean;
  /** Lines about the first failure of each signature. */
  readonly reports: Readonly<Record<string, readonly string[]>>;
  readonly evidence?: readonly EvidenceLink[];
  /** What could hang, by the orders in which locks were taken; null with --no-lockdep. */
  readonly lockdep: LockdepDocument | null;
  /** What those lines are made of, in the same order: `ReportFacts` of lib/race/failureReport.ts. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** What the watchdog saw beside the outcomes; null if the run had none. */
  readonly watchdog?: WatchdogFigures | null;
  /** What share of the processor time that its threads wanted the host gave them; null where it does not tell. */
  readonly processorShare?: number | null;
  /** The command that runs this again with every parameter spelt out. */
  readonly repeat: string;
  readonly host: HostFacts;
}
