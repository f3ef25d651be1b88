/**
 * The run queue of a machine with more tasks than CPUs. Called on a CPU's thread by waitOn.ts, preemption.ts, lib/kernel/sched.ts and
 * lib/harness/cpu/trial.ts.
 *
 * A task is a thread, as everywhere. A machine has a place for each: its CPUs, from 0, and behind them places of tasks that have
 * none. A task there makes no access of the race but the looks of a wait. A switch is an exchange of places (migration.ts): who leaves a CPU takes
 * the place of the task that gets it. So per-CPU areas, masks and mailboxes stay with the CPU, and a call stack, a step and
 * locks that sleep go along with the task.
 *
 * A task that is ready offers its place, in a word of its own, until somebody takes it: a task that sleeps, one that has ended, or
 * one that gives way at a preemption point. There is no tick: a task that does none of these keeps its CPU. Each wait that stands on
 * this is an edge of the wait-for graph (standstill.ts): a ready task waits for the CPUs that it may run on.
 *
 * Only tasks that may run on a CPU ever stand on it: a task gets to a CPU when that is given to it, and leaves it for the place of a task
 * without a CPU.
 */

import { LINE_WORDS, wake } from '../sharedarraybuffer-utils/index.js';
import { CONDITION_IS, mayProvide, writeCondition } from './condition.js';
import { chanceOneIn } from './chance.js';
import { blockOf, partyOf, type Cpu } from './cpu.js';
import { POLLS } from './irqMask.js';
import { CPU, HELD, PROGRESS } from './layout.js';
import { compareExchangeWord, readWord } from './machineWords.js';
import {
  adopt,
  answerOf,
  homeBellOf,
  isTaken,
  keepCpu,
  leaveCpu,
  numberedOffer,
  offeredCpu,
  offeringThread,
} from './migration.js';
import { NOTED } from './heldLocks.js';
import { abandon, hasFailed } from './outcome.js';
import { noteBlocked } from './proofTime.js';
import { OP, SPIN, record } from './recorder.js';
import { WAIT, beginWait, publishWait, waitKind } from './wait.js';
import { wakeSleepers } from './wordBell.js';
import type { MachineMap } from './map.js';

/** Returns the word index of the offer of the task that began at a place. */
export function taskOfferAt(map: MachineMap, thread: number): number {
  return blockOf(map, thread) + CPU.offer;
}

/** Whether the machine has more tasks than CPUs. */
export function hasRunQueue({ places, cpus }: Cpu): boolean {
  return places !== cpus;
}

/** Whether the running task may be put off its CPU: nothing that it holds or masks belongs to the CPU. */
function mayGiveWay({ mem, block, irqOff }: Cpu): boolean {
  if (mem[irqOff] !== 0 || mem[block + CPU.preemptCount] !== 0 || (mem[block + CPU.context] & ~POLLS) !== 0)
    return false;
  for (let i = mem[block + CPU.held] - 1; i >= 0; i--)
    if (mem[block + CPU.locks + i * HELD.WORDS + HELD.word] !== NOTED) return false;
  return true;
}

/**
 * Begins the task of a thread in a trial: one that has no CPU waits for one, one that has may give way at once, by what the trial draws,
 * so that any task can be the first.
 */
export function beginTask(cpu: Cpu): void {
  cpu.offers = 0;
  if (cpu.id >= cpu.cpus) awaitCpu(cpu);
  else if (chanceOneIn(cpu, 2)) giveWay(cpu);
}

/**
 * Gives the CPU to a task that is ready for it, and waits for one. Returns whether there was one. Does nothing where the task cannot be
 * preempted.
 */
export function giveWay(cpu: Cpu): boolean {
  if (!hasRunQueue(cpu) || !mayGiveWay(cpu)) return false;
  const { map, places } = cpu;
  for (let i = 1; i < places; i++) {
    const thread = (cpu.home + i) % places;
    if (cpu.explored !== null) {
      const ready = cpu.explored.readyOffer(thread);
      if (ready === 0 || !cpu.explored.takePlace(thread, ready, answerOf(cpu))) continue;
      awaitCpu(cpu);
      return true;
    }
    const offer = readWord(cpu, taskOfferAt(map, thread));
    if (!isReadyFor(cpu, offer)) continue;
    cpu.task.save(cpu.mem, cpu.block);
    if (compareExchangeWord(cpu, taskOfferAt(map, thread), offer, answerOf(cpu)) !== offer) continue;
    goAway(cpu, offer);
    awaitCpu(cpu);
    return true;
  }
  return false;
}

