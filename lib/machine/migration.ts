/**
 * Exchanges the CPUs of two threads, which is how a preempted task continues on another CPU. Called on a CPU's thread
 * by preemption.ts and meeting.ts.
 *
 * A task that is preempted and continues elsewhere is a thread that exchanges its CPU for another thread's: the
 * JavaScript stack stays, `cpu.id` changes. One word of the machine holds the offer:
 *   trial:17 | taken:1 | thread+1:7 | CPU+1:7        0 = nothing is offered
 * The offerer puts its CPU there and touches nothing of it until the word has changed; the taker answers, in the same
 * word, with the CPU it gives for it. Either says in its own CPU's `runner` when it has made its last record there, and
 * waits for the other to say so before it runs the other's: no CPU ever has two threads or none. Every access to the
 * word is recorded by the CPU that the thread is at that moment, so that the record of a failure shows where a task
 * continued. An offered CPU takes no interrupts, hence the bound.
 */

import { LINE_WORDS, PARTY_STRIDE, wake } from '../sharedarraybuffer-utils/index.js';
import { blockOf, partyOf, type Cpu } from './cpu.js';
import { checkCount } from './given.js';
import { MachineFault } from './fault.js';
import { POLLS } from './irqMask.js';
import { CPU } from './layout.js';
import { compareExchangeWord, readWord } from './machineWords.js';
import type { MachineMap } from './map.js';
import { noteMoved } from './stalePerCpu.js';
import { OP, record } from './recorder.js';

const CPU_MASK = 0x7f;
const THREAD_SHIFT = 7;
const TAKEN = 1 << 14;
const TRIAL_SHIFT = 15;
/** In `runner`: the thread has left the CPU, all but in name. */
const LEFT = 0x80;

/** Looks at an offer before it is withdrawn. */
export const OFFER_SPINS = 500;

/** Returns the word index of the offer. */
export function offerAt(map: MachineMap): number {
  return map.migration;
}

/** Whether the word of an offer says that it has been taken. */
export function isTaken(word: number): boolean {
  return (word & TAKEN) !== 0;
}

/** Returns the CPU that the word names. */
export function offeredCpu(word: number): number {
  return (word & CPU_MASK) - 1;
}

/** Returns the thread whose CPU the word offers, or gives for one. */
export function offeringThread(word: number): number {
  return ((word >>> THREAD_SHIFT) & CPU_MASK) - 1;
}

/** Returns the word index of the bell on which thread `home` waits for its own CPU, or for any. */
export function homeBellOf(map: MachineMap, home: number): number {
  return map.migration + LINE_WORDS + home * PARTY_STRIDE;
}

/** Whether the running task may be preempted: interrupts and softirqs on, preemption enabled, no lock held. */
export function isPreemptible(cpu: Cpu): boolean {
  const { mem, block } = cpu;
  const allows = mem[cpu.irqOff] === 0 && mem[block + CPU.preemptCount] === 0 && mem[block + CPU.held] === 0;
  return allows && (mem[block + CPU.context] & ~POLLS) === 0 && cpu.migrateDisabled === 0 && !cpu.isBound;
}

/**
 * Lets the running task be preempted. If another task of the same trial is on offer, the two exchange their CPUs;
 * otherwise, with `willing`, this one is offered for a bounded time. Returns whether the task continues on another CPU.
 * Does nothing where the task cannot be preempted.
 */
export function exchangeCpus(cpu: Cpu, willing: boolean): boolean {
  if (!isPreemptible(cpu)) return false;
  const offer = readWord(cpu, offerAt(cpu.map));
  const { explored } = cpu;
  if (explored !== null) {
    if (offer === 0) return willing && explored.offer(offerOf(cpu));
    return mayTake(cpu, offer) && explored.take(offer, answerOf(cpu));
  }
  if (offer === 0) return willing && offerCpu(cpu);
  return mayTake(cpu, offer) && takeCpu(cpu, offer);
}

/** Looks for the offer of another task of the same trial. One that is there now may be gone a moment later. */
export function isOfferedOne(cpu: Cpu): boolean {
  const offer = readWord(cpu, offerAt(cpu.map));
  return offer !== 0 && mayTake(cpu, offer);
}

/** Passes time until a task is on offer, for so many looks at most. They leave no record: a preemption point behind it does. */
export function awaitOffer(cpu: Cpu, looks: number): void {
  checkCount('awaitOffer: looks', looks, 0);
  if (cpu.lockstep !== null || cpu.explored !== null) return;
  const { mem } = cpu;
  const at = offerAt(cpu.map);
  for (let i = 0; i < looks && Atomics.load(mem, at) === 0; i++);
}

function mayTake(cpu: Cpu, offer: number): boolean {
  return (offer & TAKEN) === 0 && offer >>> TRIAL_SHIFT === offerOf(cpu) >>> TRIAL_SHIFT;
}

/** Whether the trial is one of every `n`; never for 0. For what a task does only now and then. */
export function isEveryNthTrial(cpu: Cpu, n: number): boolean {
  if ((n | 0) !== n) checkCount('isEveryNthTrial', n, 0);
  if (n <= 1) return n === 1;
  return cpu.explored === null ? (cpu.mem[cpu.block + CPU.trial] >>> 0) % n === 0 : cpu.explored.isEveryNth(n);
}

