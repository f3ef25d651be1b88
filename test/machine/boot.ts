/**
 * Boots CPUs of one machine in one thread, for a race of a few words that has no actors: the test calls the operations of
 * one CPU or another itself, in the order that it wants to see.
 */
import { loadInstructions } from '../../lib/harness/host/loadInstructions.js';
import { declareLockClasses } from '../../lib/kernel/lockClass.js';
import { linkPerCpuAreas } from '../../lib/kernel/percpu.js';
import { blockOf, instanceAt, Cpu, type InterruptHandler } from '../../lib/machine/cpu.js';
import { linkInstructions, type InstructionCalls } from '../../lib/machine/instructions.js';
import { takeInterrupts } from '../../lib/machine/irq.js';
import { CPU } from '../../lib/machine/layout.js';
import type { InterruptLine } from '../../lib/machine/lineTable.js';
import { forgetOwnAddresses } from '../../lib/machine/stalePerCpu.js';
import { refuse } from '../../lib/machine/reach.js';
import { lookForLoop } from '../../lib/machine/lookForLoop.js';
import { readAgain } from '../../lib/machine/readAgain.js';
import { wakeSleepersAt } from '../../lib/machine/wordBell.js';
import { mapMachine, type MachineMap } from '../../lib/machine/map.js';
import type { MemoryModel } from '../../lib/machine/memoryModel.js';
import {
  readCpu,
  readSnapshot,
  type Naming,
  type RecordedStep,
  type Snapshot,
} from '../../lib/machine/snapshotView.js';
import { signaturesOf } from '../../lib/machine/signatures.js';
import { ABANDONED, IRR_LEAVING, trialTag } from '../../lib/machine/outcome.js';
import { allocateMemory, type SpinBudget } from '../../lib/sharedarraybuffer-utils/index.js';

export const STEPS = ['A1', 'A2', 'A3'] as const;
const WINDOWS = ['W_HERE', 'W_THERE'];
export const SIGNATURES = [
  'deadlock',
  'unlock-not-owner',
  'bang',
  'ipi-wait-irqs-off',
  'oops-0003',
  'multicall-failed',
  'ipi-offline',
];
const instructions = loadInstructions();

/** A bit of `irr` that requests nothing, so that every boundary of the CPU comes to the trap. */
export const EVERY_BOUNDARY = 1 << 20;

export interface BootOptions {
  readonly cpus?: number;
  /** How many of them are CPUs, where the others are places of tasks that have none; and where the task of each may run, a bit each. */
  readonly processors?: number;
  readonly allowed?: readonly number[];
  readonly words?: number;
  readonly instances?: number;
  readonly interrupts?: readonly InterruptHandler[];
  readonly lines?: readonly InterruptLine[];
  readonly config?: unknown;
  readonly recording?: boolean;
  readonly memory?: MemoryModel;
  /** Name of the word at each offset of an instance, for lockdep; without it there is none. */
  readonly lockNames?: (offset: number) => string;
  readonly ringEntries?: number;
  readonly orderTurns?: number;
  readonly captureSlots?: number;
  readonly budget?: SpinBudget;
  readonly sharedCores?: number;
  /** That the race declares. */
  readonly signatures?: readonly string[];
}

export interface Machine {
  readonly cpus: readonly Cpu[];
  readonly mem: Int32Array;
  readonly map: MachineMap;
  /** Word index of the instance that the CPUs work on. */
  readonly at: number;
  /** Names of the lock classes; empty without lockdep. */
  readonly lockClasses: readonly string[];
  /** Calls `script` at every instruction boundary of a CPU from now on, before it takes interrupts; 1 is the first. */
  readonly atBoundaries: (cpu: Cpu, script: (n: number) => void) => void;
}

