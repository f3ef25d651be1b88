/** The document of a soak. Made by lib/soak from its store; read by the reports and the page of a soak. */

import type { CountedOutcome, Counts } from '../../statistics/counts.js';
import type { Verdict } from '../../statistics/verdict.js';
import type { ClassFigures, HostFacts, PowerFigures } from '../run/document.js';
import type { FleetDocument } from './fleetDocument.js';
import type { UnstarvedRates } from '../run/document.js';
import type { OfCode } from '../words/world.js';

/** A campaign in its store. */
export interface StoredCampaign {
  readonly name: string;
  /** Unix time in milliseconds. */
  readonly at: number;
  readonly seed: number;
  readonly budgetMs: number;
  readonly pace: {
    /** Longest slice of a row; the first ones are shorter. */
    readonly sliceMs: number;
    /** How often a row that should fail must prove that it still does. */
    readonly proveEveryMs: number;
  };
  /** Whether the classes of orders are counted that the rows meet. */
  readonly classes: boolean;
  /** Time that the soak has run, in all sessions together. */
  readonly elapsedMs: number;
  /** Null until its budget is used up. */
  readonly endedAt: number | null;
}

/** The classes of orders that a row has met in all of its slices. Orders that were not met are shown by `run --classes`. */
export interface RowClassFigures extends Omit<ClassFigures, 'missing'> {
  /** When one was met for the first time last, in milliseconds of the soak; null if none was. */
  readonly lastNewMs: number | null;
}

/** Sums of one row over the whole campaign. */
export interface RowTotals extends Counts, OfCode {
  readonly id: number;
  readonly key: string;
  readonly race: string;
  readonly typed: string;
  readonly name: string;
  readonly variant: string;
  /** As JSON. */
  readonly knobs: string;
  readonly cpus: number;
  readonly sync: string;
  /** How the machine orders memory. */
  readonly memory: string;
  /** The signature that the row must fail with; null if it must hold. */
  readonly expected: string | null;
  /** Other signatures that it may fail with; null if the store does not record it: then all that the race declares. */
  readonly alsoFails: readonly string[] | null;
  /** Why the expected one may be fewer than half of the failures; null if it may not. */
  readonly minority: string | null;
  /** Key of the row that is its buggy twin; null if it has none, or should fail itself. */
  readonly twin: string | null;
  /** Least share of trials in which a row that should fail does so; null if the store does not record it. */
  readonly failsAtLeast: number | null;
  readonly weight: number;
  readonly repeat: string;
  /** SHA-256 of the code that it has run; null if the store does not record it. Other code under the same conditions is another row. */
  readonly source: string | null;
  /** The git commit that its race file was in when the row was last begun, with `-dirty` behind it if files differed; null if not known. */
  readonly revision: string | null;
  readonly slices: number;
  readonly spentMs: number;
  readonly harnessErrors: number;
  /** The message of the first one; null if there was none. */
  readonly harnessError: string | null;
  /** How often and how long the row got no CPU time; threads that did not respond and were replaced. */
  readonly hostStalls: number;
  readonly hostStallMs: number;
  readonly workersReplaced: number;
  /** The share of the CPU time wanted by its threads that they received; null if the host does not report it. */
  readonly processorShare: number | null;
  /** When the expected failure was last counted, in milliseconds of the soak; null if never. */
  readonly provedAtMs: number | null;
  /** Trials since then; 0 if it never was. */
  readonly trialsSinceProof: number;
  /** When the last slice began, in milliseconds of the soak; null if there was none. */
  readonly triedAtMs: number | null;
  /** Null if nobody asked for them, or the row has had no slice. */
  readonly classes: RowClassFigures | null;
  /** `declared`: whether the race declares the signature. */
  readonly outcomes: readonly Required<CountedOutcome>[];
}

/** A row with its verdict. */
export interface RowVerdict extends RowTotals {
  /** An estimate of the rates with all CPU time; absent where the share was 0.7 or more, or is not known. */
  readonly unstarved?: UnstarvedRates;
  readonly verdict: Verdict;
  /** The known rate behind a verdict without an expected failure; null for other verdicts. */
  readonly power: PowerFigures | null;
  /** Failures per trial: 95 % interval; without a failure the one-sided upper bound. */
  readonly low95: number;
  readonly high95: number;
  /** Upper bound with 99.9 % confidence if nothing failed; null otherwise. */
  readonly bound999: number | null;
}

export interface EvidenceRecord {
  readonly row: number;
  readonly signature: string;
  readonly report: string;
  /** SHA-256 of the evidence file's content, by which `soak status --evidence` names it; null if the failure left no records. */
  readonly sha256: string | null;
}

