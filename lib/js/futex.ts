/**
 * `Atomics.wait` and `Atomics.notify` on the test's memory, in a trial. Put in their place by intercept.ts.
 *
 * Who sleeps is written down in the machine: a bit for each thread in a word of the trial's instance, which the one that notifies clears.
 * So a sleep is a wait for a word of the machine, in the records as in the wait-for graph, and one that nobody can end is proved
 * (lib/machine/standstill.ts). The list of sleepers is guarded as an engine's is: what a wait finds in its word, and that it
 * sleeps, is one step for all who notify; sleepers are woken in the order in which they have begun.
 */

import type { Cpu } from '../machine/cpu.js';
import { ABANDONED, abandon, die, hasFailed } from '../machine/outcome.js';
import { ASYNC_CODE } from '../machine/signatures.js';
import { endInLockstep, waitUntilUp } from '../machine/timedWait.js';
import { waitInPlaceOf } from '../machine/waitOn.js';
import { wakeSleepersAt } from '../machine/wordBell.js';
import { CONTROL, MEMBER, memberAt } from './control.js';
import { deferredWork, eventLoopIdle } from './deferred.js';
import { real } from './real.js';
import { OP, type Seam } from './seam.js';
import { bitsIn, wakesAtMost, expectedBy, isSleepable, millisecondsOf, queueOf, wordOfTest } from './waitArguments.js';
import type { SleepWitness } from './witness.js';

/** What `Atomics.waitAsync` returns. */
type AsyncWait =
  | { readonly async: false; readonly value: 'not-equal' | 'timed-out' | 'ok' }
  | { readonly async: true; readonly value: Promise<'ok' | 'timed-out'> };

/** Milliseconds after which a thread that awaits a wake-up looks whether its trial has failed. */
const AWAIT_MS_MAX = 2;

/** What the waits of one thread need beside the seam. */
export interface Sleepers {
  readonly control: Int32Array;
  readonly witness: SleepWitness;
  /** Whether a thread may wait without sleeping, so that the engine has to tell it. */
  readonly isAwaited: boolean;
}

/** Waits and notifies for one thread. */
export class Futex {
  /** Whether a promise of `waitAsync` is not settled. */
  isAwaiting = false;
  readonly #seam: Seam;
  #cpu: Cpu | null = null;
  #sleepers: Sleepers | null = null;

  constructor(seam: Seam) {
    this.#seam = seam;
  }

  join(cpu: Cpu, sleepers: Sleepers): void {
    this.#cpu = cpu;
    this.#sleepers = sleepers;
    this.isAwaiting = false;
  }

  leave(): void {
    this.#cpu = null;
    this.#sleepers = null;
  }