/** Returns the word that offers the thread's CPU. */
export function offerOf(cpu: Cpu): number {
  return (cpu.mem[cpu.block + CPU.trial] << TRIAL_SHIFT) | ((cpu.home + 1) << THREAD_SHIFT) | (cpu.id + 1);
}

/** Returns the word by which the thread takes an offer, and gives its own CPU for it. */
export function answerOf(cpu: Cpu): number {
  return offerOf(cpu) | TAKEN;
}

/** Returns the word that offers the thread's place for the n-th time in the trial (runQueue.ts). It needs no trial: no such offer outlives its own. */
export function numberedOffer(cpu: Cpu, n: number): number {
  return (n << TRIAL_SHIFT) | (offerOf(cpu) & (TAKEN - 1));
}

/** Whether the thread's CPU, or its place in front of one, is on offer and not yet taken. */
export function isOffered(cpu: Cpu): boolean {
  if (cpu.offeredAt !== 0) return Atomics.load(cpu.mem, cpu.offeredAt) === cpu.offered;
  return Atomics.load(cpu.mem, offerAt(cpu.map)) === offerOf(cpu);
}

/** Says that the thread has made its last record on its CPU. */
export function leaveCpu(cpu: Cpu): void {
  Atomics.or(cpu.mem, runnerOf(cpu, cpu.id), LEFT);
}

/** Says that it runs its CPU still. */
export function keepCpu(cpu: Cpu): void {
  Atomics.and(cpu.mem, runnerOf(cpu, cpu.id), ~LEFT);
}

function takeCpu(cpu: Cpu, offer: number): boolean {
  const { mem, map } = cpu;
  cpu.task.save(mem, cpu.block);
  if (compareExchangeWord(cpu, offerAt(map), offer, answerOf(cpu)) !== offer) return false;
  cpu.lockstep?.handOver?.(cpu);
  leaveCpu(cpu);
  adopt(cpu, offer);
  return true;
}

function offerCpu(cpu: Cpu): boolean {
  const { mem, map } = cpu;
  const at = offerAt(map);
  cpu.task.save(mem, cpu.block);
  const offer = offerOf(cpu);
  if (compareExchangeWord(cpu, at, 0, offer) !== 0) return false;
  leaveCpu(cpu);
  if (cpu.lockstep !== null) cpu.lockstep.standAside?.(cpu);
  else for (let i = 0; i < OFFER_SPINS && Atomics.load(mem, at) === offer; i++);
  const answer = Atomics.compareExchange(mem, at, offer, 0);
  if (answer === offer) {
    keepCpu(cpu);
    record(cpu, OP.CMPXCHG, at, offer, 0);
    return false;
  }
  adopt(cpu, answer);
  if (cpu.lockstep !== null) cpu.lockstep.boundary(cpu);
  Atomics.store(mem, at, 0);
  record(cpu, OP.WRITE, at, answer, 0);
  return true;
}

/** Makes the thread run the CPU that the word names from now on, with its task. */
export function adopt(cpu: Cpu, word: number): void {
  const id = offeredCpu(word);
  const from = (word >>> THREAD_SHIFT) & CPU_MASK;
  const runner = runnerOf(cpu, id);
  for (let spins = 0; Atomics.load(cpu.mem, runner) === from; spins++)
    if (spins > OFFER_SPINS) Atomics.wait(cpu.mem, runner, from, 1);
  passOn(cpu, id, from | LEFT, cpu.home + 1);
  cpu.become(id);
  cpu.task.restore(cpu.mem, cpu.block);
  cpu.waiter.moveTo(partyOf(cpu.map, id));
  noteMoved(cpu);
  cpu.lockstep?.moved?.(cpu);
}

/** Changes who runs a CPU. Anything unexpected there is a fault of the exchange, not of a race. */
function passOn(cpu: Cpu, id: number, from: number, to: number): void {
  const before = Atomics.compareExchange(cpu.mem, runnerOf(cpu, id), from, to);
  if (before === from) return;
  const [expected, found] = [from, before].map((runner) => (runner & CPU_MASK) - 1);
  throw new MachineFault(`CPU ${id} passes from thread ${expected} to ${to - 1}, but thread ${found} runs it`);
}

function runnerOf(cpu: Cpu, id: number): number {
  return blockOf(cpu.map, id) + CPU.runner;
}

/** Returns the thread that runs the CPU with this block, by the CPU it started as; -1 while it is handed back. */
export function runningThread(mem: Int32Array, block: number): number {
  return (mem[block + CPU.runner] & CPU_MASK) - 1;
}

/** Whether the thread that ran the CPU with this block last has left it, for one that does not run it yet. */
export function isOnItsWay(mem: Int32Array, block: number): boolean {
  return (Atomics.load(mem, block + CPU.runner) & LEFT) !== 0;
}

/**
 * Gives a thread the CPU back that it started as. Called by every thread that runs another one, after all have met: no
 * actor runs, whether it has finished or not, so a CPU that nobody runs for a moment keeps nobody waiting for long.
 */
export function goHome(cpu: Cpu): void {
  const { mem, map, home, waiter } = cpu;
  const runner = blockOf(map, home) + CPU.runner;
  passOn(cpu, cpu.id, home + 1, 0);
  wake(mem, homeBellOf(map, cpu.id));
  waiter.moveTo(homeBellOf(map, home));
  waiter.begin();
  while (Atomics.compareExchange(mem, runner, 0, home + 1) !== 0) waiter.pause();
  waiter.end();
  waiter.moveTo(partyOf(map, home));
  cpu.become(home);
}
