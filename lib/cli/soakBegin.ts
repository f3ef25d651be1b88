/** How a soak is begun, or goes on: everything is planned and checked before its store is written. */

import { SoakDatabase } from '../soak/database.js';
import type { SoakRow } from '../soak/row.js';
import { Store } from '../soak/store.js';
import { formatDuration, parseDuration } from './duration.js';
import { hostFacts } from './hostFacts.js';
import { tell } from './output.js';
import { soakOrder, type SoakFlags } from './soakOptions.js';
import { rowsOfStore } from './soakRows.js';
import { mending } from './soakStore.js';
import { keepTuning, tuningOnResume } from './soakTuning.js';
import { readTuned, type Tuning } from './tuned.js';
import { UsageError } from './usageError.js';
import { version } from './version.js';

/** A soak whose store is this process's to write. */
export interface Begun {
  readonly store: Store;
  readonly session: number;
  readonly rows: readonly SoakRow[];
  readonly tuning: Tuning | null;
}

/** Plans a new campaign. What it returns makes its store, and this process the one that writes to it. */
export async function planCampaign(targets: readonly string[], flags: SoakFlags): Promise<() => Begun> {
  const { name, rows, pace, budgetMs, seed, tuning } = await soakOrder(targets, flags);
  return () => {
    const [store, session] = mending(() => {
      const made = new Store(SoakDatabase.create(flags.store));
      try {
        made.begin({ name, seed, budgetMs, pace });
        keepTuning(made, tuning);
        made.declare(rows);
        return [made, made.claim({ version: version(), host: hostFacts() })] as const;
      } catch (error) {
        made.discard();
        throw error;
      }
    }, flags.store);
    tell(
      `campaign ${name}: ${rows.length} ${rows.length === 1 ? 'row' : 'rows'} for ${formatDuration(budgetMs)}, ` +
        `slices of up to ${formatDuration(pace.sliceMs)}, store ${flags.store}, seed ${seed}`,
    );
    return { store, session, rows, tuning };
  };
}

/** Plans how the campaign of a store goes on. What it returns makes this process the one that writes to it. */
export async function planResumption(targets: readonly string[], flags: SoakFlags): Promise<() => Begun> {
  const { campaign, cpus, knob = [] } = flags;
  if (targets.length > 0 || campaign !== undefined || cpus !== undefined || knob.length > 0) {
    throw new UsageError('--resume: goes on with the campaign in the store; give no races, conditions or --campaign');
  }
  const budgetMs = flags.duration === undefined ? null : parseDuration(flags.duration, '--duration');
  const given = flags.tuned === undefined ? null : readTuned(flags);
  const store = mending(() => new Store(SoakDatabase.open(flags.store)), flags.store);
  try {
    const tuning = tuningOnResume(store, given, flags.anyHost === true);
    const rows = await rowsOfStore(store.totals(), tuning.kept);
    return () => goOn(store, { budgetMs, given, tuning, rows });
  } catch (error) {
    store.release();
    throw error;
  }
}

interface Resumption {
  /** Another budget than the campaign had; null for the same. */
  readonly budgetMs: number | null;
  /** The settings that were given now; null if those of the store are used. */
  readonly given: Tuning | null;
  readonly tuning: ReturnType<typeof tuningOnResume>;
  readonly rows: readonly SoakRow[];
}

function goOn(store: Store, { budgetMs, given, tuning, rows }: Resumption): Begun {
  const session = mending(() => {
    try {
      return store.claim({ version: version(), host: hostFacts() });
    } catch (error) {
      store.release();
      throw error;
    }
  }, store.path);
  if (budgetMs !== null) store.setBudget(budgetMs);
  keepTuning(store, given);
  const { name, elapsedMs, budgetMs: budget } = store.campaign();
  tell(`campaign ${name}: goes on at ${formatDuration(elapsedMs)} of ${formatDuration(budget)}`);
  if (tuning.note !== null) {
    store.event('tuned', tuning.note);
    tell(`tuned: ${tuning.note}; --any-host takes them all the same`);
  }
  return { store, session, rows, tuning: tuning.kept };
}
