/** A store with many hosts and many rows, for the figure of the page. Called by fleet.ts. */

import { randomUUID } from 'node:crypto';
import { loadRace, raceUrl } from '../../harness/host/loadRace.js';
import { workerFacts } from '../../fleet/workerHost.js';
import { SoakRaces } from '../../campaign/races.js';
import { rowsOfEntries } from '../../campaign/rows.js';
import { createStore } from '../../campaign/stores.js';
import { splitTarget } from '../../run/namedRace.js';
import type { SoakRow } from '../../soak/row.js';

const FAILURES = 50;
const WHOLE = {
  end: 'whole',
  harnessError: null,
  hostStalls: 0,
  hostStallMs: 0,
  workersReplaced: 0,
  processorTime: null,
} as const;

/** Makes a store in which every host has run every row once. */
export async function hostsAndRows(path: string, hosts: number, rows: number): Promise<void> {
  const races = new SoakRaces(async (target) => {
    const { typed, variant } = splitTarget(target);
    return { ...(await loadRace(raceUrl(typed)!)), typed, variant };
  });
  const [twin, holds] = await rowsOfEntries(
    [{ race: 'xen-pin', variant: 'pte-lock' }],
    (_, error) => error,
    null,
    races,
  );
  const all = Array.from({ length: rows }, (_, i): SoakRow =>
    i === 0 ? twin : { ...holds, name: `${holds.name} ${i}` },
  );
  const campaign = { name: 'many', seed: 1, budgetMs: 86_400_000, pace: { sliceMs: 60_000, proveEveryMs: 3_600_000 } };
  const [store, session] = createStore(path, campaign, all, (made) => made.fleet.begin(randomUUID()));
  const ids = store.declare(all);
  const facts = workerFacts(null);
  for (let host = 0; host < hosts; host++) {
    const intervals = all.map((row, i) => {
      const failures = row.expected === null ? 0 : FAILURES;
      const outcomes = failures === 0 ? [] : [{ signature: row.expected!, count: failures }];
      const name = `host-${host}`;
      const execution = {
        uuid: randomUUID(),
        job: 'job',
        row: ids[i],
        source: row.source.hash,
        seed: i,
        host: { name, facts },
      };
      const counts = { seconds: 3, trials: 100_000 + host * i, failures, nearMisses: 5, outcomes };
      return { ...counts, execution, number: 0, lengthMs: 3000, rssMb: 90, evidence: [], end: WHOLE };
    });
    store.fleet.deliver(session, (host + 1) * 1000, { evidence: [], intervals });
  }
  store.end(session, 'made', false);
}
