/** Begins or resumes a soak: everything is planned and checked before its store is written. Called by soak.ts. */

import { resolve } from 'node:path';
import type { RowTotals } from '../../report/soak/document.js';
import { codeWords } from '../../report/soak/rowNames.js';
import type { Renew } from '../../soak/codeWatch.js';
import { SoakDatabase } from '../../soak/database.js';
import { keyOf, type SoakRow } from '../../soak/row.js';
import { Store } from '../../soak/store.js';
import { formatDuration } from '../../run/duration.js';
import { tell } from '../output.js';
import type { SoakFlags } from './options.js';
import { soakRequest } from './checkedFlags.js';
import { SoakRaces } from '../../campaign/races.js';
import { rowRenewed, rowsOfStore } from '../../campaign/rows.js';
import type { Session } from '../../campaign/session.js';
import { claimStore, createStore, mending } from '../../campaign/stores.js';
import { keepTuning, tuningOnResume } from './tuning.js';
import { needsTrust } from '../../run/evidence/trustedCode.js';
import { readTuned, rowTunerOf, type Tuning } from '../tuned.js';
import { chooseRace } from '../chooseRace.js';
import { UsageError, quoted } from '../../run/usageError.js';

/** A soak whose store is this process's to write. */
export interface Begun extends Session {
  readonly tuning: Tuning | null;
}

/** Plans a new campaign. What it returns makes its store, and this process the one that writes to it. */
export async function planCampaign(targets: readonly string[], flags: SoakFlags): Promise<() => Begun> {
  const races = new SoakRaces(chooseRace);
  const { name, rows, pace, budgetMs, seed, tuning, classes } = await soakRequest(targets, flags, races);
  return () => {
    const claimed = createStore(flags.store, { name, seed, budgetMs, pace }, rows, (store) => {
      keepTuning(store, tuning);
      if (classes) store.countClasses();
    });
    tell(
      `campaign ${name}: ${rows.length} ${rows.length === 1 ? 'row' : 'rows'} for ${formatDuration(budgetMs)}, ` +
        `slices of up to ${formatDuration(pace.sliceMs)}, store ${flags.store}, seed ${seed}`,
    );
    return { claimed, rows, tuning, renew: (row, source) => rowRenewed(row, source, rowTunerOf(tuning), races) };
  };
}

/** Plans how a campaign is resumed. What it returns makes this process the one that writes to the store. */
export async function planResumption(targets: readonly string[], flags: SoakFlags): Promise<() => Begun> {
  const { campaign, cpus, knob, instrument } = flags;
  if (targets.length > 0 || campaign !== undefined || cpus !== undefined || knob.length > 0 || instrument) {
    throw new UsageError('--resume: continues the campaign in the store; give no races, conditions or --campaign');
  }
  const budgetMs = flags.duration ?? null;
  const given = flags.tuned === undefined ? null : readTuned(flags);
  const races = new SoakRaces(chooseRace);
  const store = mending(() => new Store(SoakDatabase.open(flags.store)), flags.store);
  try {
    if (store.fleet.id() !== null) {
      throw new UsageError(`store ${quoted(flags.store)}: is the store of a fleet, which fleet hub --resume continues`);
    }
    const tuning = tuningOnResume(store, given, flags.anyHost);
    const totals = store.totals();
    requireTrustOf(totals, flags);
    const rows = await rowsOfStore(totals, rowTunerOf(tuning.kept), races);
    const renew: Renew = (row, source) => rowRenewed(row, source, rowTunerOf(tuning.kept), races);
    return () => goOn(store, { budgetMs, given, tuning, classes: flags.classes, rows, renew });
  } catch (error) {
    store.release();
    throw error;
  }
}

/** Says which files of code the store would have loaded, before any is. Throws UsageError unless they may be. */
export function requireTrustOf(
  totals: readonly RowTotals[],
  { store, trustCode }: Pick<SoakFlags, 'store' | 'trustCode'>,
): void {
  const named = [...new Set(totals.map(({ typed }) => typed))].filter(needsTrust);
  if (named.length === 0) return;
  const files = named.map((typed) => quoted(resolve(typed), Infinity)).join(', ');
  if (!trustCode) {
    const those = named.length === 1 ? 'that file' : 'those files';
    throw new UsageError(`store ${quoted(store)}: would load and run ${files}: add --trust-code if you trust ${those}`);
  }
  tell(`loads and runs ${files}`);
}

interface Resumption {
  /** Another budget than the campaign had; null for the same. */
  readonly budgetMs: number | null;
  /** The settings that were given now; null if those of the store are used. */
  readonly given: Tuning | null;
  readonly tuning: ReturnType<typeof tuningOnResume>;
  /** Whether classes are counted from now on; where they are already, they still are. */
  readonly classes: boolean;
  readonly rows: readonly SoakRow[];
  readonly renew: Renew;
}

function goOn(store: Store, { budgetMs, given, tuning, classes, rows, renew }: Resumption): Begun {
  const session = claimStore(store);
  if (budgetMs !== null) store.setBudget(budgetMs);
  keepTuning(store, given);
  if (classes) store.countClasses();
  const { name, elapsedMs, budgetMs: budget } = store.campaign();
  tell(`campaign ${name}: continues at ${formatDuration(elapsedMs)} of ${formatDuration(budget)}`);
  const note = (kind: string, text: string, hint = ''): void => {
    store.event(kind, text);
    tell(`${kind}: ${text}${hint}`);
  };
  if (tuning.note !== null) note('tuned', tuning.note, '; --any-host takes them all the same');
  for (const text of otherCode(rows, store.totals())) note('code', text);
  return { claimed: [store, session], rows, tuning: tuning.kept, renew };
}

/** Returns a line for each row whose code has changed. */
export function otherCode(rows: readonly SoakRow[], totals: readonly RowTotals[]): string[] {
  return rows.flatMap((row) => {
    const alike = totals.filter(({ key }) => key === keyOf(row));
    if (alike.length === 0 || alike.some(({ source }) => source === row.source.hash)) return [];
    const before = alike.at(-1)?.source ?? null;
    const what = before === null ? 'nobody knows which code it ran before' : `it has run ${codeWords(before)} before`;
    return [`${row.race.name}, ${row.name}: ${what}: it continues as a separate row (${codeWords(row.source.hash)})`];
  });
}
