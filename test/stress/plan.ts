/** Plans of short runs for tests, and the runs themselves. */
import type { LoadedRace } from '../../lib/harness/host/loadRace.js';
import { makePlan } from '../../lib/harness/makePlan.js';
import type { Plan, Sync } from '../../lib/harness/plan.js';
import type { Knobs } from '../../lib/race/expectation.js';
import type { MemoryModel } from '../../lib/race/settings.js';

export interface Short {
  readonly variant: string;
  readonly knobs?: Knobs;
  readonly trials: number;
  readonly cpus?: number;
  readonly seed?: number;
  readonly stopOnFirst?: boolean;
  readonly sync?: Sync;
  readonly memory?: MemoryModel;
}

/** One machine, whose CPUs meet before each trial unless it is said otherwise. */
export function planOf(loaded: LoadedRace, short: Short): Plan {
  return makePlan(loaded, short);
}
