/**
 * Waits for a word. Called on a CPU's thread by races, and by lib/kernel and lib/arch for the waits of their kernels.
 *
 * It is the wait that acknowledgement words, rendezvous and completions stand on: until bits of a word have a value. It
 * takes interrupts if they are on, sleeps where a core has others to run, and leaves two records however long it
 * lasts. It publishes what it waits for, and who may store it, so that a machine in which nobody will is proved to be
 * stuck (standstill.ts).
 */

import { checkWord } from './access.js';
import { CONDITION_IS, STANDS_FOR_SHIFT, writeCondition } from './condition.js';
import type { Cpu } from './cpu.js';
import { findCycle } from './cycle.js';
import { IN_HARDIRQ, IN_NMI, SERVING_HARDIRQ, SERVING_SOFTIRQ } from './irqMask.js';
import { CPU } from './layout.js';
import { LOOK_MAX, firstLook, lookAway } from './looks.js';
import { noteBlocked } from './proofTime.js';
import { checkAddress, refuse } from './reach.js';
import { BUFFERED, OP, SPIN, record } from './recorder.js';
import { buffersStoreOf, drainBuffer } from './storeBuffer.js';
import { givenUp, hasFailed } from './outcome.js';
import { awaitCpu, hasRunQueue, readyTask, switchTo } from './runQueue.js';
import { WAIT, beginWait, publishWait, waitKind, waitObject } from './wait.js';
import { noteSleeper } from './wordBell.js';

/** How a wait for a word is meant beside its condition. */
export interface WaitOptions {
  /**
   * The CPUs that may store the word: all others by default. A proof that the wait has no end rests on it. A handler
   * that names its own CPU waits for the code that it has interrupted.
   */
  readonly by?: readonly number[];
  /** Waits until the bits are anything but the value. */
  readonly negate?: boolean;
}

const BY_ANYBODY: WaitOptions = Object.freeze({});

/**
 * Waits until `(word & mask) === value`, and returns the word that ended the wait; with `negate`, until it is not. The
 * first look is an instruction boundary as that of READ_ONCE. Throws RangeError for a value that the mask cannot give,
 * and for a CPU that the machine does not have.
 */
export function wait_on(cpu: Cpu, address: number, mask: number, value: number, options = BY_ANYBODY): number {
  if ((address | 0) !== address) refuse(cpu, OP.READ, address);
  if ((mask | 0) !== mask) checkWord('wait_on', mask);
  if ((value | 0) !== value) checkWord('wait_on', value);
  if ((value & ~mask) !== 0)
    throw new RangeError(`wait_on: no word has ${value} in the bits of mask ${mask}: the wait could not end`);
  return waitAs(cpu, address, mask, value, options, 0);
}

/**
 * Waits as `wait_on` does for a word that stands for another one, of a race's own memory, and may stand for others as well. `word` is the
 * index of that one; its low 20 bits count.
 */
export function waitInPlaceOf(cpu: Cpu, address: number, mask: number, value: number, word: number): number {
  const standsFor = (word + 1) << STANDS_FOR_SHIFT;
  return lookAndWait(cpu, address, mask, value, standsFor, othersOf(cpu, 0), othersOf(cpu, 1));
}

/**
 * Waits as `wait_on` does, asleep: where the machine has more tasks than CPUs, the task leaves its CPU to any other that is ready for it.
 * The caller has seen to it that it may sleep.
 */
export function sleepOn(cpu: Cpu, address: number, mask: number, value: number, options = BY_ANYBODY): number {
  const word = waitAs(cpu, address, mask, value, options, asleep(cpu));
  if (cpu.id >= cpu.cpus) awaitCpu(cpu);
  return word;
}

function waitAs(
  cpu: Cpu,
  address: number,
  mask: number,
  value: number,
  { by, negate = false }: WaitOptions,
  how: number,
): number {
  const low = by === undefined ? othersOf(cpu, 0) : named(cpu, by, 0);
  const high = by === undefined ? othersOf(cpu, 1) : named(cpu, by, 1);
  const whose = by === undefined ? 0 : hasRunQueue(cpu) ? CONDITION_IS.NAMED | CONDITION_IS.TASKS : CONDITION_IS.NAMED;
  return lookAndWait(cpu, address, mask, value, how | (negate ? CONDITION_IS.NOT : 0) | whose, low, high);
}

