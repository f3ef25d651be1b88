/** soak() for programs: a campaign from its rows to its document, in a store that is this process's. Imported when it is called. */

import { SoakRaces } from '../campaign/races.js';
import { rowRenewed, rowsOfEntries } from '../campaign/rows.js';
import { runSession } from '../campaign/session.js';
import { createStore, type ClaimedStore } from '../campaign/stores.js';
import { knobText } from '../race/knobs.js';
import type { SoakDocument } from '../report/soak/document.js';
import { SOAK_MS } from '../run/defaults.js';
import { sumOfCounts } from '../statistics/counts.js';
import { splitTarget, type ChosenRace, type HowLoaded } from '../run/namedRace.js';
import { UsageError } from '../run/usageError.js';
import { campaignFault, pathWords, type CampaignEntry, type Path } from '../soak/campaignFile.js';
import type { SoakRow } from '../soak/row.js';
import { durationOf, refuseUnknown, requireUnaborted, checkedSeed, variantOf } from './checked.js';
import { loadGiven } from './given.js';
import type { Campaign, CampaignRow, SoakOptions } from './options.js';

const CAMPAIGN = ['name', 'rows', 'duration', 'slice', 'proveEvery', 'classes', 'seed'];
const OPTIONS = ['store', 'signal', 'onProgress', 'onEvent'];
const NEVER = new AbortController().signal;

/**
 * Soaks to the end of the campaign's time, or until the signal. Throws UsageError for what is wrong with campaign, options or store,
 * and Error where the soak itself broke: its store keeps what was counted.
 */
export async function soak(campaign: Campaign, options: SoakOptions): Promise<SoakDocument> {
  refuseUnknown('soak', options, OPTIONS);
  refuseUnknown('soak', campaign, CAMPAIGN);
  requireUnaborted(options);
  const { store: path, signal = NEVER, onProgress, onEvent } = options;
  if (typeof path !== 'string') throw new UsageError('soak(): needs a store: the path of a file that is made');
  const races = new SoakRaces(chooseGiven);
  const rows = await rowsOfEntries(await entriesOf(campaign), blame, null, races);
  const claimed = claimedStore(campaign, path, rows);
  const { trouble, document } = await runSession(
    { claimed, rows, renew: (row, source) => rowRenewed(row, source, null, races) },
    {
      signal,
      onView: ({ elapsedMs, rows: counts }) => {
        const { trials, failures } = sumOfCounts(counts);
        onProgress?.({ trials, failures, seconds: elapsedMs / 1000 });
      },
      onEvent: (kind, text) => onEvent?.(kind, text),
    },
  );
  if (document === null || trouble !== null) throw new Error(`soak(): ${trouble}`);
  return document;
}

function claimedStore(campaign: Campaign, path: string, rows: readonly SoakRow[]): ClaimedStore {
  const { name = 'soak()', duration, slice = SOAK_MS.slice, proveEvery = SOAK_MS.proveEvery } = campaign;
  const budgetMs = durationOf('duration', duration);
  const pace = { sliceMs: durationOf('slice', slice), proveEveryMs: durationOf('proveEvery', proveEvery) };
  return createStore(path, { name, seed: checkedSeed(campaign), budgetMs, pace }, rows, (store) => {
    if (campaign.classes === true) store.countClasses();
  });
}

async function chooseGiven(target: string, how: HowLoaded = {}): Promise<ChosenRace> {
  const { typed, variant } = splitTarget(target);
  const named = await loadGiven(typed, how);
  return { ...named, typed, variant: variant === undefined ? undefined : variantOf(named.race, variant) };
}

/** Returns the rows as a campaign file has them, held to the same schema. */
async function entriesOf({ name, classes, rows }: Campaign): Promise<readonly CampaignEntry[]> {
  const entries: unknown = Array.isArray(rows) ? await Promise.all(rows.map(entryOf)) : rows;
  const fault = campaignFault({
    ...(name === undefined ? {} : { campaign: name }),
    ...(classes === undefined ? {} : { classes }),
    rows: entries,
  });
  if (fault !== null) throw blame(fault[0], new UsageError(fault[1]));
  return entries as readonly CampaignEntry[];
}

async function entryOf({ race, knobs, ...rest }: CampaignRow): Promise<CampaignEntry> {
  const { typed } = await loadGiven(race);
  if (knobs === undefined) return { race: typed, ...rest };
  const texts = Object.entries(knobs).map(([knob, value]) => [knob, knobText(value)] as const);
  return { race: typed, ...rest, knobs: Object.fromEntries(texts) };
}

/** Blames the field that a program has given: a campaign's name is `campaign` in a file, and `name` here. */
function blame(path: Path, { message }: UsageError): UsageError {
  return new UsageError(`${path[0] === 'campaign' ? 'name' : pathWords(path)}: ${message}`);
}
