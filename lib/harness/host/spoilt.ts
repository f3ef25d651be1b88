/**
 * Decides whether the memory of the machines can still be believed. Called on the host by run.ts and
 * lib/harness/watch/supervise.ts.
 */

import { RaceFault } from '../../race/raceFault.js';
import { wrongCounts } from './countsCheck.js';
import type { HostMachine } from './machine.js';
import type { Plan } from '../plan.js';
import { strayWords } from '../strayStores.js';

/**
 * Returns why nothing in the memory of these machines can be believed: the race has stored over words that are not its
 * own, or over the counts. Null if nothing says so. Called by the host while the CPUs run, behind each reading of the
 * counts (supervise.ts), and once when they are at rest (run.ts). `isWhole`: the CPUs have finished the run, so that
 * all is counted.
 */
export function spoiltBy(plan: Plan, machines: readonly HostMachine[], isWhole: boolean): RaceFault | null {
  for (const { mem, map, index } of machines) {
    const stray = strayWords(mem, map);
    if (stray !== null)
      return new RaceFault(
        `race ${plan.race}: stored outside of its instance: ${stray} (machine ${index}). An actor, a handler, recover() or reset() ` +
          'did that by the memory itself, as in cpu.mem[...]: nothing that was counted can be believed',
      );
  }
  const wrong = wrongCounts(plan, machines, isWhole);
  return wrong === null ? null : new RaceFault(`race ${plan.race}: ${wrong}`);
}
