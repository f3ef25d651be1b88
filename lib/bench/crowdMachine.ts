import { machineFor } from '../race/bootMachine.js';
import type { MachineMap } from '../machine/map.js';
// The one per-CPU variable that a crowd uses: its area must be large enough.
import '../mm/tlb.js';
import { benchRace } from './benchRace.js';

/** Words of the instance, each on a line of its own; but who had the lock last stands beside it. */
export const LAST_MEETING = 0;
export const CPU_VM_MASK = 16;
export const LOOKED_AT = 32;
export const LOCK = 48;
export const LAST_OWNER = 49;
export const QUESTION = 64;
export const ANSWER = 80;
/** 1 when the threads run where they will. */
export const SETTLED = 96;

/** The machine of a crowd. Its threads are told the map: theirs might be another, by what the host has imported beside. */
export function crowdMachine(cpus: number): MachineMap {
  return machineFor(benchRace, null, { cpus, instances: 1, orderTurns: 0 });
}
