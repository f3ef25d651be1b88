/** Derives the orders that migrations of tasks between CPUs prove. Called by recordedTrace.ts. */

import { isTaken, offeredCpu } from '../machine/migration.js';
import type { Access, Edge, Place } from './interleaving/trace.js';

/**
 * Returns the orders that migrations prove. A task that migrates continues its records on the other CPU: the first of them
 * follows the taking of the offer, which is recorded on the CPU that the task has left.
 */
export function migrationEdges(cpus: readonly (readonly Access[])[], isOffer: (address: number) => boolean): Edge[] {
  const offers = new Map<number, Place[]>();
  const takings: { place: Place; word: number }[] = [];
  for (const [cpu, accesses] of cpus.entries()) {
    for (const [index, { address, before, after }] of accesses.entries()) {
      if (before === after || !isOffer(address)) continue;
      const place = { cpu, index };
      if (before === 0) {
        const next = accesses.find((one, i) => i > index && one.address === address && one.before !== one.after);
        if (next?.before === after && next.after === 0) continue;
        offers.set(after, [...(offers.get(after) ?? []), place]);
      } else if (after !== 0 && !isTaken(before) && isTaken(after)) takings.push({ place, word: before });
    }
  }
  return takings.flatMap(({ place, word }) => {
    const made = offers.get(word)?.shift();
    if (made === undefined || made.cpu !== offeredCpu(word)) return [];
    // Behind the offer may come a look at it.
    const { address } = cpus[made.cpu][made.index];
    const first = cpus[made.cpu].findIndex((access, index) => index > made.index && access.address !== address);
    return first < 0 ? [] : [{ from: place, to: { cpu: made.cpu, index: first } }];
  });
}