/** Returns what the flags of a wait say in which the task sleeps. Where each task has a CPU, it makes no difference. */
function asleep(cpu: Cpu): number {
  return hasRunQueue(cpu) ? CONDITION_IS.SLEEPS : 0;
}

/** What `waitForHolder` needs to know beside the condition. */
export const HOLDER = Object.freeze({
  /** The wait is over when the bits are anything but the value. */
  NEGATE: CONDITION_IS.NOT,
  /** The holder is a task, by the CPU that it started on; otherwise it is a CPU. */
  IS_TASK: CONDITION_IS.TASKS,
  /** It is a reader of RCU. */
  IS_READER: CONDITION_IS.READER,
} as const);

/**
 * Waits as `wait_on` does for what the word says that `holder` has: its own code alone will change the bits. So it is
 * proved to have no end as soon as the holder cannot go on, even while others run. `flags` are bits of HOLDER. Who waits for a task
 * sleeps.
 */
export function waitForHolder(
  cpu: Cpu,
  address: number,
  mask: number,
  value: number,
  holder: number,
  flags: number,
): number {
  const how = flags | CONDITION_IS.NAMED | CONDITION_IS.HELD;
  const [low, high] = [maskOf(holder, 0), maskOf(holder, 1)];
  if ((flags & CONDITION_IS.TASKS) === 0) return lookAndWait(cpu, address, mask, value, how, low, high);
  const word = lookAndWait(cpu, address, mask, value, how | asleep(cpu), low, high);
  if (cpu.id >= cpu.cpus) awaitCpu(cpu);
  return word;
}

/** Returns one word of a mask that names a CPU alone. */
export function maskOf(id: number, word: number): number {
  return id >>> 5 === word ? 1 << (id & 31) : 0;
}

/** Looks at the word as an instruction does, and waits if it must. */
function lookAndWait(
  cpu: Cpu,
  address: number,
  mask: number,
  value: number,
  how: number,
  low: number,
  high: number,
): number {
  const negate = (how & CONDITION_IS.NOT) !== 0;
  checkAddress(cpu, OP.READ, address);
  if (cpu.explored !== null) return cpu.explored.awaitWord(address, mask, value, how, low, high);
  if (cpu.mem[cpu.irr] !== 0) cpu.trap(cpu);
  const seen = cpu.isa.view(cpu.base, address);
  if (((seen & mask) === (value | 0)) !== negate) {
    recordLook(cpu, address, seen);
    return seen;
  }
  drainBuffer(cpu);
  const word = Atomics.load(cpu.mem, address);
  if (((word & mask) === (value | 0)) !== negate) {
    record(cpu, OP.READ, address, word, word);
    return word;
  }
  record(cpu, OP.READ | SPIN, address, word, word);
  return waitFor(cpu, address, mask, value, isInHandler(cpu) ? how | CONDITION_IS.INSIDE : how, low, high);
}

/** Records a look that has found what it waits for, in memory or in the CPU's own store buffer. */
function recordLook(cpu: Cpu, address: number, seen: number): void {
  const flags = buffersStoreOf(cpu, address) ? BUFFERED : 0;
  record(cpu, OP.READ | flags, address, seen, seen);
}

