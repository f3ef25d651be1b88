/** soak() for programs: a campaign from its rows to its document, in a store that is this process's. Imported when it is called. */

import { SoakRaces } from '../campaign/races.js';
import { closeStore } from '../campaign/closeStore.js';
import { rowRenewed, rowsOfEntries } from '../campaign/rows.js';
import { packageVersion } from '../harness/host/raceSource.js';
import type { SoakDocument } from '../report/soakDocument.js';
import { hostFacts } from '../run/hostFacts.js';
import { splitTarget, type ChosenRace } from '../run/namedRace.js';
import { randomSeed } from '../run/request.js';
import { UsageError } from '../run/usageError.js';
import type { CampaignEntry } from '../soak/campaignFile.js';
import { SoakDatabase } from '../soak/database.js';
import type { SoakRow } from '../soak/row.js';
import { Soak, type SoakEnd } from '../soak/soak.js';
import { Store } from '../soak/store.js';
import { StoreError } from '../soak/storeFile.js';
import { durationOf, refuseUnknown, requireUnaborted, variantOf } from './checked.js';
import { loadGiven } from './given.js';
import type { Campaign, CampaignRow, SoakOptions } from './options.js';

const CAMPAIGN = ['name', 'rows', 'duration', 'slice', 'proveEvery', 'seed'];
const ROW = ['race', 'variant', 'row', 'knobs', 'cpus', 'sync', 'weight'];
const OPTIONS = ['store', 'signal', 'onProgress', 'onEvent'];
const SLICE_MS = 30_000;
const PROVE_EVERY_MS = 3_600_000;
const NEVER = new AbortController().signal;

/** Soaks to the end of the campaign's time, or until the signal. Throws UsageError for what is wrong with campaign, options or store. */
export async function soak(campaign: Campaign, options: SoakOptions): Promise<SoakDocument> {
  refuseUnknown('soak', options, OPTIONS);
  refuseUnknown('soak', campaign, CAMPAIGN);
  requireUnaborted(options);
  if (typeof options.store !== 'string') throw new UsageError('soak(): needs a store: the path of a file that is made');
  if (!Array.isArray(campaign.rows) || campaign.rows.length === 0)
    throw new UsageError('rows: must name one race or more');
  const races = new SoakRaces(chooseGiven);
  const entries = await Promise.all(campaign.rows.map(async (row, i) => entryOf(row, i)));
  const rows = await rowsOfEntries(
    entries,
    (path, error) => new UsageError(`${pathWords(path)}: ${error.message}`),
    null,
    races,
  );
  const [store, session] = begin(campaign, options.store, rows);
  return soakOn(store, session, rows, races, options);
}

function begin(campaign: Campaign, path: string, rows: readonly SoakRow[]): readonly [Store, number] {
  const { name = 'soak()', duration, slice = SLICE_MS, proveEvery = PROVE_EVERY_MS, seed = randomSeed() } = campaign;
  const budgetMs = durationOf('duration', duration);
  const pace = { sliceMs: durationOf('slice', slice), proveEveryMs: durationOf('proveEvery', proveEvery) };
  return mending(() => {
    const store = new Store(SoakDatabase.create(path));
    try {
      store.begin({ name, seed, budgetMs, pace });
      store.declare(rows);
      return [store, store.claim({ version: packageVersion(), host: hostFacts() })] as const;
    } catch (error) {
      store.discard();
      throw error;
    }
  });
}

async function soakOn(
  store: Store,
  session: number,
  rows: readonly SoakRow[],
  races: SoakRaces,
  { signal = NEVER, onProgress, onEvent }: SoakOptions,
): Promise<SoakDocument> {
  let end: SoakEnd | 'failed' = 'failed';
  const running = new Soak(store, session, rows, {
    signal,
    renew: (row, source) => rowRenewed(row, source, null, races),
    onView: ({ elapsedMs, rows: counts }) =>
      onProgress?.({
        trials: counts.reduce((n, { trials }) => n + trials, 0),
        failures: counts.reduce((n, { failures }) => n + failures, 0),
        seconds: elapsedMs / 1000,
      }),
    onEvent: (kind, text) => onEvent?.(kind, text),
  });
  try {
    end = await running.run();
  } finally {
    running.settle();
    if (end === 'failed') closeStore(store, session, end);
  }
  const closed = closeStore(store, session, end);
  if (closed.document === null) throw new Error(closed.trouble);
  return closed.document;
}

async function chooseGiven(target: string, code?: string): Promise<ChosenRace> {
  const { typed, variant } = splitTarget(target);
  const named = await loadGiven(typed, code);
  return { ...named, typed, variant: variant === undefined ? undefined : variantOf(named.race, variant) };
}

async function entryOf(row: CampaignRow, i: number): Promise<CampaignEntry> {
  refuseUnknown(`rows[${i}] of soak`, row, ROW);
  const { race, knobs, ...rest } = row;
  const { typed } = await loadGiven(race);
  const texts = Object.entries(knobs ?? {}).map(([name, value]) => {
    return [name, typeof value === 'boolean' ? String(Number(value)) : String(value)] as const;
  });
  return { race: typed, ...rest, ...(knobs === undefined ? {} : { knobs: Object.fromEntries(texts) }) };
}

function mending<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof StoreError ? new UsageError(error.message) : error;
  }
}

function pathWords(path: readonly (string | number)[]): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}
