/** Rows of stores that are made and not hammered, for figures of pages. Called by page/manyRows.ts and fleet/manyHosts.ts. */

import { SoakRaces } from '../campaign/races.js';
import { rowsOfEntries } from '../campaign/rows.js';
import { loadRace, raceUrl } from '../harness/host/loadRace.js';
import { splitTarget } from '../run/namedRace.js';
import type { SoakRow } from '../soak/row.js';
import type { SliceEnd } from '../soak/writes.js';

/** How such a slice ends. */
export const WHOLE: SliceEnd = {
  end: 'whole',
  harnessError: null,
  hostStalls: 0,
  hostStallMs: 0,
  workersReplaced: 0,
  processorTime: null,
};

export const MADE_PACE = { sliceMs: 60_000, proveEveryMs: 3_600_000 } as const;
export const MADE_BUDGET_MS = 86_400_000;

/** Returns so many rows: a twin that should fail, and one that should hold under so many names. */
export async function madeRows(count: number): Promise<SoakRow[]> {
  const races = new SoakRaces(async (target) => {
    const { typed, variant } = splitTarget(target);
    return { ...(await loadRace(raceUrl(typed)!)), typed, variant };
  });
  const entries = [{ race: 'xen-pin', variant: 'pte-lock' }];
  const [twin, holds] = await rowsOfEntries(entries, (_, error) => error, null, races);
  return Array.from({ length: count }, (_, i): SoakRow => {
    return i === 0 ? twin : { ...holds, name: `${holds.name}, number ${i} of the rows` };
  });
}