function waitFor(
  cpu: Cpu,
  address: number,
  mask: number,
  value: number,
  flags: number,
  low: number,
  high: number,
): number {
  const { mem, waiter } = cpu;
  const negate = (flags & CONDITION_IS.NOT) !== 0;
  writeCondition(cpu, flags, mask, value, low, high);
  publishWait(cpu, WAIT.WORD, address);
  beginWait(cpu);
  noteBlocked(cpu);
  waiter.begin();
  for (let spins = 1, look = firstLook(cpu), passed = 1; ; spins += passed) {
    if (mem[cpu.irr] !== 0) {
      cpu.trap(cpu);
      if (!waiter.armed) noteSleeper(cpu, false);
      // A handler has withdrawn the wait, and may have waited for a word itself.
      if (waitKind(mem[cpu.wait]) === WAIT.RUN) {
        writeCondition(cpu, flags, mask, value, low, high);
        publishWait(cpu, WAIT.WORD, address);
      }
    }
    if ((flags & CONDITION_IS.SLEEPS) !== 0 && giveCpuAway(cpu))
      return lookElsewhere(cpu, address, mask, value, flags, low, high);
    const word = Atomics.load(mem, address);
    if (((word & mask) === (value | 0)) !== negate) {
      endSleep(cpu);
      cpu.hasProved = false;
      publishWait(cpu, WAIT.RUN, 0);
      record(cpu, OP.READ | SPIN, address, word, word);
      return word;
    }
    // Before it sleeps, too: the last CPU of all that are stuck finds it, however soon they all sleep.
    if (hasFailed(cpu) || ((spins >= look || waiter.armed) && findCycle(cpu))) {
      endSleep(cpu);
      throw givenUp(cpu, address);
    }
    if (spins >= look) look += Math.min(look, LOOK_MAX);
    if (cpu.lockstep !== null) continue;
    passed = waiter.armed ? 1 : lookAway(cpu);
    sleepUntilStored(cpu, passed);
  }
}

/** Goes on with a wait of a task that has left its CPU. All but itself may store the word by default. */
function lookElsewhere(
  cpu: Cpu,
  address: number,
  mask: number,
  value: number,
  flags: number,
  low: number,
  high: number,
): number {
  const isNamed = (flags & CONDITION_IS.NAMED) !== 0;
  return lookAndWait(
    cpu,
    address,
    mask,
    value,
    flags,
    isNamed ? low : othersOf(cpu, 0),
    isNamed ? high : othersOf(cpu, 1),
  );
}

/** Leaves the CPU to a task that is ready for it. Returns whether there was one: then the wait is withdrawn, and goes on elsewhere. */
function giveCpuAway(cpu: Cpu): boolean {
  if (cpu.id >= cpu.cpus) return false;
  const next = readyTask(cpu);
  if (next < 0) return false;
  endSleep(cpu);
  const wait = cpu.mem[cpu.wait];
  publishWait(cpu, WAIT.RUN, 0);
  if (switchTo(cpu, next)) return true;
  publishWait(cpu, waitKind(wait), waitObject(wait));
  cpu.waiter.begin();
  return false;
}

/** Does one iteration of a wait for a word, which counts as `spins`, and says to those who store words while it sleeps. */
export function sleepUntilStored(cpu: Cpu, spins: number): void {
  const { waiter } = cpu;
  const wasArmed = waiter.armed;
  waiter.pause(spins);
  if (waiter.armed !== wasArmed) noteSleeper(cpu, !wasArmed);
}

/** Ends the iterations of a wait. */
export function endSleep(cpu: Cpu): void {
  if (cpu.waiter.armed) noteSleeper(cpu, false);
  cpu.waiter.end();
}

/** Whether the CPU is in a handler that has interrupted code of the race. */
export function isInHandler({ mem, block, irqOff, idling }: Cpu): boolean {
  const serves = mem[block + CPU.context] & (SERVING_SOFTIRQ | SERVING_HARDIRQ);
  return !idling && ((mem[irqOff] & (IN_HARDIRQ | IN_NMI)) !== 0 || serves !== 0);
}

/** Returns the CPUs that may store a word by default, of one word of a mask. */
export function othersOf({ id, places }: Cpu, word: number): number {
  const count = Math.min(32, Math.max(0, places - word * 32));
  const all = count === 32 ? -1 : (1 << count) - 1;
  return id >>> 5 === word ? all & ~(1 << (id & 31)) : all;
}

function named({ cpus, places }: Cpu, by: readonly number[], word: number): number {
  if (by.length === 0) throw new RangeError('wait_on: by names no CPU: nobody could end the wait');
  let mask = 0;
  for (const c of by) {
    if (!Number.isInteger(c) || c < 0 || c >= places) {
      const [one, all] = places === cpus ? ['CPU', 'CPUs'] : ['task', 'tasks'];
      throw new RangeError(`wait_on: by names ${one} ${c}, the machine has ${all} 0 to ${places - 1}`);
    }
    if (c >>> 5 === word) mask |= 1 << (c & 31);
  }
  return mask;
}
