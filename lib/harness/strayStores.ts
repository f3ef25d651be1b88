/**
 * Describes where a race has stored outside of its instance. Called on the host by spoilt.ts, and by rounds.ts on a
 * CPU's thread after the first reset.
 */

import { findStray } from '../machine/canary.js';
import type { MachineMap } from '../machine/map.js';
import { RaceFault } from '../race/raceFault.js';

/** Throws RaceFault if `reset` has stored outside of the instances. Before any actor has run: nobody else can have. */
export function checkReset(race: string, mem: Int32Array, map: MachineMap): void {
  const stray = strayWords(mem, map);
  if (stray !== null) throw new RaceFault(`race ${race}: reset() stored outside of its instance: ${stray}`);
}

/** Returns where the race has stored outside of its instance, and what; null if no canary word has changed. */
export function strayWords(mem: Int32Array, map: MachineMap): string | null {
  const stray = findStray(mem, map);
  if (stray === undefined) return null;
  return `${stray.place}, was ${hex(stray.expected)} and is ${hex(stray.found)}`;
}

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}
