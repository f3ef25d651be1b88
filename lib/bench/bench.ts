/** The list of all parts of the bench, and the loop over them. Called by lib/cli/bench/bench.ts. */

import type { BenchOptions, Figure } from './figure.js';
import { measureAgainst } from './against.js';
import { measureClaims } from './claims.js';
import { measureEvidence } from './evidence.js';
import { measureExplore } from './explore.js';
import { measureGates } from './gates.js';
import { measureHostile } from './hostile.js';
import { measureLitmus } from './litmus.js';
import { measureLockdep } from './lockdep.js';
import { measureLocks } from './locks.js';
import { measureMemory } from './memory.js';
import { measureMutants } from './mutants.js';
import { measureOperations } from './operations.js';
import { measureOversubscription } from './oversubscription.js';
import { measureProcess } from './process.js';
import { measureReport } from './report.js';
import { measureXenPin } from './race.js';
import { measureRounds } from './rounds.js';
import { measureRows } from './rows.js';
import { measureSharedMemory } from './sharedMemory.js';
import { measureShootdowns } from './shootdowns.js';
import { measureSoak } from './soak.js';
import { measureTune } from './tune.js';
import { measureVerify } from './verify.js';
import { measureWatchdog } from './watchdog.js';
import { measureWordWaits } from './wordWaits.js';

/** The parts by name, in the order in which they run. */
export const PARTS: Readonly<Record<string, (options: BenchOptions) => Promise<Figure[]>>> = {
  op: measureOperations,
  process: measureProcess,
  report: measureReport,
  gate: measureGates,
  rounds: measureRounds,
  shootdowns: measureShootdowns,
  locks: measureLocks,
  'xen-pin': measureXenPin,
  rows: measureRows,
  oversubscription: measureOversubscription,
  claims: measureClaims,
  litmus: measureLitmus,
  lockdep: measureLockdep,
  memory: measureMemory,
  verify: measureVerify,
  explore: measureExplore,
  mutants: measureMutants,
  waits: measureWordWaits,
  js: measureSharedMemory,
  watchdog: measureWatchdog,
  hostile: async (options) => await measureHostile(options),
  evidence: measureEvidence,
  soak: measureSoak,
  fleet: async (options) => await (await import('./fleet/fleet.js')).measureFleet(options),
  page: async (options) => await (await import('./page/page.js')).measurePage(options),
  tune: measureTune,
  against: measureAgainst,
};

/** Measures the named parts; passes the figures of each part on at its end. */
export async function runBench(
  parts: readonly string[],
  options: BenchOptions,
  onPartEnd: (part: string, figures: readonly Figure[]) => void,
): Promise<void> {
  for (const part of parts) {
    const figures = await PARTS[part](options);
    onPartEnd(
      part,
      figures.map((figure) => ({ ...figure, part })),
    );
  }
}