/**
 * Returns a task that is ready for the CPU, by its thread; -1 if there is none. Leaves no record, so a replay goes by its script. For
 * loops in which a CPU has nothing else to do.
 */
export function readyTask(cpu: Cpu): number {
  if (cpu.lockstep?.switchTurn !== undefined) return cpu.lockstep.switchTurn();
  const { mem, map, places } = cpu;
  for (let i = 0; i < places; i++) {
    const thread = ((mem[cpu.block + CPU.trial] >>> 0) + i) % places;
    if (thread !== cpu.home && isReadyFor(cpu, Atomics.load(mem, taskOfferAt(map, thread)))) return thread;
  }
  return -1;
}

function isReadyFor(cpu: Cpu, offer: number): boolean {
  return offer !== 0 && !isTaken(offer) && mayProvide(cpu.mem, blockOf(cpu.map, offeredCpu(offer)), cpu.id);
}

/**
 * Gives the CPU to a task that `readyTask` has found, while the own one sleeps or has ended. Its wait is withdrawn. Returns false if
 * somebody else was faster. The caller stands at the place of that task behind it.
 */
export function switchTo(cpu: Cpu, thread: number): boolean {
  const { mem, map } = cpu;
  const at = taskOfferAt(map, thread);
  const offer = Atomics.load(mem, at);
  if (!isReadyFor(cpu, offer)) return false;
  cpu.task.save(mem, cpu.block);
  const answer = answerOf(cpu);
  if (Atomics.compareExchange(mem, at, offer, answer) !== offer) return false;
  record(cpu, OP.CMPXCHG, at, offer, answer);
  goAway(cpu, offer);
  return true;
}

/** Leaves the CPU to the task that has made the offer, and stands at its place. */
function goAway(cpu: Cpu, offer: number): void {
  cpu.lastCpu = cpu.id;
  cpu.lockstep?.handOver?.(cpu);
  leaveCpu(cpu);
  wake(cpu.mem, homeBellOf(cpu.map, offeringThread(offer)));
  adopt(cpu, offer);
  // What that task has waited for there.
  publishWait(cpu, WAIT.RUN, 0);
}

/** Waits, as a task that is ready and has no CPU, until one is given to it. */
export function awaitCpu(cpu: Cpu): void {
  beginWait(cpu);
  if (cpu.explored !== null) cpu.explored.awaitCpu(numberedOffer(cpu, ++cpu.offers), cpusFor(cpu));
  else while (!offerAndWait(cpu));
}

/** Returns the CPUs that the task, which has none, may run on, a bit each. */
function cpusFor({ migrateDisabled, allowed, lastCpu }: Cpu): number {
  return migrateDisabled === 0 ? allowed : 1 << lastCpu;
}

/** Offers the place of the task. Returns false if it has taken that back, because something was requested of it there. */
function offerAndWait(cpu: Cpu): boolean {
  const { mem, map } = cpu;
  const at = taskOfferAt(map, cpu.home);
  const offer = numberedOffer(cpu, ++cpu.offers);
  const on = cpusFor(cpu);
  const { NOT, NAMED, FOR_CPU } = CONDITION_IS;
  cpu.task.save(mem, cpu.block);
  writeCondition(cpu, NOT | NAMED | FOR_CPU, -1, offer, on, 0);
  compareExchangeWord(cpu, at, 0, offer);
  if (cpu.lockstep === null) record(cpu, OP.READ | SPIN, at, offer, offer);
  publishWait(cpu, WAIT.WORD, at);
  noteBlocked(cpu);
  cpu.offered = offer;
  cpu.offeredAt = at;
  // From here on the place may be another's at any time.
  leaveCpu(cpu);
  cpu.waiter.moveTo(homeBellOf(map, cpu.home));
  for (let c = 0; c < cpu.cpus; c++) if ((on & (1 << c)) !== 0) wake(mem, partyOf(map, c));
  try {
    awaitTaker(cpu, at, offer);
  } catch (thrown) {
    takeBack(cpu, at, offer);
    throw thrown;
  }
  if (!takeBack(cpu, at, offer)) return true;
  if (hasFailed(cpu)) abandon(cpu, at);
  publishWait(cpu, WAIT.RUN, 0);
  record(cpu, OP.CMPXCHG, at, offer, 0);
  if (mem[cpu.irr] !== 0) cpu.trap(cpu);
  return false;
}