/** CPUs in trial 1, in front of its first step. */
export function boot(options: BootOptions = {}): Machine {
  const {
    cpus = 2,
    words = 32,
    instances = 2,
    interrupts = [],
    lines = [],
    config = null,
    recording = true,
    memory: model = 'sc',
  } = options;
  const { signatures = SIGNATURES } = options;
  const { lockNames, captureSlots = 0 } = options;
  const { orderTurns = 0, sharedCores = null, ringEntries = 64, budget = { min: 1, max: 1, parkMsMax: 1 } } = options;
  const map = mapMachine({
    cpus,
    processors: options.processors ?? cpus,
    instanceWords: words,
    instances,
    percpuWords: linkPerCpuAreas(),
    ringEntries,
    signatures: signaturesOf(signatures).length,
    orderTurns,
    captureSlots,
  });
  const memory = allocateMemory(map.words);
  const mem = new Int32Array(memory.buffer);
  const lockClasses = lockNames === undefined ? [] : declareLockClasses(mem, map, lockNames);
  const scripts = new Map<Cpu, { script: (n: number) => void; n: number; busy: boolean }>();
  const trap = (cpu: Cpu): void => {
    const scripted = scripts.get(cpu);
    if (scripted !== undefined && !scripted.busy) {
      scripted.busy = true;
      try {
        scripted.script(++scripted.n);
      } finally {
        scripted.busy = false;
      }
    }
    if ((cpu.mem[cpu.irr] & ~EVERY_BOUNDARY) !== 0) takeInterrupts(cpu);
  };
  const made = Array.from({ length: cpus }, (_, id) => {
    const link = (calls: InstructionCalls) => linkInstructions(instructions, memory, calls, model);
    const cpu = new Cpu({
      mem,
      map,
      id,
      machine: 0,
      budget,
      sharedCores,
      recording,
      allowed: options.allowed?.[id] ?? -1,
      memory: model,
      lockdep: lockNames !== undefined,
      interrupts,
      lines,
      config,
      signatures,
      steps: STEPS,
      windows: WINDOWS,
      hostStartMs: 0,
      trap,
      refuse,
      wakeAt: wakeSleepersAt,
      readAgain,
      lookForLoop,
      link,
    });
    beginTrial(cpu, 1);
    return cpu;
  });
  const atBoundaries = (cpu: Cpu, script: (n: number) => void): void => {
    scripts.set(cpu, { script, n: 0, busy: false });
    Atomics.or(mem, cpu.irr, EVERY_BOUNDARY);
  };
  return { cpus: made, mem, map, at: instanceAt(map, 0), lockClasses, atBoundaries };
}

/** Puts a CPU into a trial on the first instance, as the harness does. */
export function beginTrial(cpu: Cpu, trial: number): void {
  Atomics.and(cpu.mem, cpu.irr, ~IRR_LEAVING);
  cpu.instance = instanceAt(cpu.map, 0);
  forgetOwnAddresses(cpu);
  cpu.trialTag = trialTag(trial);
  cpu.taggedTrial = trial;
  cpu.mem[cpu.block + CPU.trial] = trial;
  cpu.mem[cpu.block + CPU.instance] = cpu.instance;
}

export const NAMING: Naming = {
  steps: STEPS,
  windows: WINDOWS,
  signatures: signaturesOf(SIGNATURES),
  interrupts: ['handler0', 'handler1'],
  lines: ['line0', 'line1'],
  role: (id) => ({ actor: `actor${id}`, comm: `task${id}` }),
};

/** The state of a CPU as the host reads it. */
export function look(cpu: Cpu): ReturnType<typeof readCpu> {
  const { mem, map, id } = cpu;
  return readCpu(
    mem,
    blockOf(map, id),
    map.rings + id * map.ringStride,
    map.percpu + id * map.percpuStride,
    id,
    map,
    NAMING,
  );
}

/** What a CPU has recorded since it was last asked: `operation address before after`, the address relative to the instance. */
export function recorded(cpu: Cpu): string[] {
  const seen = records(cpu);
  cpu.ring.reset();
  return seen.map((r) => `${r.op} ${r.address - cpu.instance} ${r.before} ${r.after}`);
}

/** What a CPU has recorded, record by record. */
export function records(cpu: Cpu): readonly RecordedStep[] {
  return look(cpu).records;
}

/** The first failure of a signature. */
export function snapshotOf(machine: Machine, signature: string): Snapshot {
  const at = machine.map.snapshots + NAMING.signatures.indexOf(signature) * machine.map.snapshotStride;
  return readSnapshot(machine.mem, at, machine.map, NAMING);
}

/** Runs a part of an actor; returns whether the CPU left the trial in it. */
export function isAbandoned(part: () => void): boolean {
  try {
    part();
  } catch (thrown) {
    if (thrown !== ABANDONED) throw thrown;
    return true;
  }
  return false;
}
