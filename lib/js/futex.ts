/**
 * `Atomics.wait` and `Atomics.notify` on the test's memory, in a trial. Put in their place by intercept.ts.
 *
 * Who sleeps is written down in the machine: a bit for each thread in a word of the trial's instance, which the one that notifies clears.
 * So a sleep is a wait for a word of the machine, in the records as in the wait-for graph, and one that nobody can end is proved
 * (lib/machine/standstill.ts). The list of sleepers is guarded as an engine's is: what a wait finds in its word, and that it
 * sleeps, is one step for all who notify; sleepers are woken in the order in which they have begun.
 */

import type { Cpu } from '../machine/cpu.js';
import { ABANDONED } from '../machine/outcome.js';
import { waitUntilUp } from '../machine/timedWait.js';
import { wait_on } from '../machine/waitOn.js';
import { wakeSleepersAt } from '../machine/wordBell.js';
import { CONTROL, MEMBER, memberAt } from './control.js';
import { real } from './real.js';
import { OP, bitsOf, type Seam } from './seam.js';
import type { SleepWitness } from './witness.js';

/** Words of an instance that have the sleepers: those on one word of the test are in one of them. */
export const QUEUES = 29;

/** What the waits of one thread need beside the seam. */
export interface Sleepers {
  readonly control: Int32Array;
  readonly witness: SleepWitness;
}

/** Waits and notifies for one thread. */
export class Futex {
  readonly #seam: Seam;
  #cpu: Cpu | null = null;
  #sleepers: Sleepers | null = null;

  constructor(seam: Seam) {
    this.#seam = seam;
  }

  join(cpu: Cpu, sleepers: Sleepers): void {
    this.#cpu = cpu;
    this.#sleepers = sleepers;
  }

  leave(): void {
    this.#cpu = null;
    this.#sleepers = null;
  }

  /** Stands in for `Atomics.wait`. */
  wait(array: Int32Array, index: number, value: number, timeout?: number): 'ok' | 'not-equal' | 'timed-out' {
    const at = this.#isSleepable(array) ? this.#seam.at(array, index) : -1;
    const [cpu, sleepers] = [this.#cpu, this.#sleepers];
    if (at < 0 || cpu === null || sleepers === null) return real.wait(array, index, value, timeout);
    const expected = expectedBy(array, value);
    const ms = millisecondsOf(timeout);
    this.#seam.boundary();
    const queue = cpu.instance + queueOf(at);
    if (!this.#enqueue(cpu, sleepers, array, index, expected, at, queue, ms)) return 'not-equal';
    if (ms === Infinity) return this.#sleep(cpu, sleepers, array, index, expected, at, queue);
    return this.#sleepFor(cpu, sleepers, queue, ms);
  }

  /** Stands in for `Atomics.notify`. */
  notify(array: Int32Array, index: number, count?: number): number {
    const at = this.#isSleepable(array) ? this.#seam.at(array, index) : -1;
    const [cpu, sleepers] = [this.#cpu, this.#sleepers];
    if (at < 0 || cpu === null || sleepers === null)
      return count === undefined ? real.notify(array, index) : real.notify(array, index, count);
    // What the engine refuses, it refuses here.
    real.load(array, index);
    const max = count === undefined ? Infinity : countOf(count);
    this.#seam.delays?.passAtNotify();
    this.#seam.boundary();
    return this.#wake(cpu, sleepers.control, at, cpu.instance + queueOf(at), max);
  }

  #isSleepable(array: unknown): boolean {
    return array instanceof Int32Array || array instanceof BigInt64Array;
  }

  /** Writes down that the thread sleeps, if the word is what it expects. */
  #enqueue(
    cpu: Cpu,
    { control }: Sleepers,
    array: Int32Array,
    index: number,
    expected: number,
    at: number,
    queue: number,
    ms: number,
  ): boolean {
    lock(cpu, control);
    const found = real.load(array, index);
    const bits = bitsIn(array, found);
    if (found !== expected) {
      unlock(cpu, control);
      this.#seam.record(OP.READ, at, bits, bits);
      return false;
    }
    this.#seam.recordAlone(OP.READ, at, bits, bits);
    // In a replay each record has its turn.
    if (cpu.lockstep !== null) cpu.trap(cpu);
    const member = memberAt(cpu.home);
    control[member + MEMBER.ticket] = ++control[CONTROL.ticket];
    control[member + MEMBER.timed] = ms === Infinity ? 0 : 1 + Math.min(2 ** 30, Math.trunc(performance.now() + ms));
    control[member + MEMBER.at] = at + 1;
    const bit = 1 << cpu.home;
    const before = real.or(cpu.mem, queue, bit);
    this.#seam.recordAlone(OP.FETCH_OR, queue, before, before | bit);
    unlock(cpu, control);
    return true;
  }

  #sleep(
    cpu: Cpu,
    { witness }: Sleepers,
    array: Int32Array,
    index: number,
    expected: number,
    at: number,
    queue: number,
  ): 'ok' {
    try {
      wait_on(cpu, queue, 1 << cpu.home, 0);
    } catch (thrown) {
      if (thrown === ABANDONED) witness.tell(cpu, at, bitsIn(array, expected), bitsIn(array, real.load(array, index)));
      throw thrown;
    }
    return 'ok';
  }

