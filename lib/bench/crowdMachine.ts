/** The machine and the words of a crowd. Used by crowd.ts and its threads. */

import { machineFor } from '../race/bootMachine.js';
import type { MachineMap } from '../machine/map.js';
// The one per-CPU variable that a crowd uses: its area must be large enough.
import '../mm/tlb.js';
import { benchRace } from './benchRace.js';

/** Words of the instance, each on a line of its own; only the last owner is beside the lock. */
export const LAST_MEETING = 0;
export const CPU_VM_MASK = 16;
export const LOOKED_AT = 32;
export const LOCK = 48;
export const LAST_OWNER = 49;
export const QUESTION = 64;
export const ANSWER = 80;
/** 1 when all threads are on their cores. */
export const SETTLED = 96;

/** Returns the map of a crowd's machine. Threads get it from here, since theirs could differ by what the main thread has imported. */
export function crowdMachine(cpus: number): MachineMap {
  return machineFor(benchRace, null, { cpus, instances: 1, orderTurns: 0 });
}
