/**
 * One trial on one CPU: draws its delays, runs the actor, checks what it leaves behind. Called on each CPU's thread by
 * loops.ts and cpuMain.ts.
 */

import type { Actor, SpinRange } from '../../race/race.js';
import { isDeferred } from '../../race/synchronous.js';
import type { Cpu } from '../../machine/cpu.js';
import { isUnbalanced, reportUnbalanced } from '../../machine/balance.js';
import { awaitLastCall } from '../../machine/ipi.js';
import { CPU } from '../../machine/layout.js';
import { leaveLoop } from '../../machine/leaveLoop.js';
import { uncountIdling } from '../../machine/meeting.js';
import { heedSentence, sendNmi } from '../../machine/nmi.js';
import { forgetOwnAddresses } from '../../machine/stalePerCpu.js';
import { OP, record } from '../../machine/recorder.js';
import { drawBetween, drawWord } from '../../machine/random.js';
import { chanceIn, drainStream, phaseStream, windowStream } from '../draws.js';
import { ASYNC_CODE, STUCK_WORKER } from '../../machine/signatures.js';
import { beginBuffer, drainInTurns } from '../../machine/storeBuffer.js';
import { beginTask, endTask, hasRunQueue } from '../../machine/runQueue.js';
import { threw } from '../../machine/thrown.js';
import { beginTimers, endTimers } from '../../machine/timers.js';
import { leftTrial } from '../../machine/undone.js';
import { ABANDONED, ACTIVITY, fail, isLeaving, trialTag, failureOutcome } from '../../machine/outcome.js';
import { claim } from '../../machine/claim.js';
import { NOT_DRAWN, spin } from '../../machine/windows.js';
import type { TrialSampler } from './sampler.js';
import type { PromiseWatch } from './promises.js';

/** What one CPU does in every trial. */
export interface TrialWork {
  readonly cpu: Cpu;
  /** The race and the actor, for faults: `race xen-pin: actor dup_mmap`. */
  readonly who: string;
  readonly actor: Actor<unknown>;
  readonly config: unknown;
  /** Of the round's trials: see seedOf() of draws.ts. */
  seed: number;
  /** Those that its thread has made. */
  readonly promises: Pick<PromiseWatch, 'place' | 'forget'>;
  phase: SpinRange;
  /** Looks at the first trial of each round; null where nobody counts classes. */
  readonly sampler: TrialSampler | null;
  /** Delay range of each window, in the order of the race's windows. */
  windows: readonly SpinRange[];
}

/** Where the thread that this one replaces was ended: in trial `trial`, in its actor or in a handler in the meeting behind it. */
export interface Resumption {
  readonly trial: number;
  readonly inActor: boolean;
  /** Whether it slept in the kernel; otherwise it had the processor. */
  readonly wasAsleep: boolean;
}

/**
 * Takes up the trial that another thread was ended in, in the place of its actor, or of a handler in its idle loop: the trial
 * fails. `tag` as in `beginTrial`.
 */
export function takeUpTrial(work: TrialWork, { inActor, wasAsleep }: Resumption, tag: number): void {
  const { cpu } = work;
  const { mem, block } = cpu;
  cpu.instance = mem[block + CPU.instance];
  cpu.trialTag = trialTag(tag);
  cpu.taggedTrial = tag;
  // Whatever the thread was ended at, its successor takes instructions again.
  if (isLeaving(cpu)) leftTrial(cpu);
  claim(cpu, failureOutcome(cpu, STUCK_WORKER));
  const how = wasAsleep ? 'slept in the kernel, answered nothing' : 'answered nothing';
  fail(cpu, STUCK_WORKER, `STUCK WORKER: its thread ${how}, and was ended`, cpu.id, cpu.home, wasAsleep ? 1 : 0);
  for (let c = 0; c < cpu.places; c++) if (c !== cpu.id) sendNmi(mem, cpu.map, c);
  if (inActor) {
    record(cpu, OP.ACTOR_END, 0, 0, 0);
    mem[block + CPU.activity] = ACTIVITY.IDLE;
  } else uncountIdling(cpu);
}

/**
 * Puts the CPU at the start of a trial: the low word of its number. `tag` is what an outcome has of it: the first of the round, where
 * CPUs meet once a round.
 */
export function beginTrial(work: TrialWork, trial: number, tag: number, instance: number): void {
  const { cpu, windows, seed } = work;
  const { mem, block } = cpu;
  cpu.instance = instance;
  cpu.trialTag = trialTag(tag);
  cpu.taggedTrial = tag;
  mem[block + CPU.trial] = trial;
  mem[block + CPU.instance] = instance;
  mem[cpu.step] = 0;
  cpu.migrateDisabled = 0;
  cpu.rcuNesting = 0;
  forgetOwnAddresses(cpu);
  mem[block + CPU.chance] = chanceIn(seed, cpu.machineIndex, cpu.home, trial);
  if (cpu.hasStoreBuffer) beginBuffer(cpu, drawWord(seed, drainStream(cpu.machineIndex, cpu.home), trial));
  for (let w = 0; w < windows.length; w++) {
    const { min, max } = windows[w];
    mem[block + CPU.delays + w] = min === max ? min : NOT_DRAWN;
  }
  if (cpu.lines.all.length !== 0 && cpu.id < cpu.cpus) beginTimers(cpu);
}

