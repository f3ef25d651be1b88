import type { Settings } from '../race/settings.js';
import type { HostFacts } from './runDocument.js';

/** What was counted under some settings. Rates are per second of CPU time that the threads received, `clockRate` per second of wall-clock time. */
export interface TunedRate {
  readonly rate: number;
  readonly clockRate: number;
  readonly trialsPerS: number;
  readonly hitsPerTrial: number;
}

/** What a parameter did: `without` is the rate with it alone as by default, over the rate with all as found; null if it is so. */
export interface ParameterEffect {
  readonly parameter: string;
  readonly byDefault: string;
  readonly found: string;
  readonly without: number | null;
  /** Highest rate over lowest by value, over all slices of the search; null where the lowest is nothing. */
  readonly spread: number | null;
  readonly values: readonly {
    readonly value: string;
    readonly slices: number;
    readonly hits: number;
    readonly rate: number;
  }[];
}

/** The rate over one delay, all else as found. */
export interface TunedCurve {
  readonly parameter: string;
  readonly found: number;
  readonly points: readonly {
    readonly spins: number;
    readonly rate: number;
    readonly low: number;
    readonly high: number;
  }[];
}

/** One shape of machines: the better of the settings found and the default ones there. */
export interface TunedShape extends TunedRate {
  readonly cpus: number;
  readonly machines: number;
  /** The same with the settings that a run has by default. */
  readonly defaultRate: number;
  readonly nearMissesPerTrial: number;
  readonly settings: Settings;
}

/** One race that was tuned. */
export interface TuneResult {
  readonly race: string;
  readonly variant: string;
  readonly knobs: Readonly<Record<string, string>>;
  /** What was to be as frequent as possible. */
  readonly goal: 'failures' | 'near-misses' | 'trials';
  /** The signature of the failures; null for a variant that holds. */
  readonly expectedOutcome: string | null;
  readonly defaults: Settings & TunedRate;
  /** The best settings found, whether they were certainly better or not. */
  readonly best: Settings & TunedRate;
  /** Whether the best settings beat the default ones for certain, by a fifth: only then they are saved. */
  readonly won: boolean;
  /** Pairs of slices taken by turns; ratio and interval are of the median, `clockRatio` is of all pairs by the clock. */
  readonly duel: {
    readonly pairs: number;
    readonly ratio: number | null;
    readonly low95: number | null;
    readonly high95: number | null;
    readonly clockRatio: number | null;
  };
  readonly effects: readonly ParameterEffect[];
  readonly curves: readonly TunedCurve[];
  readonly shapes: readonly TunedShape[];
  /** Settings and slices that were tried. */
  readonly tried: number;
  readonly slices: number;
  readonly seconds: number;
  readonly interrupted: boolean;
  /** Failures of a variant that is expected to hold. */
  readonly violations: number;
  /** The command that runs the best settings. */
  readonly repeat: string;
}

/** What `tune --json` prints. */
export interface TuneDocument {
  readonly schema: 'racehammer.tune/1';
  readonly version: string;
  readonly startedAt: string;
  readonly budgetMs: number;
  readonly seed: number;
  readonly results: readonly TuneResult[];
  /** Where the settings were saved. */
  readonly file: string;
  readonly saved: readonly string[];
  readonly interrupted: boolean;
  readonly exitCode: number;
  readonly host: HostFacts;
}