  /** Sleeps until it is woken, or its time is up: which of the two, the bit says that one of them clears. */
  #sleepFor(cpu: Cpu, { control }: Sleepers, queue: number, ms: number): 'ok' | 'timed-out' {
    const bit = 1 << cpu.home;
    const until = performance.now() + ms;
    if (cpu.lockstep === null) {
      const isNext = (): boolean => isFirstToEnd(control, cpu);
      waitUntilUp(cpu, queue, bit, 0, () => performance.now() >= until, isNext);
    } else cpu.trap(cpu);
    lock(cpu, control);
    const before = real.and(cpu.mem, queue, ~bit);
    this.#seam.recordAlone(OP.FETCH_AND, queue, before, before & ~bit);
    if ((before & bit) !== 0) control[memberAt(cpu.home) + MEMBER.at] = 0;
    unlock(cpu, control);
    return (before & bit) === 0 ? 'ok' : 'timed-out';
  }

  #wake(cpu: Cpu, control: Int32Array, at: number, queue: number, max: number): number {
    lock(cpu, control);
    let woken = 0;
    let bits = 0;
    for (; woken < max; woken++) {
      const first = oldest(control, cpu.places, at);
      if (first < 0) break;
      control[memberAt(first) + MEMBER.at] = 0;
      bits |= 1 << first;
    }
    const before = real.and(cpu.mem, queue, ~bits);
    this.#seam.record(OP.FETCH_AND, queue, before, before & ~bits);
    unlock(cpu, control);
    if (bits !== 0) wakeSleepersAt(cpu, queue);
    return woken;
  }
}

/** Returns the value that a wait expects, as the array holds it. */
function expectedBy(array: Int32Array, value: number): number {
  return array instanceof Int32Array ? value | 0 : (BigInt.asIntN(64, BigInt(value)) as never);
}

function bitsIn(array: Int32Array, value: number): number {
  return array instanceof Int32Array ? value : bitsOf(array, value);
}

/** Returns how long a timeout is, as the engine takes it: code in JavaScript gives anything. */
function millisecondsOf(timeout: unknown): number {
  const ms = timeout === undefined ? Infinity : Number(timeout);
  return Number.isNaN(ms) ? Infinity : Math.max(0, ms);
}

function countOf(count: unknown): number {
  return Math.max(0, Math.trunc(Number(count)) || 0);
}

/** Returns which of the words has the sleepers on this word of the test. */
function queueOf(at: number): number {
  return (at >>> 2) % QUEUES;
}

/** Returns the thread that has slept longest on this word; -1 if nobody sleeps there. */
function oldest(control: Int32Array, threads: number, at: number): number {
  let found = -1;
  for (let t = 0; t < threads; t++) {
    if (control[memberAt(t) + MEMBER.at] !== at + 1) continue;
    if (found < 0 || control[memberAt(t) + MEMBER.ticket] < control[memberAt(found) + MEMBER.ticket]) found = t;
  }
  return found;
}

/** Whether no other thread's timed sleep ends before that of this one. */
function isFirstToEnd(control: Int32Array, cpu: Cpu): boolean {
  const own = control[memberAt(cpu.home) + MEMBER.timed];
  for (let t = 0; t < cpu.places; t++) {
    const member = memberAt(t);
    const until = control[member + MEMBER.timed];
    if (t !== cpu.home && real.load(control, member + MEMBER.at) !== 0 && until !== 0 && until < own) return false;
  }
  return true;
}

/** Takes the lock of the list. In lockstep one thread runs at a time, and one that holds it may stand in front of its next turn. */
function lock(cpu: Cpu, control: Int32Array): void {
  if (cpu.lockstep !== null) return;
  while (real.compareExchange(control, CONTROL.lock, 0, 1) !== 0);
}

function unlock(cpu: Cpu, control: Int32Array): void {
  if (cpu.lockstep === null) real.store(control, CONTROL.lock, 0);
}
