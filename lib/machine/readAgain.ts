/**
 * Recognises loops that wait for a word by reading it again and again. Called on a CPU's thread by the compiled instructions
 * and by lock.ts: they look once in so many records whether the newest are reads that repeat. Then each read comes here, and another
 * instruction ends the loop (leaveLoop.ts).
 *
 * `while (READ_ONCE(cpu, a) !== v);` is a wait for a word that says nothing of itself. So is a loop of `spin_trylock` or `cmpxchg` that
 * fails each time: what leaves its word as it was has only read it. A loop that reads the same words with the
 * same values again and again is treated as one: the iterations leave no record between the first look and the read that ends it, the
 * CPU sleeps where a wait would, and stores wake it. Such a loop may give up by itself after so many tries. So it is no edge of
 * the wait-for graph before it has iterated ITERATIONS_MAX times; then the CPU stays in it as in `wait_on`, and a report says
 * how often the words were read. While nobody else can go on it does not sleep, so that it gives up, or gets there, soon.
 *
 * An iteration is read at once, in front of its first read. The code sees each value where it would have read it, since nothing
 * of its own comes in between: interrupts are taken between iterations alone.
 */

import { CONDITION_IS, writeCondition, writeLoop } from './condition.js';
import type { Cpu, TurnTaking } from './cpu.js';
import { findCycle } from './cycle.js';
import { IRR_LOOP } from './irqMask.js';
import { leaveLoop, stopFollowing, withdrawLoop } from './leaveLoop.js';
import { FIRST_LOOK, LOOK_MAX, lookAway } from './looks.js';
import { abandon, hasFailed } from './outcome.js';
import { noteBlocked } from './proofTime.js';
import type { ReadLoop } from './readLoop.js';
import { OP, SPIN, record } from './recorder.js';
import { drainBuffer } from './storeBuffer.js';
import { standsButFor } from './standstill.js';
import { WAIT, beginWait, publishWait, waitKind } from './wait.js';
import { endSleep, isInHandler, maskOf, othersOf, sleepUntilStored } from './waitOn.js';
import { noteSleeper } from './wordBell.js';

/** Iterations after which a loop counts as a wait without an end: no code of a kernel tries so often and then gives up. */
export const ITERATIONS_MAX = 1 << 18;

/** Iterations of another wait that an iteration takes as long as. */
const ITERATION_SPINS = 8;

/** Does an instruction that is followed, or one of a loop; `a` and `b` are its operands. Returns the word as it was before. */
export function readAgain(cpu: Cpu, op: number, address: number, a: number, b: number): number {
  const { loop } = cpu;
  if (!loop.isNext(op, address) || (loop.isLoop && !loop.leavesNext(a, b))) leaveLoop(cpu);
  else if (!loop.isLoop) return follow(cpu, loop, op, address, a, b);
  else if (!loop.isAtFirst || iterates(cpu, loop)) return loop.pass();
  else if (op === OP.READ) return endLoop(cpu, loop);
  else endLoop(cpu, loop);
  return op === OP.READ ? cpu.isa.read(cpu.base, address) : cpu.isa.update(cpu.base, op, address, a, b);
}

/** Does an instruction, and compares it with those before. A handler in between ends nothing, unless it has changed what is read. */
function follow(cpu: Cpu, loop: ReadLoop, op: number, address: number, a: number, b: number): number {
  takeInterruptsInLoop(cpu, loop);
  const { isa, base } = cpu;
  const value = op === OP.READ ? isa.readNow(base, address) : isa.updateNow(base, op, address, a, b);
  noteFollowed(cpu, loop, !loop.leavesNext(a, b), value);
  return value;
}

/** What lock.ts is to do for a trylock while reads are followed. */
export const TRY = Object.freeze({
  /** It has failed: the lock is as it was. */
  FAILED: 0,
  /** It is done as any. */
  AS_ANY: 1,
  /** It is done without a boundary, and `tried` is called with what came of it. */
  FOLLOWED: 2,
} as const);

/** Begins a trylock of a CPU whose reads are followed. */
export function tryAgain(cpu: Cpu, lock: number): number {
  const { loop } = cpu;
  if (!loop.isNext(OP.READ, lock)) leaveLoop(cpu);
  else if (!loop.isLoop) {
    loop.noteTry();
    takeInterruptsInLoop(cpu, loop);
    return TRY.FOLLOWED;
  } else if (!loop.isAtFirst || iterates(cpu, loop)) {
    loop.pass();
    return TRY.FAILED;
  } else endLoop(cpu, loop);
  return TRY.AS_ANY;
}

/** Says what came of a trylock that is followed: the word that kept the CPU from the lock, or 0. */
export function tried(cpu: Cpu, word: number): void {
  noteFollowed(cpu, cpu.loop, word === 0, word);
}

/** Compares what was read with those before, unless it is another one in any case. */
function noteFollowed(cpu: Cpu, loop: ReadLoop, isOther: boolean, value: number): void {
  if (isOther) loop.forget();
  else if (loop.follow(value)) beginLoop(cpu, loop);
  if (!loop.isFollowed) stopFollowing(cpu);
}

function beginLoop(cpu: Cpu, loop: ReadLoop): void {
  loop.look = FIRST_LOOK;
  loop.isAlone = false;
  cpu.waiter.begin();
}