  /** Stands in for `Atomics.wait`. */
  wait(array: Int32Array, index: number, value: number, timeout?: number): 'ok' | 'not-equal' | 'timed-out' {
    const at = isSleepable(array) ? this.#seam.at(array, index) : -1;
    const [cpu, sleepers] = [this.#cpu, this.#sleepers];
    if (at < 0 || cpu === null || sleepers === null) return real.wait(array, index, value, timeout);
    const expected = expectedBy(array, value);
    const ms = millisecondsOf(timeout);
    // What the engine refuses is refused here, before the list is locked.
    real.load(array, index);
    this.#seam.boundary();
    this.#requireNoneAwaited(cpu, 'Atomics.wait');
    const queue = cpu.instance + queueOf(at);
    if (!this.#enqueue(cpu, sleepers, array, index, expected, at, queue, ms)) return 'not-equal';
    if (ms === Infinity) return this.#sleep(cpu, sleepers, array, index, expected, at, queue);
    return this.#sleepFor(cpu, sleepers, queue, performance.now() + ms);
  }

  /** Stands in for `Atomics.waitAsync`. One thread may wait for one word so, and not sleep meanwhile: it has one bit. */
  waitAsync(array: Int32Array, index: number, value: number, timeout?: number): AsyncWait {
    const at = isSleepable(array) ? this.#seam.at(array, index) : -1;
    const [cpu, sleepers] = [this.#cpu, this.#sleepers];
    if (at < 0 || cpu === null || sleepers === null) return real.waitAsync(array, index, value, timeout);
    const expected = expectedBy(array, value);
    const ms = millisecondsOf(timeout);
    real.load(array, index);
    this.#seam.boundary();
    this.#requireNoneAwaited(cpu, 'Atomics.waitAsync');
    if (ms === 0) return { async: false, value: this.#look(array, index, expected, at) };
    const queue = cpu.instance + queueOf(at);
    if (!this.#enqueue(cpu, sleepers, array, index, expected, at, queue, ms))
      return { async: false, value: 'not-equal' };
    this.isAwaiting = true;
    const fallAsleep = (): void => void this.#sleep(cpu, sleepers, array, index, expected, at, queue);
    const woken = this.#awaitWakeUp(cpu, sleepers, queue, performance.now() + ms, fallAsleep);
    // Its actor may have been thrown out, and then nobody awaits it.
    woken.catch(() => undefined);
    return { async: true, value: woken };
  }

  /** Looks at the word as `waitAsync` without any time does: it never waits, so nobody can wake it. */
  #look(array: Int32Array, index: number, expected: number, at: number): 'not-equal' | 'timed-out' {
    const found = real.load(array, index);
    const bits = bitsIn(array, found);
    this.#seam.record(OP.READ, at, bits, bits);
    return found === expected ? 'timed-out' : 'not-equal';
  }

  #requireNoneAwaited(cpu: Cpu, what: string): void {
    if (!this.isAwaiting) return;
    die(
      cpu,
      ASYNC_CODE,
      `${what} was called while a promise of Atomics.waitAsync is not settled: a thread of a trial has one wait at a time`,
    );
  }

  /**
   * Settles when the bit of the thread is cleared, or its time is up. A thread that has nothing else to do, by what Node knows of its event
   * loop, falls asleep: then nobody can go on but by a wake-up, and that is proved as any sleep is.
   */
  async #awaitWakeUp(
    cpu: Cpu,
    sleepers: Sleepers,
    queue: number,
    until: number,
    fallAsleep: () => void,
  ): Promise<'ok' | 'timed-out'> {
    const { mem } = cpu;
    const bit = 1 << cpu.home;
    const isOver = (): boolean => performance.now() >= until;
    // In a replay it takes its turns when the actor has reached where it awaits them.
    if (cpu.lockstep !== null) await eventLoopIdle(0);
    for (let seen; ((seen = real.load(mem, queue)) & bit) !== 0 && !isOver() && cpu.lockstep === null;) {
      if (hasFailed(cpu)) this.#giveUp(cpu, queue);
      if (mem[cpu.irr] !== 0) this.#whileAwaiting(() => cpu.trap(cpu));
      const slice = real.waitAsync(mem, queue, seen, Math.min(AWAIT_MS_MAX, until - performance.now()));
      const isWoken = !slice.async || (await slice.value) === 'ok';
      if (!isWoken && deferredWork() === null) break;
    }
    // The records are those of a sleep, however the thread has waited.
    if (until === Infinity) this.#whileAwaiting(fallAsleep);
    this.isAwaiting = false;
    return until === Infinity ? 'ok' : this.#sleepFor(cpu, sleepers, queue, until);
  }

  /** Does what may throw the actor out: nobody awaits the promise any more then. */
  #whileAwaiting(part: () => void): void {
    try {
      part();
    } catch (thrown) {
      this.isAwaiting = false;
      throw thrown;
    }
  }

  #giveUp(cpu: Cpu, queue: number): never {
    this.isAwaiting = false;
    return abandon(cpu, queue);
  }

  /** Stands in for `Atomics.notify`. */
  notify(array: Int32Array, index: number, count?: number): number {
    const at = isSleepable(array) ? this.#seam.at(array, index) : -1;
    const [cpu, sleepers] = [this.#cpu, this.#sleepers];
    if (at < 0 || cpu === null || sleepers === null)
      return count === undefined ? real.notify(array, index) : real.notify(array, index, count);
    // What the engine refuses, it refuses here.
    real.load(array, index);
    const max = count === undefined ? Infinity : wakesAtMost(count);
    this.#seam.delays?.passAtNotify();
    this.#seam.boundary();
    return this.#wake(cpu, sleepers, at, cpu.instance + queueOf(at), max);
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
      waitInPlaceOf(cpu, queue, 1 << cpu.home, 0, wordOfTest(at));
    } catch (thrown) {
      if (thrown === ABANDONED) witness.tell(cpu, at, bitsIn(array, expected), bitsIn(array, real.load(array, index)));
      throw thrown;
    }
    return 'ok';
  }

  /** Sleeps until it is woken, or its time is up: which of the two, the bit says that one of them clears. */
  #sleepFor(cpu: Cpu, { control }: Sleepers, queue: number, until: number): 'ok' | 'timed-out' {
    const bit = 1 << cpu.home;
    if (cpu.lockstep === null) {
      const isNext = (): boolean => isFirstToEnd(control, cpu);
      waitUntilUp(cpu, queue, bit, 0, () => performance.now() >= until, isNext);
    } else endInLockstep(cpu, queue, bit, 0);
    lock(cpu, control);
    const before = real.and(cpu.mem, queue, ~bit);
    // Not as a notification is recorded: the words of records tell them apart.
    this.#seam.recordAlone(OP.XCHG, queue, before, before & ~bit);
    if ((before & bit) !== 0) control[memberAt(cpu.home) + MEMBER.at] = 0;
    unlock(cpu, control);
    return (before & bit) === 0 ? 'ok' : 'timed-out';
  }

  #wake(cpu: Cpu, { control, isAwaited }: Sleepers, at: number, queue: number, max: number): number {
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
    if (bits !== 0) {
      wakeSleepersAt(cpu, queue);
      if (isAwaited) real.notify(cpu.mem, queue);
    }
    return woken;
  }
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
