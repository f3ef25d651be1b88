/** The document of a tuning. Made by lib/tune and its command; shown by text.ts and the page. */

import type { Settings } from '../../race/settings.js';
import type { OfCode } from '../words/world.js';
import type { HostFacts, OrderFigures } from '../run/document.js';

/** Rates under some settings, per second of CPU time; `clockRate` is per second of wall-clock time. */
export interface TunedRate {
  readonly rate: number;
  readonly clockRate: number;
  readonly trialsPerS: number;
  readonly hitsPerTrial: number;
}

/** The effect of a parameter. `without`: the rate with only this one at its default, over the rate found; null if it is at its default. */
export interface ParameterEffect {
  readonly parameter: string;
  readonly byDefault: string;
  readonly found: string;
  readonly without: number | null;
  /** Highest over lowest rate of its values, over all slices of the search; null if the lowest is 0. */
  readonly spread: number | null;
  readonly values: readonly {
    readonly value: string;
    readonly slices: number;
    readonly hits: number;
    readonly rate: number;
  }[];
}

/** The rate over one delay, with all other parameters as found. */
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

/** One shape of machines, with the better of the settings found and the defaults there. */
export interface TunedShape extends TunedRate {
  readonly cpus: number;
  readonly machines: number;
  /** The rate with the default settings. */
  readonly defaultRate: number;
  readonly nearMissesPerTrial: number;
  readonly settings: Settings;
}

/** One race that was tuned. */
export interface TuneResult extends OfCode {
  readonly race: string;
  readonly variant: string;
  readonly knobs: Readonly<Record<string, string>>;
  /** What the search maximised. */
  readonly goal: 'failures' | 'near-misses' | 'trials';
  /** The signature of the failures; null for a variant that holds. */
  readonly expectedOutcome: string | null;
  readonly defaults: Settings & TunedRate;
  /** The best settings found, whether they beat the defaults or not. */
  readonly best: Settings & TunedRate;
  /** Whether the best settings beat the defaults by at least 20 % (whole 95 % interval): only then they are saved. */
  readonly won: boolean;
  /** Pairs of alternating slices. Ratio and interval are of the median; `clockRatio` is that of all pairs in wall-clock time. */
  readonly duel: {
    readonly pairs: number;
    readonly ratio: number | null;
    readonly low95: number | null;
    readonly high95: number | null;
    readonly clockRatio: number | null;
  };
  /** The order that all states give of the failure, by which the search began; null where there is none, and `noOrder` says why. */
  readonly order: Pick<OrderFigures, 'signature' | 'accesses' | 'switches' | 'waits'> | null;
  readonly noOrder: string | null;
  /** The best of the points that were made of it, and its rate over that of the default; null without an order. */
  readonly begun: {
    readonly points: number;
    readonly phases: Settings['phases'];
    readonly windows: Settings['windows'];
    readonly ratio: number | null;
  } | null;
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