/** Returns when somebody has taken the offer, when the trial has failed, or when something is requested of the place. */
function awaitTaker(cpu: Cpu, at: number, offer: number): void {
  const { mem, waiter, lockstep } = cpu;
  const isThere = (): boolean => Atomics.load(mem, at) === offer;
  if (lockstep !== null) {
    for (let looks = 0; isThere(); looks++) {
      lockstep.awaitTaker?.(cpu);
      if (!isThere()) return;
      cpu.trap(cpu);
      if (looks === 0) record(cpu, OP.READ | SPIN, at, offer, offer);
      else if (hasFailed(cpu)) return;
    }
    return;
  }
  waiter.begin();
  while (isThere() && !hasFailed(cpu) && mem[cpu.irr] === 0) waiter.pause();
  waiter.end();
}

/**
 * Takes the offer back; if somebody has taken it, runs the CPU that was given for the place. Returns whether the task still
 * has none.
 */
function takeBack(cpu: Cpu, at: number, offer: number): boolean {
  const { mem, map } = cpu;
  cpu.offeredAt = 0;
  const answer = Atomics.compareExchange(mem, at, offer, 0);
  if (answer === offer) {
    keepCpu(cpu);
    cpu.waiter.moveTo(partyOf(map, cpu.id));
    return true;
  }
  adopt(cpu, answer);
  if (cpu.lockstep !== null) cpu.lockstep.boundary(cpu);
  Atomics.store(mem, at, 0);
  record(cpu, OP.WRITE, at, answer, 0);
  return false;
}

/**
 * Ends the task of a thread in a trial. Its CPU idles: it takes interrupts, and is given to each task that is ready for it,
 * until all tasks have ended. A task that has exited with preemption disabled gives its CPU to nobody.
 */
export function endTask(cpu: Cpu): void {
  const { mem } = cpu;
  Atomics.store(mem, cpu.progress + PROGRESS.taskEnded, mem[cpu.block + CPU.trial]);
  wakeSleepers(cpu);
  for (let c = 0; c < cpu.places; c++) wake(mem, partyOf(cpu.map, c));
  if (cpu.id < cpu.cpus && mem[cpu.block + CPU.preemptCount] === 0 && !hasFailed(cpu)) idle(cpu);
}

/** Idles until another task gets the CPU, all have ended, or the trial has failed. */
function idle(cpu: Cpu): void {
  const { mem, waiter } = cpu;
  beginWait(cpu);
  for (publishIdle(cpu), waiter.begin(); !hasFailed(cpu);) {
    if (mem[cpu.irr] !== 0) {
      cpu.trap(cpu);
      if (waitKind(mem[cpu.wait]) === WAIT.RUN) publishIdle(cpu);
    }
    const next = readyTask(cpu);
    if (next >= 0) {
      publishWait(cpu, WAIT.RUN, 0);
      if (switchTo(cpu, next)) return;
      publishIdle(cpu);
    }
    if (haveAllEnded(cpu)) break;
    if (cpu.lockstep === null) waiter.pause();
  }
  waiter.end();
  publishWait(cpu, WAIT.RUN, 0);
}

function publishIdle(cpu: Cpu): void {
  const { NOT, NAMED, IDLE, SLEEPS } = CONDITION_IS;
  writeCondition(cpu, NOT | NAMED | IDLE | SLEEPS, -1, 0, 0, 0);
  publishWait(cpu, WAIT.WORD, taskOfferAt(cpu.map, cpu.home));
}

function haveAllEnded({ mem, map, places, block }: Cpu): boolean {
  for (let thread = 0; thread < places; thread++)
    if (Atomics.load(mem, map.progress + thread * LINE_WORDS + PROGRESS.taskEnded) !== mem[block + CPU.trial])
      return false;
  return true;
}
