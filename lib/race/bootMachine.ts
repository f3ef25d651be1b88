/**
 * Makes the machine of a race: its memory map, and a Cpu for each thread. Called on each CPU's thread by
 * lib/harness/cpu/cpuMain.ts, and on the host by lib/harness/host/machine.ts.
 */

import { linkPerCpuAreas, perCpuName } from '../kernel/percpu.js';
import { Cpu } from '../machine/cpu.js';
import { linkInstructions } from '../machine/instructions.js';
import { takeInterrupts } from '../machine/irq.js';
import { refuse } from '../machine/reach.js';
import type { MemoryModel } from '../machine/memoryModel.js';
import { lookForLoop } from '../machine/lookForLoop.js';
import { readAgain } from '../machine/readAgain.js';
import { wakeSleepersAt } from '../machine/wordBell.js';
import { instancesThatFit, mapMachine, type MachineMap, type MachineShape } from '../machine/map.js';
import { signaturesOf } from '../machine/signatures.js';
import { type SpinBudget, type SharedMemory, type CompiledModule } from '../sharedarraybuffer-utils/index.js';
import type { Race } from './race.js';
import { allowedCpus } from './tasks.js';
import { wordsThatFit } from './guardedRace.js';
import { partsOf } from './kinds.js';
import { outcomesOf, sweepWords } from './litmus.js';

export { ownPerCpuLeft, ownPerCpuWords, reservePerCpuWords, type OwnPerCpuWords } from '../kernel/percpu.js';

/** What the machine needs to know of a run. */
export interface MachineNeeds {
  /** Its CPUs, and the places of tasks that have none. */
  readonly cpus: number;
  /** How many of them are CPUs; all if absent. */
  readonly processors?: number;
  /** Instances wanted in a round; fewer if they do not fit. */
  readonly instances: number;
  readonly orderTurns: number;
  /** Failed trials whose records can wait for the host; none if absent. */
  readonly captureSlots?: number;
  /** Words of settings that can change while it runs; none if absent. */
  readonly settingsWords?: number;
  /** Whether its trials are sampled. */
  readonly samples?: boolean;
}

/** Returns the memory map of a machine for a race; the same in every thread that has imported the race. */
export function machineFor<C>(race: Race<C>, config: C, needs: MachineNeeds): MachineMap {
  return mapMachine({
    ...memoryOf(race, config, needs),
    cpus: needs.cpus,
    processors: needs.processors ?? needs.cpus,
    percpuWords: linkPerCpuAreas(),
    ringEntries: ringEntriesOf(needs.cpus),
    signatures: signaturesOf(Object.keys(race.signatures)).length,
    orderTurns: needs.orderTurns,
    captureSlots: needs.captureSlots ?? 0,
    settingsWords: needs.settingsWords ?? 0,
    samples: needs.samples ?? false,
  });
}

/** Returns what the trials of a race work on: instances, or the words of a litmus test beside the one instance that a machine has. */
function memoryOf<C>(
  race: Race<C>,
  config: C,
  { cpus, instances }: MachineNeeds,
): Pick<MachineShape, 'instanceWords' | 'instances'> & Partial<Pick<MachineShape, 'outcomes' | 'sweepWords'>> {
  if (race.kind === 'litmus')
    return { instanceWords: 1, instances: 1, outcomes: outcomesOf(race.test), sweepWords: sweepWords(race.test) };
  const instanceWords = wordsThatFit(race.name, race.instanceWords(config), cpus);
  return { instanceWords, instances: instancesThatFit(instanceWords, cpus, instances) };
}

/** Returns the number of records that the ring of each of so many CPUs keeps. */
export function ringEntriesOf(cpus: number): number {
  return cpus <= 8 ? 1024 : 256;
}

/** Returns the name of the word at `offset` of a CPU's area. */
export function nameOfPerCpuWord(offset: number): string {
  return perCpuName(offset) ?? `percpu+${offset}`;
}

/** What a thread needs beside the race to become a CPU of it. */
export interface CpuNeeds {
  readonly memory: SharedMemory;
  /** The compiled memory instructions. */
  readonly instructions: CompiledModule;
  readonly map: MachineMap;
  readonly id: number;
  readonly machine: number;
  readonly budget: SpinBudget;
  readonly sharedCores?: number | null;
  readonly recording: boolean;
  /** How memory is ordered: `sc` if absent. */
  readonly model?: MemoryModel;
  /** Whether the CPU learns in which order locks are taken; the host has declared their classes. */
  readonly lockdep: boolean;
  readonly hostStartMs: number;
  readonly clock?: (() => number) | null;
  readonly replaces?: boolean;
}

/** Makes the running thread a CPU of the race's machine. */
export function bootCpu<C>(race: Race<C>, config: C, needs: CpuNeeds): Cpu {
  const { interrupts, lines, steps, windows } = partsOf(race);
  const { processors = needs.map.shape.cpus } = needs.map.shape;
  return new Cpu({
    ...needs,
    mem: new Int32Array(needs.memory.buffer),
    config,
    interrupts,
    polls: race.kind === 'actors' && race.polls,
    allowed: race.kind === 'actors' ? allowedCpus(race, needs.id, processors) : -1,
    offline: race.kind === 'actors' ? race.hotplug : null,
    lines: lines.map((line) => ({ ...line, storm: line.storm(config) })),
    signatures: Object.keys(race.signatures),
    steps,
    windows,
    trap: takeInterrupts,
    refuse,
    wakeAt: wakeSleepersAt,
    readAgain,
    lookForLoop,
    memory: needs.model ?? 'sc',
    link: (calls, model) => linkInstructions(needs.instructions, needs.memory, calls, model),
  });
}
