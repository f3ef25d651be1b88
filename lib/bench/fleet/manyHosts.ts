/** A store with many hosts and many rows, for the figure of the page. Called by fleet.ts. */

import { randomUUID } from 'node:crypto';
import { workerFacts } from '../../fleet/workerHost.js';
import { createStore } from '../../campaign/stores.js';
import { MADE_BUDGET_MS, MADE_PACE, WHOLE, madeRows } from '../madeRows.js';

const FAILURES = 50;
/** Makes a store in which every host has run every row once. */
export async function hostsAndRows(path: string, hosts: number, rows: number): Promise<void> {
  const all = await madeRows(rows);
  const campaign = { name: 'many', seed: 1, budgetMs: MADE_BUDGET_MS, pace: MADE_PACE };
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
