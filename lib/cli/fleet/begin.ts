/** Begins or resumes the campaign of a fleet: everything is planned and checked before its store is written. Called by hub.ts. */

import { randomUUID } from 'node:crypto';
import { isInstrumented } from '../../instrument/marked.js';
import { SLICE_MS } from '../../fleet/messages.js';
import type { CampaignTuning } from '../../fleet/tunings.js';
import { SoakDatabase } from '../../soak/database.js';
import type { SoakRow } from '../../soak/row.js';
import { Store } from '../../soak/store.js';
import { FLEET_SLICE_MS, SOAK_MS } from '../../run/defaults.js';
import { formatDuration } from '../../run/duration.js';
import { UsageError, quoted } from '../../run/usageError.js';
import { SoakRaces } from '../../campaign/races.js';
import { rowsOfStore } from '../../campaign/rows.js';
import { claimStore, createStore, mending, type ClaimedStore } from '../../campaign/stores.js';
import { chooseRace } from '../chooseRace.js';
import { tell } from '../output.js';
import { otherCode, requireTrustOf } from '../soak/begin.js';
import { soakRequest } from '../soak/checkedFlags.js';
import type { HubFlags } from './options.js';
import { NO_TUNINGS, campaignTunings, keepTunings, readTunings, tuningLines, tuningsOf } from './tuning.js';

/** A campaign whose store is this process's to write. */
export interface BegunFleet {
  readonly claimed: ClaimedStore;
  readonly rows: readonly SoakRow[];
  readonly tunings: readonly CampaignTuning[];
}

/** Makes a new campaign, or continues the one in the store. Throws UsageError. */
export async function beginFleet(targets: readonly string[], flags: HubFlags): Promise<BegunFleet> {
  return flags.resume ? await resumeFleet(targets, flags) : await newFleet(targets, flags);
}

async function newFleet(targets: readonly string[], flags: HubFlags): Promise<BegunFleet> {
  const races = new SoakRaces(chooseRace);
  const given = readTunings(flags);
  const asked = { ...flags, tuned: undefined, anyHost: false, instrument: false };
  const usualMs = { ...SOAK_MS, slice: FLEET_SLICE_MS };
  const { name, rows, pace, budgetMs, seed, classes } = await soakRequest(targets, asked, races, usualMs);
  if (rows.some(({ plan }) => isInstrumented(plan.raceUrl)))
    throw new UsageError(
      `--campaign ${quoted(flags.campaign ?? '')}: instrument: a fleet does not instrument; soak does on one host`,
    );
  if (pace.sliceMs < SLICE_MS.min || pace.sliceMs > SLICE_MS.max) {
    const [min, max] = [SLICE_MS.min, SLICE_MS.max].map(formatDuration);
    throw new UsageError(`slice ${formatDuration(pace.sliceMs)}: must be from ${min} to ${max} in a fleet`);
  }
  const tunings = campaignTunings(given ?? NO_TUNINGS, rows);
  const claimed = createStore(flags.store, { name, seed, budgetMs, pace }, rows, (store) => {
    store.fleet.begin(randomUUID());
    keepTunings(store, given);
    if (classes) store.countClasses();
  });
  tell(
    `campaign ${name}: ${rows.length} ${rows.length === 1 ? 'row' : 'rows'} for ${formatDuration(budgetMs)}, ` +
      `slices of ${formatDuration(pace.sliceMs)}, store ${flags.store}, seed ${seed}`,
  );
  tell(tuningLines(tunings));
  return { claimed, rows, tunings };
}

async function resumeFleet(targets: readonly string[], flags: HubFlags): Promise<BegunFleet> {
  const { campaign, cpus, knob } = flags;
  if (targets.length > 0 || campaign !== undefined || cpus !== undefined || knob.length > 0) {
    throw new UsageError('--resume: continues the campaign in the store; give no races, conditions or --campaign');
  }
  const given = readTunings(flags);
  const store = mending(() => new Store(SoakDatabase.open(flags.store)), flags.store);
  let rows: readonly SoakRow[];
  let tunings: readonly CampaignTuning[];
  try {
    if (store.fleet.id() === null) {
      throw new UsageError(`store ${quoted(flags.store)}: is of one machine, which soak --resume continues`);
    }
    const totals = store.totals();
    requireTrustOf(totals, flags);
    rows = await rowsOfStore(totals, null, new SoakRaces(chooseRace));
    tunings = campaignTunings(given ?? tuningsOf(store), rows);
  } catch (error) {
    store.release();
    throw error;
  }
  const session = claimStore(store);
  if (flags.duration !== undefined) store.setBudget(flags.duration);
  keepTunings(store, given);
  if (flags.classes) store.countClasses();
  const { name, elapsedMs, budgetMs } = store.campaign();
  tell(`campaign ${name}: continues at ${formatDuration(elapsedMs)} of ${formatDuration(budgetMs)}`);
  for (const text of otherCode(rows, store.totals())) {
    store.event('code', text);
    tell(`code: ${text}`);
  }
  tell(tuningLines(tunings));
  return { claimed: [store, session], rows, tunings };
}
