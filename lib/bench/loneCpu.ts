/** Boots one CPU by itself, for measuring what its operations cost. Used by operations.ts and sharedMemory.ts. */

import { instanceAt, type Cpu } from '../machine/cpu.js';
import { bootCpu, machineFor } from '../race/bootMachine.js';
import { allocateMemory } from '../sharedarraybuffer-utils/index.js';
import { loadInstructions } from '../harness/host/loadInstructions.js';
import { benchRace } from './benchRace.js';

/** Returns a CPU that works on the first instance of its machine. */
export function bootLone(recording: boolean): Cpu {
  const config = benchRace.configure('buggy', {});
  const map = machineFor(benchRace, config, { cpus: 1, instances: 1, orderTurns: 0 });
  const memory = allocateMemory(map.words);
  const budget = { min: 1, max: 1, parkMsMax: 1 };
  const cpu = bootCpu(benchRace, config, {
    memory,
    instructions: loadInstructions(),
    map,
    id: 0,
    machine: 0,
    budget,
    recording,
    lockdep: false,
    hostStartMs: 0,
  });
  cpu.instance = instanceAt(map, 0);
  return cpu;
}
