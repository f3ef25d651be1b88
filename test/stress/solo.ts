/**
 * One trial of a race without parallelism: in one thread, each CPU's actor runs from its start to its end while the others
 * idle and take their interrupts. Nothing can hang or race, so whatever lockdep finds it has found in a run of one CPU at a time.
 */
import { loadInstructions } from '../../lib/harness/host/loadInstructions.js';
import { instanceAt, type Cpu } from '../../lib/machine/cpu.js';
import { IRR_LOCKSTEP, deliver, interruptPending } from '../../lib/machine/irq.js';
import { CPU, MACHINE } from '../../lib/machine/layout.js';
import { ABANDONED, trialTag } from '../../lib/machine/outcome.js';
import { bootCpu, machineFor } from '../../lib/race/bootMachine.js';
import type { Knobs } from '../../lib/race/expectation.js';
import { knobsFor } from '../../lib/race/knobs.js';
import type { ActorRace } from '../../lib/race/race.js';
import { declareLocks, judgeLocks, type Lockdep } from '../../lib/race/possibleDeadlocks.js';
import { cpusFault } from '../../lib/run/shape.js';
import { allocateMemory } from '../../lib/sharedarraybuffer-utils/index.js';

const instructions = loadInstructions();

export interface SoloSetup {
  readonly variant: string;
  readonly knobs?: Knobs | undefined;
  readonly cpus?: number | undefined;
  /** Whether the last CPU runs first. */
  readonly reversed?: boolean;
}

export interface SoloOutcome {
  readonly lockdep: Lockdep;
  /** Whether the trial failed, as some do without any race. */
  readonly failed: boolean;
}

export function solo(race: ActorRace, setup: SoloSetup): SoloOutcome {
  const knobs = knobsFor(race, setup.variant, setup.knobs ?? {});
  const config = race.configure(setup.variant, knobs);
  const count = setup.cpus ?? race.cpus.default;
  const fault = cpusFault(race, count);
  if (fault !== null) throw new Error(`${race.name} with ${count} CPUs: ${fault}`);
  const map = machineFor(race, config, { cpus: count, instances: 1, orderTurns: 0 });
  const memory = allocateMemory(map.words);
  const mem = new Int32Array(memory.buffer);
  const lockNames = declareLocks(race, config, mem, map);
  const at = instanceAt(map, 0);
  race.reset(mem, at, config);
  const budget = { min: 1, max: 1, parkMsMax: 1 };
  const common = { memory, instructions, map, machine: 0, budget, recording: false, lockdep: true, hostStartMs: 0 };
  const cpus = Array.from({ length: count }, (_, id) => bootCpu(race, config, { ...common, id }));
  for (const cpu of cpus) prepare(cpu, cpus, at);
  for (const cpu of setup.reversed === true ? cpus.toReversed() : cpus) {
    untilAbandoned(() => race.actors[race.role(cpu.id, count, config).actor](cpu, at, config));
    idle(cpus);
  }
  return {
    lockdep: judgeLocks(race, config, setup.variant, [{ mem, map, lockNames }]),
    failed: mem[map.machine + MACHINE.outcome] !== 0,
  };
}

/** Puts a CPU into trial 1. At each of its boundaries all others take their interrupts, then it takes its own. */
function prepare(cpu: Cpu, cpus: readonly Cpu[], at: number): void {
  cpu.instance = at;
  cpu.trialTag = trialTag(1);
  cpu.taggedTrial = 1; // a TLB entry of trial 0 is none
  cpu.mem[cpu.block + CPU.trial] = 1;
  cpu.mem[cpu.block + CPU.instance] = at;
  let busy = false;
  cpu.lockstep = {
    boundary() {
      if (busy) return;
      busy = true;
      try {
        idle(cpus.filter((other) => other !== cpu));
        if (interruptPending(cpu)) deliver(cpu);
      } finally {
        busy = false;
      }
    },
    finish() {},
  };
  Atomics.or(cpu.mem, cpu.irr, IRR_LOCKSTEP);
}

function idle(cpus: readonly Cpu[]): void {
  for (const cpu of cpus) if (interruptPending(cpu)) untilAbandoned(() => deliver(cpu));
}

function untilAbandoned(part: () => void): void {
  try {
    part();
  } catch (thrown) {
    if (thrown !== ABANDONED) throw thrown;
  }
}
