/**
 * What `import … from 'racehammer/lockstep'` gives: one trial of a race, taken forward access by access, for tests of one
 * interleaving. Loaded by tests, not by the threads of a run.
 *
 *     const run = await lockstep(race, { variant: 'buggy' });
 *     await run.step(0);
 *     await run.runUntil(1, 'end');
 *     const { signature } = await run.finish();
 */

export { lockstep, replayLockstep, type LockstepOptions } from './api/lockstep.js';
export {
  DEFAULT_TURNS,
  LockstepRun,
  type LockstepOutcome,
  type LockstepSetup,
  type Until,
} from './harness/replay/lockstepRun.js';
export type { LoadedRace } from './harness/host/loadRace.js';
export type { CpuSnapshot, Snapshot } from './machine/snapshotView.js';
export type { AnyRace, RaceGiven } from './api/options.js';
export { UsageError } from './run/usageError.js';
