/** Finds the order by which a failure comes soonest, from all states: where a search for settings begins. Called by the `tune` command. */

import { exploreStates, type ExploreLimits } from '../../explore/explore.js';
import { ExploreRefusal } from '../../explore/trees/refusal.js';
import { CpuPool, WorkerFailure } from '../../harness/host/pool.js';
import type { Plan } from '../../harness/plan.js';
import { expectedOutcome } from '../../race/expectation.js';
import { placesOf } from '../../race/tasks.js';
import { requireActors } from '../../race/kinds.js';
import { explainOrder } from './explainOrder.js';
import { ON_HOST } from '../explore.js';
import type { NamedRace } from '../namedRace.js';
import type { OrderWanted } from './order.js';
import { recordWitness } from '../evidence/witness.js';

/** A search for settings waits for this one: what takes longer is left. */
const LIMITS: ExploreLimits = { states: 200_000, bytes: 200_000_000, accesses: 300, interrupts: 1 };

/** Returns the shortest order of the failure that is expected of a plan; why there is none. */
export async function graphOrder(
  named: NamedRace,
  plan: Pick<Plan, 'variant' | 'knobs' | 'cpus' | 'memory'>,
  signal: AbortSignal,
): Promise<OrderWanted | { readonly reason: string }> {
  const race = requireActors(named.race);
  const { variant, knobs, cpus, memory } = plan;
  const fails = expectedOutcome(race, variant, knobs, memory);
  if (fails === null) return { reason: 'it is expected to hold' };
  const pool = new CpuPool(placesOf(race, cpus));
  try {
    const exploration = await exploreStates({ race, variant, knobs, cpus, memory }, LIMITS, { signal, ...ON_HOST });
    const witness = exploration.witnesses.find(({ signature }) => signature === fails);
    if (witness === undefined) return { reason: `no order that fails as ${fails} was found` };
    const recorded = await recordWitness(named, plan, exploration, witness, pool);
    return 'reason' in recorded ? recorded : explainOrder(recorded);
  } catch (error) {
    if (error instanceof ExploreRefusal || error instanceof WorkerFailure)
      return { reason: error.message.split('\n')[0] };
    throw error;
  } finally {
    await pool.destroy();
  }
}
