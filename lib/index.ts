/**
 * What `import … from 'racehammer'` gives: everything that a race needs, and the functions that run races. Races are imported by
 * every thread, so what runs them is loaded when it is called.
 */

import type {
  AssertFailsOptions,
  AssertOptions,
  Campaign,
  ExploreOptions,
  RaceGiven,
  RunDocument,
  RunOptions,
  SoakOptions,
  VerifyOptions,
} from './api/options.js';
import type { ExploreDocument } from './report/explore/document.js';
import type { SoakDocument } from './report/soak/document.js';
import type { VerifyDocument } from './report/verify/document.js';

export * from './sdk/index.js';
export type {
  AnyRace,
  AssertFailsOptions,
  AssertOptions,
  Campaign,
  CampaignRow,
  ExploreOptions,
  ExploreProgress,
  ProgressCounts,
  RaceGiven,
  RowDocument,
  RunConditions,
  RunDocument,
  RunLimits,
  RunOptions,
  SoakOptions,
  VerifyOptions,
} from './api/options.js';
export type { ExploreDocument } from './report/explore/document.js';
export type { SoakDocument } from './report/soak/document.js';
export type { VerifyDocument } from './report/verify/document.js';
export { ExploreRefusal } from './explore/trees/refusal.js';
export { UsageError } from './run/usageError.js';

/**
 * Runs one variant of a race, the first one by default, and resolves with the document that `run --json` prints.
 * A failure is no exception: see `verdict` and `outcomes`. Rejects with UsageError for wrong options.
 */
export async function run(race: RaceGiven, options: RunOptions = {}): Promise<RunDocument> {
  return (await import('./api/run.js')).run(race, options);
}

/** Runs the rows that a race declares, or those of all built-in races, and resolves with the document that `verify --json` prints. */
export async function verify(race?: RaceGiven, options: VerifyOptions = {}): Promise<VerifyDocument> {
  return (await import('./api/run.js')).verify(race, options);
}

/**
 * Searches all states that a trial of one variant can reach, and resolves with the document that `explore --json` prints. Rejects with
 * UsageError for wrong options, and with ExploreRefusal for a race that a search would not see all of.
 */
export async function explore(race: RaceGiven, options: ExploreOptions = {}): Promise<ExploreDocument> {
  return (await import('./api/explore.js')).explore(race, options);
}

/** Resolves if the variant is HELD within the limits; otherwise rejects with an AssertionError whose message is the report. */
export async function assertHolds(race: RaceGiven, options: AssertOptions): Promise<RunDocument> {
  return (await import('./api/assertions.js')).assertHolds(race, options);
}

/** Resolves as soon as the variant fails as it is declared to; otherwise rejects with an AssertionError whose message is the report. */
export async function assertFails(race: RaceGiven, options: AssertFailsOptions): Promise<RunDocument> {
  return (await import('./api/assertions.js')).assertFails(race, options);
}

/**
 * Soaks a campaign into a store, and resolves with the document that `soak --json` prints. `racehammer soak --resume` goes on with
 * the store.
 */
export async function soak(campaign: Campaign, options: SoakOptions): Promise<SoakDocument> {
  return (await import('./api/soak.js')).soak(campaign, options);
}
