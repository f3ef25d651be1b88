/** Derives the orders that migrations of tasks between CPUs prove. Called by recordedTrace.ts. */

import { isTaken, offeredCpu } from '../machine/migration.js';
import type { Access, Edge, Place } from './interleaving/trace.js';

/**
 * Returns the orders that migrations prove. A task that migrates continues its records on the other CPU: the first of them
 * follows the taking of the offer, which is recorded on the CPU that the task has left.
 */
export function migrationEdges(cpus: readonly (readonly Access[])[], offer: number): Edge[] {
  const offers = new Map<number, Place[]>();
  const takings: { place: Place; word: number }[] = [];
  for (const [cpu, accesses] of cpus.entries()) {
    for (const [index, { address, before, after }] of accesses.entries()) {
      if (address !== offer || before === after) continue;
      const place = { cpu, index };
      if (before === 0) {
        const withdrawn = accesses[index + 1];
        if (withdrawn?.address === offer && withdrawn.before === after && withdrawn.after === 0) continue;
        offers.set(after, [...(offers.get(after) ?? []), place]);
      } else if (after !== 0 && !isTaken(before) && isTaken(after)) takings.push({ place, word: before });
    }
  }
  return takings.flatMap(({ place, word }) => {
    const made = offers.get(word)?.shift();
    if (made === undefined || made.cpu !== offeredCpu(word) || made.index + 1 >= cpus[made.cpu].length) return [];
    return [{ from: place, to: { cpu: made.cpu, index: made.index + 1 } }];
  });
}
