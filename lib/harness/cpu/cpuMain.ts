/**
 * The life of a CPU's thread: it imports the race, becomes a CPU, and runs it to the end of the run. Called by
 * workers/cpu.cts.
 */

import { Counters, type SharedMemory, type CompiledModule } from '../../sharedarraybuffer-utils/index.js';
import { instanceAt, type Cpu, type TurnTaking } from '../../machine/cpu.js';
import { IRR_LOCKSTEP } from '../../machine/irq.js';
import { COUNTER, CPU, HEADER, MACHINE } from '../../machine/layout.js';
import { Lockstep } from '../../machine/lockstep.js';
import { highOf, lowOf } from '../../machine/trialNumber.js';
import { ScriptedTurns } from '../../machine/script.js';
import { bootCpu, machineFor, reservePerCpuWords, type OwnPerCpuWords } from '../../race/bootMachine.js';
import { prepareCpuThread } from '../../instrument/register.js';
import { noteCpuThread } from '../../race/cpuThread.js';
import { configOf, roleOf } from '../../race/kinds.js';
import type { Joined } from '../../race/ownMemory.js';
import type { ActorRace, Race } from '../../race/race.js';
import { RaceFault } from '../../race/raceFault.js';
import { CollectionCount, type HeapFigures } from './heapFigures.js';
import { PLACE, Whereabouts } from '../places.js';
import { machineNeedsOf, sharedCoresOf, waitingOf, type Plan } from '../plan.js';
import { AWAITED, PromiseWatch } from './promises.js';
import { countFailure } from './recovery.js';
import { awaitRounds, runRounds, type CpuRun } from './rounds.js';
import { ActorRounds } from './actorRounds.js';
import { TrialSampler } from './sampler.js';
import { SweptRounds } from './sweep.js';
import { seedOf } from '../draws.js';
import { awaitActor, beginTrial, drawDelays, runActor, type TrialWork } from './trial.js';

/** The task of one thread: which CPU of which machine it becomes. */
export interface CpuTask {
  readonly plan: Plan;
  readonly memory: SharedMemory;
  readonly instructions: CompiledModule;
  readonly words: number;
  /** Per-CPU variables that the host knew when it made the machine: those of other races as well. */
  readonly percpu: OwnPerCpuWords;
  /** What the host has made of the race's own memory; null if it has none. */
  readonly own?: unknown;
  readonly machine: number;
  readonly cpu: number;
  /** Whether the thread continues where another one was ended. */
  readonly replaces?: boolean;
  /** Word index at which the thread shows where it is while it loads; absent where nobody looks for that. */
  readonly progress?: number;
}

/** What a thread has to say when its CPU is done; everything else is in shared memory. */
export interface CpuReport {
  readonly parks: number;
  /** Null if the plan does not count. */
  readonly heap: HeapFigures | null;
  /** Why the race must not be run, in one line; absent for one that may. */
  readonly refused?: string;
}

/** Becomes one CPU and runs it to the end of the run. */
export async function cpuMain(task: CpuTask): Promise<CpuReport> {
  try {
    return await runCpu(task);
  } catch (thrown) {
    // A class of ours would not survive the way to the host.
    if (thrown instanceof RaceFault) return { parks: 0, heap: null, refused: thrown.message };
    throw thrown;
  }
}

