import type { BenchOptions, Figure } from './figure.js';
import { measureAgainst } from './against.js';
import { measureClaims } from './claims.js';
import { measureEvidence } from './evidence.js';
import { measureGates } from './gates.js';
import { measureHostile } from './hostile.js';
import { measureLitmus } from './litmus.js';
import { measureLockdep } from './lockdep.js';
import { measureLocks } from './locks.js';
import { measureMutants } from './mutants.js';
import { measureOperations } from './operations.js';
import { measureOversubscription } from './oversubscription.js';
import { measureProcess } from './process.js';
import { measureReport } from './report.js';
import { measureXenPin } from './race.js';
import { measureRounds } from './rounds.js';
import { measureRows } from './rows.js';
import { measureShootdowns } from './shootdowns.js';
import { measureSoak } from './soak.js';
import { measureTune } from './tune.js';
import { measureVerify } from './verify.js';
import { measureWatchdog } from './watchdog.js';

/** The parts of the bench by name, in the order in which they run. */
export const PARTS: Readonly<Record<string, (options: BenchOptions) => Figure[] | Promise<Figure[]>>> = {
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
  verify: measureVerify,
  mutants: measureMutants,
  watchdog: measureWatchdog,
  hostile: async (options) => await measureHostile(options),
  evidence: measureEvidence,
  soak: measureSoak,
  tune: measureTune,
  against: measureAgainst,
};

/** Measures the named parts, or all of them. */
export async function runBench(parts: readonly string[], options: BenchOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const part of parts) figures.push(...(await PARTS[part](options)).map((figure) => ({ ...figure, part })));
  return figures;
}