/** Begins an iteration; returns false if a word has changed, otherwise it has waited a moment. */
function iterates(cpu: Cpu, loop: ReadLoop): boolean {
  if (loop.iterations === 0 && cpu.lockstep?.scripted === undefined) publishFirst(cpu, loop, 0);
  loop.iterations++;
  takeInterruptsInLoop(cpu, loop);
  if (cpu.lockstep?.scripted !== undefined) return waitByScript(cpu, loop, cpu.lockstep);
  if (hasChanged(cpu, loop)) return false;
  if (hasFailed(cpu)) giveUp(cpu, loop);
  if (loop.iterations >= ITERATIONS_MAX) return waitOut(cpu, loop);
  if (waitKind(cpu.mem[cpu.wait]) === WAIT.RUN) publish(cpu, loop, 0);
  if (loop.iterations >= loop.look || cpu.waiter.armed) loop.isAlone = standsButFor(cpu);
  if (loop.iterations >= loop.look) loop.look += Math.min(loop.look, LOOK_MAX);
  if (loop.isAlone && cpu.waiter.armed) beAwake(cpu);
  if (!loop.isAlone) passTime(cpu);
  return true;
}

/** Waits a moment between two iterations: away from the words, as other waits do, and asleep once it has taken too long. */
function passTime(cpu: Cpu): void {
  if (cpu.lockstep === null) sleepUntilStored(cpu, cpu.waiter.armed ? 1 : ITERATION_SPINS + lookAway(cpu));
}

/** Waits for no bell while nobody else can go on: the CPU then looks at the others now and then, not in every iteration. */
function beAwake(cpu: Cpu): void {
  endSleep(cpu);
  cpu.waiter.begin();
}

/** Records the first look of the wait, and publishes it. */
function publishFirst(cpu: Cpu, loop: ReadLoop, flags: number): void {
  const value = loop.valueOf(0);
  drainBuffer(cpu);
  record(cpu, OP.READ | SPIN, loop.addressOf(0), value, value);
  publish(cpu, loop, flags);
  beginWait(cpu);
  noteBlocked(cpu);
}

function publish(cpu: Cpu, loop: ReadLoop, flags: number): void {
  if (waitKind(cpu.mem[cpu.wait]) !== WAIT.RUN) publishWait(cpu, WAIT.RUN, 0);
  const inside = isInHandler(cpu) ? CONDITION_IS.INSIDE : 0;
  const { holder } = loop;
  const held = holder < 0 ? 0 : CONDITION_IS.NAMED | CONDITION_IS.HELD;
  const low = holder < 0 ? othersOf(cpu, 0) : maskOf(holder, 0);
  const high = holder < 0 ? othersOf(cpu, 1) : maskOf(holder, 1);
  const all = CONDITION_IS.NOT | CONDITION_IS.LOOP | held | inside | flags;
  writeCondition(cpu, all, loop.maskOf(0), loop.valueOf(0), low, high);
  writeLoop(cpu, loop);
  publishWait(cpu, WAIT.WORD, loop.addressOf(0));
}

/** Stays in the loop until a word changes: it has iterated too often for one that gives up. */
function waitOut(cpu: Cpu, loop: ReadLoop): false {
  const { waiter } = cpu;
  publish(cpu, loop, CONDITION_IS.FOR_EVER);
  for (let spins = 1, look = 1; ; spins++) {
    takeInterruptsInLoop(cpu, loop);
    if (waitKind(cpu.mem[cpu.wait]) === WAIT.RUN) publish(cpu, loop, CONDITION_IS.FOR_EVER);
    if (hasChanged(cpu, loop)) return false;
    if (hasFailed(cpu) || ((spins >= look || waiter.armed) && findCycle(cpu))) giveUp(cpu, loop);
    if (spins >= look) look += Math.min(look, LOOK_MAX);
    passTime(cpu);
  }
}

/** Waits as the script has it: the loop takes a turn for its first look if it does not end, and one for its end. */
function waitByScript(cpu: Cpu, loop: ReadLoop, script: TurnTaking): false {
  for (let isNew = true; ; takeInterruptsInLoop(cpu, loop)) {
    const kind = script.scripted?.();
    if (kind === 'end') return false;
    if (kind === 'look' || isNew) publishFirst(cpu, loop, CONDITION_IS.FOR_EVER);
    isNew = false;
    if (kind === 'proof' && (hasFailed(cpu) || findCycle(cpu))) giveUp(cpu, loop);
  }
}

/** Takes what is requested between two iterations, and turns in lockstep. A handler has a loop of its own. */
function takeInterruptsInLoop(cpu: Cpu, loop: ReadLoop): void {
  const { mem } = cpu;
  if ((mem[cpu.irr] & ~IRR_LOOP) === 0) return;
  Atomics.and(mem, cpu.irr, ~IRR_LOOP);
  cpu.loop = cpu.innerLoop(loop);
  cpu.trap(cpu);
  cpu.loop = loop;
  Atomics.or(mem, cpu.irr, IRR_LOOP);
  if (!cpu.waiter.armed) noteSleeper(cpu, false);
}

function hasChanged({ mem }: Cpu, loop: ReadLoop): boolean {
  for (let i = 0; i < loop.period; i++)
    if ((Atomics.load(mem, loop.addressOf(i)) & loop.maskOf(i)) !== loop.valueOf(i)) return true;
  return false;
}

/**
 * Ends the loop by a read of its first word, which is recorded; returns the word. What is behind it are instructions as any: of an
 * atomic operation or a trylock, it itself, too.
 */
function endLoop(cpu: Cpu, loop: ReadLoop): number {
  const address = loop.addressOf(0);
  const mask = loop.maskOf(0);
  withdrawLoop(cpu);
  const value = Atomics.load(cpu.mem, address) & mask;
  record(cpu, OP.READ | SPIN, address, value, value);
  return value;
}

function giveUp(cpu: Cpu, loop: ReadLoop): never {
  const address = loop.addressOf(0);
  // The wait stays published, as that of any CPU that leaves its trial.
  Atomics.and(cpu.mem, cpu.irr, ~IRR_LOOP);
  endSleep(cpu);
  loop.forget();
  abandon(cpu, address);
}