async function runCpu(task: CpuTask): Promise<CpuReport> {
  const { plan } = task;
  const where = task.progress === undefined ? null : new Whereabouts(new Int32Array(task.memory.buffer), task.progress);
  where?.showThread();
  noteCpuThread();
  where?.enter(PLACE.LOADING);
  prepareCpuThread(plan.raceUrl);
  const race = ((await import(plan.raceUrl)) as { default: Race }).default;
  where?.enter(PLACE.CONFIGURING);
  const config = configOf(race, plan.variant, plan.knobs);
  reservePerCpuWords(task.percpu);
  const map = machineFor(race, config, machineNeedsOf(plan));
  if (map.words !== task.words) throw new Error(`the machine has ${task.words} words, this thread counts ${map.words}`);
  const budget = waitingOf(plan);
  const needs = {
    memory: task.memory,
    instructions: task.instructions,
    map,
    id: task.cpu,
    machine: task.machine,
    budget,
    sharedCores: sharedCoresOf(plan),
    recording: plan.recording,
    model: plan.memory,
    lockdep: plan.lockdep,
    hostStartMs: plan.hostStartMs,
    clock: plan.timing ? nanoseconds : null,
    replaces: task.replaces ?? false,
  };
  const cpu = bootCpu(race, config, needs);
  const { actor } = roleOf(race, task.cpu, plan.cpus, config);
  where?.enter(PLACE.OPENING);
  const own = race.kind === 'actors' ? ((await race.own?.join(cpu, task.own, config)) ?? null) : null;
  where?.leave();
  if (where === null) new Whereabouts(cpu.mem, cpu.progress).showThread();
  const isAwaited = race.kind === 'actors' && race.own?.isAwaited === true;
  const promises = isAwaited ? AWAITED : new PromiseWatch();
  const { replaces } = needs;
  const who = `race ${race.name}: actor ${actor}`;
  const heap = plan.countsCollections ? new CollectionCount() : null;
  const run = { cpu, who, race: race.name, plan, promises, heap, replaces };
  try {
    if (race.kind === 'litmus') {
      if (replaces) throw new Error('a thread of a litmus race was ended, and none can take up its sweep');
      runRounds({ ...run, rounds: new SweptRounds(cpu, race, plan) });
    } else {
      const work = workOf(race, run, actor, config);
      drawDelays(work);
      if (plan.sync === 'lockstep') {
        const Turns = plan.replay === null ? Lockstep : ScriptedTurns;
        const turns = new Turns(cpu.mem, map, task.cpu, budget);
        const trial = enterLockstep(work, plan, turns, own);
        if (isAwaited) await awaitActor(trial, lowOf(trial.trial));
        else runActor(trial, lowOf(trial.trial));
        leaveLockstep(work.cpu, turns);
      } else {
        const rounds = new ActorRounds(work, race, plan, own);
        if (isAwaited) await awaitRounds({ ...run, rounds });
        else runRounds({ ...run, rounds });
      }
    }
    promises.check(who);
  } finally {
    own?.leave();
    promises.end();
  }
  return { parks: cpu.waiter.parks, heap: heap?.end() ?? null };
}

/** Returns what the CPU does in every trial. */
function workOf(
  race: ActorRace,
  { cpu, who, plan, promises }: Pick<CpuRun, 'cpu' | 'who' | 'plan' | 'promises'>,
  actor: string,
  config: unknown,
): TrialWork {
  return {
    cpu,
    who,
    actor: race.actors[actor],
    config,
    seed: plan.seed,
    promises,
    sampler: plan.samples ? new TrialSampler(cpu) : null,
    phase: plan.phases[actor],
    windows: race.windows.map((name) => plan.windows[name]),
  };
}

/**
 * Begins a trial in lockstep: a first one on the first instance, or the one that is replayed. Returns what the CPU does in it. The host
 * has brought the instance into its first state. What a failure leaves behind stays as it is, for the host to look at.
 */
function enterLockstep(
  work: TrialWork,
  plan: Plan,
  turns: TurnTaking,
  own: Joined | null,
): TrialWork & { readonly trial: number } {
  const cpu: Cpu = work.cpu;
  const { trial, instance, chance } = plan.replay ?? { trial: 1, instance: instanceAt(cpu.map, 0), chance: undefined };
  cpu.lockstep = turns;
  Atomics.or(cpu.mem, cpu.irr, IRR_LOCKSTEP);
  // As in the round that it was a part of.
  cpu.mem[cpu.map.machine + MACHINE.roundHigh] = highOf(trial);
  work.seed = seedOf(plan.seed, highOf(trial));
  beginTrial(work, lowOf(trial), lowOf(trial), instance);
  if (chance !== undefined) cpu.mem[cpu.block + CPU.chance] = chance[cpu.home];
  own?.prepare();
  own?.awaitPrepared();
  return { ...work, phase: { min: 0, max: 0 }, trial };
}

/** Ends what `enterLockstep` has begun. */
function leaveLockstep(cpu: Cpu, turns: TurnTaking): void {
  turns.finish(cpu);
  // By the thread, not the CPU: an order may end while two threads exchange theirs.
  if (cpu.home === 0) countTrial(cpu);
}

/** Counts the trial; the host has seen all CPUs at rest. */
function countTrial(cpu: Cpu): void {
  const { mem, map } = cpu;
  const counters = new Counters(mem, map.counters);
  counters.add(COUNTER.trials, 1);
  const outcome = Atomics.load(mem, cpu.outcome);
  if (outcome !== 0) countFailure(cpu, outcome);
  else if (mem[cpu.instance - HEADER.WORDS + HEADER.near] !== 0) counters.add(COUNTER.nearMisses, 1);
}

/** Reads a clock that all threads share, unlike `performance.now`. */
function nanoseconds(): number {
  return Number(BigInt.asIntN(32, process.hrtime.bigint()));
}