/** Has the delays of the CPU's windows drawn for the trial that it is in, as far as they are used. */
export function drawDelays(work: TrialWork): void {
  const { cpu } = work;
  cpu.drawDelay = (w) => {
    const { min, max } = work.windows[w];
    return drawBetween(
      work.seed,
      windowStream(cpu.machineIndex, cpu.home, w),
      cpu.mem[cpu.block + CPU.trial],
      min,
      max,
    );
  };
}

/** Waits the phase that the trial draws for this CPU, then runs its actor to its end, its death or its abandonment. */
export function runActor(work: TrialWork, trial: number): void {
  const { cpu } = work;
  enterActor(work, trial);
  let hasReturned = true;
  try {
    if (hasRunQueue(cpu)) beginTask(cpu);
    const returned: unknown = work.actor(cpu, cpu.instance, work.config);
    if (work.promises.place !== null || (returned !== undefined && isDeferred(returned))) reportAsync(work);
    checkReturned(cpu);
  } catch (thrown) {
    hasReturned = false;
    if (thrown !== ABANDONED) threw(cpu, thrown);
  }
  if (hasRunQueue(cpu)) finishTask(cpu, hasReturned);
  leaveActor(cpu);
}

/** Runs the actor as `runActor` does, and awaits what it returns. Of a race whose actors may be asynchronous, which has no tasks. */
export async function awaitActor(work: TrialWork, trial: number): Promise<void> {
  const { cpu } = work;
  enterActor(work, trial);
  try {
    const returned: unknown = work.actor(cpu, cpu.instance, work.config);
    await returned;
    checkReturned(cpu);
  } catch (thrown) {
    if (thrown !== ABANDONED) threw(cpu, thrown);
  }
  leaveActor(cpu);
}

function enterActor({ cpu, phase, seed }: TrialWork, trial: number): void {
  const { mem } = cpu;
  spin(cpu, drawBetween(seed, phaseStream(cpu.machineIndex, cpu.home), trial, phase.min, phase.max));
  if (mem[cpu.block + CPU.activity] === ACTIVITY.EXITED) forgetExited(cpu);
  mem[cpu.block + CPU.activity] = ACTIVITY.RUNNING;
}

/** Checks what an actor leaves behind that has returned. */
function checkReturned(cpu: Cpu): void {
  leaveLoop(cpu);
  // Code that has caught what it was thrown out by comes here, too.
  if (isLeaving(cpu)) throw ABANDONED;
  drainInTurns(cpu);
  if (isUnbalanced(cpu)) reportUnbalanced(cpu);
  else awaitLastCall(cpu);
}

function leaveActor(cpu: Cpu): void {
  const { mem } = cpu;
  if (cpu.lines.all.length !== 0 && cpu.id < cpu.cpus) endTimers(cpu);
  cpu.forgetLoops();
  if (mem[cpu.irr] !== 0) heedSentence(cpu);
  if (isLeaving(cpu)) leftTrial(cpu);
  // The actor may have ended on another CPU than it began on.
  record(cpu, OP.ACTOR_END, 0, 0, 0);
  if (mem[cpu.block + CPU.activity] === ACTIVITY.RUNNING) mem[cpu.block + CPU.activity] = ACTIVITY.IDLE;
}

/** Ends the task, where the CPU may be wanted by another one. One that was thrown out of a failed trial leaves it to nobody. */
function finishTask(cpu: Cpu, hasReturned: boolean): void {
  if (!hasReturned && cpu.mem[cpu.block + CPU.activity] !== ACTIVITY.EXITED) return;
  if (isLeaving(cpu)) leftTrial(cpu);
  try {
    leaveLoop(cpu);
    cpu.idling = true;
    endTask(cpu);
  } catch (thrown) {
    if (thrown !== ABANDONED) threw(cpu, thrown);
  }
  cpu.idling = false;
}

/** Forgets what the task of the trial before held when it exited; nobody waited for that. */
function forgetExited(cpu: Cpu): void {
  const { mem, block } = cpu;
  mem[block + CPU.held] = 0;
  mem[block + CPU.preemptCount] = 0;
  mem[block + CPU.context] = 0;
  mem[block + CPU.level] = 0;
  mem[block + CPU.depth] = 0;
}

/** Fails the trial: it is over, and not all of its code has run. A promise is reported until a trial fails by it. */
function reportAsync({ cpu, who, promises }: TrialWork): void {
  const what = promises.place === null ? 'returned a promise or a generator' : `made a promise${promises.place}`;
  if (fail(cpu, ASYNC_CODE, `${who} ${what}: nothing that waits for it runs in a trial`)) promises.forget();
}
