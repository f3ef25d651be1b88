import type { Verdict } from '../statistics/verdict.js';
import type { HostFacts, PowerFigures } from './runDocument.js';

/** A campaign as it stands in its store. */
export interface Campaign {
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
  /** Time that the soak has run, all its sessions together. */
  readonly elapsedMs: number;
  /** Null until its budget is used up. */
  readonly endedAt: number | null;
}

/** Sums of one row over the whole campaign. */
export interface RowTotals {
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
  /** The signature that the row must fail with; null if it must hold. */
  readonly expected: string | null;
  /** What else it may fail with; null where the store does not tell: then all that the race declares. */
  readonly alsoFails: readonly string[] | null;
  /** Why the expected one may be fewer than half of the failures; null if it may not. */
  readonly minority: string | null;
  /** Key of the row that is its buggy twin; null if it has none, or is to fail itself. */
  readonly twin: string | null;
  /** What should fail does so in this share of its trials at least; null where the store does not tell. */
  readonly failsAtLeast: number | null;
  readonly weight: number;
  readonly repeat: string;
  /** SHA-256 of the code that it has run; null where the store does not tell. The same conditions with other code are another row. */
  readonly source: string | null;
  readonly slices: number;
  readonly spentMs: number;
  readonly seconds: number;
  readonly trials: number;
  readonly failures: number;
  readonly nearMisses: number;
  readonly harnessErrors: number;
  /** What the first of them said; null if there was none. */
  readonly harnessError: string | null;
  /** Times at which the host gave the row no processor, and how long in all; threads that obeyed nothing and were replaced. */
  readonly hostStalls: number;
  readonly hostStallMs: number;
  readonly workersReplaced: number;
  /** What share of the processor time that its threads wanted the host gave them; null where it did not tell. */
  readonly processorShare: number | null;
  /** When the expected failure was last counted, in milliseconds of the soak; null if never. */
  readonly provedAtMs: number | null;
  /** Trials since then; 0 if it never was. */
  readonly trialsSinceProof: number;
  /** When the last slice began, in milliseconds of the soak; null if there was none. */
  readonly triedAtMs: number | null;
  /** `declared`: whether the race says that it may happen. */
  readonly outcomes: readonly { readonly signature: string; readonly count: number; readonly declared: boolean }[];
}

/** What a campaign says of one row. */
export interface RowVerdict extends RowTotals {
  readonly verdict: Verdict;
  /** What a verdict without a failure of the expected kind was judged against; null for the others. */
  readonly power: PowerFigures | null;
  /** Failures a trial: 95 % interval; of none, the one-sided upper bound. */
  readonly low95: number;
  readonly high95: number;
  /** Upper bound with 99.9 % confidence where nothing failed; null otherwise. */
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
}

/** Resident memory of the process, and whether it grows. */
export interface MemoryFigures {
  /** Between slices, means of at most 120 stretches of the soak, each of one session: `session` counts them from 0. */
  readonly samples: readonly { readonly session: number; readonly ms: number; readonly mb: number }[];
  /** At any time, with a slice's machine and threads. */
  readonly mostMb: number;
  /** Of the longest session after its first minute, with its 95 % interval; null if there is too little to say. */
  readonly mbPerHour: { readonly slope: number; readonly low95: number; readonly high95: number } | null;
}

/** All that is known of a campaign when it is shown. */
export interface SoakDocument {
  readonly schema: 'racehammer.soak/1';
  readonly campaign: Campaign;
  readonly rows: readonly RowVerdict[];
  readonly evidence: readonly EvidenceRecord[];
  /** The newest, the newest last. */
  readonly events: readonly EventRecord[];
  readonly hangs: readonly HangRecord[];
  readonly sessions: readonly SessionRecord[];
  readonly memory: MemoryFigures;
  /** What share of the processor time that the threads of all rows wanted the host gave them; null where it did not tell. */
  readonly processorShare: number | null;
  /** The process that writes now, if there is one. */
  readonly soakingPid: number | null;
}

/** What a row has counted in one stretch of the soak. */
export interface Stretch {
  readonly row: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** How long it was hammered in it. */
  readonly seconds: number;
  readonly trials: number;
  readonly failures: number;
}

/** One order that explains a kept failure, as a picture for a white ground. */
export interface SoakTimeline {
  readonly row: number;
  readonly signature: string;
  readonly accesses: number;
  readonly switches: number;
  readonly svg: string;
}

/** A soak with what a page shows beside its figures. */
export interface SoakHistory {
  readonly soak: SoakDocument;
  /** At most 60 for each row. */
  readonly stretches: readonly Stretch[];
  readonly timelines: readonly SoakTimeline[];
  /** How the file is named in commands. */
  readonly path: string;
}
