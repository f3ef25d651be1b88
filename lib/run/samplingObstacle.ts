/** Says of which runs trials can be sampled. Asked where a run is requested, and by those that count classes of orders. */

import type { Plan } from '../harness/plan.js';
import type { Race } from '../race/race.js';

/** A sample is kept behind one trial, and counted behind the next. */
const ROUND_MIN = 3;

type Conditions = Pick<Plan, 'sync' | 'recording' | 'round'>;

/** Returns why trials of a plan are not sampled, in words; null if they are. */
export function samplingObstacle(race: Race, { sync, recording, round }: Conditions): string | null {
  if (race.kind === 'litmus') return 'its threads sweep the memory of the host, and have no states';
  if (sync !== 'rendezvous') return `--sync ${sync}: trials begin when others have not ended`;
  if (!recording) return '--no-record: nothing says what was read';
  return round < ROUND_MIN ? `--round ${round}: rounds of ${ROUND_MIN} trials or more are needed` : null;
}

/** Whether trials of a plan can be shown in an order: they are sampled, no task is without a CPU, and no actor is awaited. */
export function isSampled(race: Race, plan: Conditions & Pick<Plan, 'cpus' | 'places'>): boolean {
  const isAwaited = race.kind === 'actors' && race.own?.isAwaited === true;
  return samplingObstacle(race, plan) === null && plan.places === plan.cpus && !isAwaited;
}