/** `elapsedMs`: of the soak. */
export interface EventRecord {
  readonly at: number;
  readonly elapsedMs: number;
  readonly kind: string;
  readonly text: string;
}

/** Trials of a row that hung in one way. */
export interface HangRecord {
  readonly row: number;
  readonly signature: string;
  readonly count: number;
  /** When the last was counted, in milliseconds of the soak. */
  readonly lastMs: number;
}

/** One process of a soak; the host is null in stores that did not keep it yet. */
export interface SessionRecord {
  readonly at: number;
  readonly endedAt: number | null;
  readonly pid: number;
  readonly hostName: string;
  /** Of the soak; null if it had no interval. */
  readonly startMs: number | null;
  readonly endMs: number | null;
  /** Why it ended; null while it runs. */
  readonly reason: string | null;
  readonly version: string | null;
  readonly host: HostFacts | null;
  readonly counts: SessionCounts;
}

/** What one process of a soak has counted. */
export interface SessionCounts extends Pick<Counts, 'trials' | 'failures' | 'seconds'> {
  readonly slices: number;
  /** Failures of the rows that should hold. */
  readonly unexpected: number;
  readonly harnessErrors: number;
  /** Most resident memory in MB; null if none was reported. */
  readonly mostMb: number | null;
}

/** Resident memory of the process, and whether it grows. */
export interface MemoryFigures {
  /** Between slices, means of at most 120 stretches of the soak, each of one session: `session` counts them from 0. */
  readonly samples: readonly { readonly session: number; readonly ms: number; readonly mb: number }[];
  /** At any time, with a slice's machine and threads. */
  readonly mostMb: number;
  /** Of the longest session after its first minute, with its 95 % interval; null if it was too short. */
  readonly mbPerHour: { readonly slope: number; readonly low95: number; readonly high95: number } | null;
}

/** Everything about a campaign. */
export interface SoakDocument {
  readonly schema: 'racehammer.soak/1';
  readonly campaign: StoredCampaign;
  readonly rows: readonly RowVerdict[];
  readonly evidence: readonly EvidenceRecord[];
  /** The newest, the newest last. */
  readonly events: readonly EventRecord[];
  readonly hangs: readonly HangRecord[];
  readonly sessions: readonly SessionRecord[];
  readonly memory: MemoryFigures;
  /** The share of the CPU time wanted by all threads that they received; null if the host does not report it. */
  readonly processorShare: number | null;
  /** An estimate of the rates of all rows together with all of it; absent where the share was 0.7 or more, or is not known. */
  readonly unstarved?: UnstarvedRates;
  /** The process that writes now, if there is one. */
  readonly soakingPid: number | null;
  /** Absent for the soak of one machine. */
  readonly fleet?: FleetDocument;
}

/** Counts of a row in one stretch of the soak; the seconds are those of its slices. */
export interface Stretch extends Pick<Counts, 'trials' | 'failures' | 'seconds'> {
  readonly row: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Most resident memory of the process in MB; null if none was reported. */
  readonly mb: number | null;
}

/** Counts of a row in one session; `session` counts them from 0. */
export interface RowSession extends Pick<Counts, 'trials' | 'failures' | 'seconds'> {
  readonly row: number;
  readonly session: number;
}

/** How many classes of orders a row had met at moments of the soak, in milliseconds. */
export interface ClassesOverTime {
  readonly row: number;
  readonly points: readonly { readonly ms: number; readonly met: number }[];
}

/** The interleaving that explains a kept failure, as a picture for a white background. */
export interface SoakTimeline {
  readonly row: number;
  readonly signature: string;
  readonly accesses: number;
  readonly switches: number;
  readonly svg: string;
}

/** A soak with the data that only its page shows. */
export interface SoakHistory {
  readonly soak: SoakDocument;
  /** At most 60 for each row. */
  readonly stretches: readonly Stretch[];
  /** At most 60 moments for each row. */
  readonly classes: readonly ClassesOverTime[];
  /** What each session has counted of each row. */
  readonly bySession: readonly RowSession[];
  readonly timelines: readonly SoakTimeline[];
  /** The name of the file in commands. */
  readonly path: string;
  /** What the workers of a fleet do at the moment; absent where nobody has said it. */
  readonly workers?: readonly LiveWorker[];
}

/** A worker of a fleet at the moment. */
export interface LiveWorker {
  readonly name: string;
  readonly doing: string;
  /** What it hammers; null if nothing. */
  readonly row: string | null;
  /** Why it sends jobs back; null if it does not. */
  readonly refused: string | null;
}
