/** A store in a folder of its own, and rows of the built-in races. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { chooseRace } from '../../lib/cli/chooseRace.js';
import { SoakRaces } from '../../lib/campaign/races.js';
import { rowsOfEntries } from '../../lib/campaign/rows.js';
import { SoakDatabase } from '../../lib/soak/database.js';
import type { Execution } from '../../lib/soak/fleetRecords.js';
import type { SoakRow } from '../../lib/soak/row.js';
import { Store } from '../../lib/soak/store.js';

/** How a slice ends that ran as it should. */
export { WHOLE } from '../../lib/bench/madeRows.js';

export const PACE = { sliceMs: 30_000, proveEveryMs: 3_600_000 };

export const HOST = {
  version: '0.1.0',
  host: { node: 'v20.20.0', platform: 'linux', arch: 'x64', cores: 2, cpuModel: 'any', loadavg: [0, 0, 0] },
};

export function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'racehammer-soak-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** The races of all tests in this thread: it reads the files that their threads would load, which takes longer than most tests. */
export const RACES = new SoakRaces(chooseRace);

/** Two rows: one that should hold, one that should fail. */
export async function twoRows(): Promise<SoakRow[]> {
  const entries = [
    { race: 'xen-pin', variant: 'pte-lock' },
    { race: 'pgd-lock', variant: 'buggy' },
  ];
  const rows = await rowsOfEntries(entries, (_, error) => error, null, RACES);
  // The first one comes with its twin.
  return rows.slice(1);
}

/** What an interval may have counted. */
export const DELTA = {
  seconds: 1,
  trials: 100,
  failures: 3,
  nearMisses: 7,
  outcomes: [
    { signature: 'deadlock', count: 2 },
    { signature: 'oops', count: 1 },
  ],
};

export function newStore(path: string, budgetMs = 60_000, name = 'test'): Store {
  const store = new Store(SoakDatabase.create(path));
  store.begin({ name, seed: 1, budgetMs, pace: PACE });
  return store;
}

/** What a worker says of an execution; anything may be given. */
export function madeUpExecution(given: Partial<Execution> & Pick<Execution, 'row' | 'source'>): Execution {
  const facts = {
    version: '0.1.0',
    node: 'v20.20.0',
    v8: '11.3',
    platform: 'linux',
    kernel: '6.1.0',
    arch: 'x64',
    cpuModel: 'any',
    cores: 2,
    memoryMb: 4096,
  };
  return { uuid: '00000000-0000-4000-8000-000000000001', job: 'job', seed: 7, host: { name: 'a', facts }, ...given };
}
