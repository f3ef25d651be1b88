import type { Verdict } from '../evidence/verdict.js';

/** Both ends belong to the range. */
export interface Spins {
  readonly min: number;
  readonly max: number;
}

/** How often one signature was counted. Rates are per trial, with their exact 95 % interval (Clopper-Pearson). */
export interface OutcomeFigures {
  readonly signature: string;
  readonly count: number;
  readonly rate: number;
  readonly low95: number;
  readonly high95: number;
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

/** Everything about one run: what `--json` prints, and all that the reports are made of. */
export interface RunDocument {
  readonly schema: 'racehammer.run/1';
  readonly race: string;
  readonly variant: string;
  readonly knobs: Readonly<Record<string, string>>;
  readonly cpus: number;
  /** As asked for; `machines` times `cpus` of them run. */
  readonly threads: number;
  readonly machines: number;
  readonly sync: string;
  readonly seed: number;
  /** The limit of the run: a time, or a number of trials; the other one is null. */
  readonly durationMs: number | null;
  readonly trialsMax: number | null;
  readonly stopOnFirst: boolean;
  readonly recording: boolean;
  readonly layout: 'packed';
  /** Random wait before each actor, in spins. */
  readonly phases: Readonly<Record<string, Spins>>;
  /** Delay in each window, in spins. */
  readonly windows: Readonly<Record<string, Spins>>;
  readonly trials: number;
  readonly seconds: number;
  readonly failures: number;
  readonly nearMisses: number;
  readonly outcomes: readonly OutcomeFigures[];
  /** Milliseconds from the start of the process to the start of this run, and to its first failure. */
  readonly startedMs: number;
  readonly firstFailureMs: number | null;
  /** Upper bound of the failure rate per trial, one-sided, if there was none; null otherwise. */
  readonly upperBound95: number | null;
  readonly expected: 'fail' | 'hold';
  /** The signature that is expected of the variant under these knobs. */
  readonly expectedOutcome: string | null;
  readonly verdict: Verdict;
  readonly exitCode: number;
  readonly harnessError: string | null;
  readonly interrupted: boolean;
  /** Lines about the first failure of each signature. */
  readonly reports: Readonly<Record<string, readonly string[]>>;
  /** The command that runs this again with every parameter spelt out. */
  readonly repeat: string;
  readonly host: HostFacts;
}
