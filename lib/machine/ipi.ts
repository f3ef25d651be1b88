/**
 * The sending side of IPIs: posts calls and waits for their acknowledgements. Called on the sender's thread by
 * lib/kernel/smp.ts, and at the end of an actor by lib/harness/cpu/trial.ts.
 */

import { wake } from '../sharedarraybuffer-utils/index.js';
import { blockOf, partyOf, type Cpu, type InterruptHandler } from './cpu.js';
import { findCycle } from './cycle.js';
import { IRQS_DISABLED, IRR_MAILBOX, lowestBit } from './irq.js';
import { CSD, CPU } from './layout.js';
import { LOOK_MAX, firstLook } from './looks.js';
import { maskWord, writeWord } from './machineWords.js';
import { reachedCpus } from './offline.js';
import { noteBlocked } from './proofTime.js';
import { OP, SPIN, record } from './recorder.js';
import { IPI_NO_CPU } from './signatures.js';
import { drainBuffer } from './storeBuffer.js';
import { die, givenUp, hasFailed } from './outcome.js';
import { WAIT, publishWait } from './wait.js';

/**
 * Posts one call to every CPU of a mask: bit b of `low` is CPU b, bit b of `high` CPU 32 + b. The own CPU is left out.
 * With `wait`, returns when every receiver has run the handler. A CPU has one call under way: the next one first waits
 * until all receivers of the last have taken it. Receivers see every store made before; a waiting sender sees theirs.
 */
export function send(
  cpu: Cpu,
  low: number,
  high: number,
  handler: InterruptHandler,
  info: number,
  wait: boolean,
): void {
  post(cpu, low, high, handler, info, wait);
  if (wait) awaitAcks(cpu);
}

/** Posts the calls of `send`, without waiting. With `ackDone`, `awaitAcks` returns only when every receiver has run the handler. */
export function post(
  cpu: Cpu,
  low: number,
  high: number,
  handler: InterruptHandler,
  info: number,
  ackDone: boolean,
): void {
  const index = cpu.interrupts.indexOf(handler);
  if (index < 0) throw new Error(`interrupt handler ${handler?.name ?? String(handler)} is not declared by the race`);
  refuseMissing(cpu, low, 0);
  refuseMissing(cpu, high, 1);
  const reached = reachedCpus(cpu, low);
  const irqOff = takeSlot(cpu);
  const csd = cpu.block + CPU.csd;
  writeWord(cpu, csd + CSD.handler, index);
  writeWord(cpu, csd + CSD.info, info);
  writeWord(cpu, csd + CSD.wait, ackDone ? 1 : 0);
  cpu.mem[csd + CSD.instance] = cpu.instance;
  cpu.mem[csd + CSD.tag] = cpu.trialTag;
  const lost = withoutSelf(cpu, low & ~reached, 0);
  cpu.mem[csd + CSD.lost] = lost;
  // Who does not wait for the handlers hears of nobody whether the call was lost.
  expect(cpu, 0, withoutSelf(cpu, ackDone ? low : reached, 0));
  if (cpu.cpus > 32) expect(cpu, 1, withoutSelf(cpu, high, 1));
  postWord(cpu, 0, withoutSelf(cpu, reached, 0));
  if (cpu.cpus > 32) postWord(cpu, 1, withoutSelf(cpu, high, 1));
  cpu.mem[cpu.irqOff] = irqOff;
}

/** Kills the CPU: a mask names a CPU that the machine does not have. */
function refuseMissing(cpu: Cpu, mask: number, word: number): void {
  const missing = mask & ~existing(cpu, word);
  if (missing === 0) return;
  die(cpu, IPI_NO_CPU, 'IPI to a CPU that the machine does not have', word * 32 + lowestBit(missing));
}

/** Returns the CPUs of one word of a mask. */
function existing({ cpus }: Cpu, word: number): number {
  const count = Math.min(32, Math.max(0, cpus - word * 32));
  return count === 32 ? -1 : (1 << count) - 1;
}

/**
 * Waits until the CPU's last call has been taken by all, and masks interrupts: a handler of this CPU may post a call as well, and
 * would overwrite one that is half filled. Returns what `CPU.irqOff` was.
 */
function takeSlot(cpu: Cpu): number {
  const { mem } = cpu;
  for (;;) {
    awaitAcks(cpu);
    const before = mem[cpu.irqOff];
    mem[cpu.irqOff] = before | IRQS_DISABLED;
    if (cpu.cpus <= 32 || before !== 0) return before;
    // In front of the second word of the mask a handler may have posted to a CPU of the first.
    const unacked = cpu.mailboxes.unacked(cpu.id, 0);
    record(cpu, OP.READ, cpu.mailboxes.unackedAt(cpu.id, 0), unacked, unacked);
    if (unacked === 0) return before;
    mem[cpu.irqOff] = before;
  }
}

function withoutSelf(cpu: Cpu, mask: number, word: number): number {
  return cpu.id >>> 5 === word ? mask & ~(1 << (cpu.id & 31)) : mask;
}

function expect(cpu: Cpu, word: number, mask: number): void {
  if (cpu.explored !== null) {
    cpu.explored.expect(mask);
    return;
  }
  if (cpu.mem[cpu.irr] !== 0) cpu.trap(cpu);
  const before = cpu.mailboxes.expect(cpu.id, word, mask);
  record(cpu, OP.WRITE, cpu.mailboxes.unackedAt(cpu.id, word), before, mask);
}

function postWord(cpu: Cpu, word: number, mask: number): void {
  for (let left = mask; left !== 0; left &= left - 1) {
    const target = word * 32 + lowestBit(left);
    if (cpu.explored !== null) {
      cpu.explored.post(target);
      continue;
    }
    if (cpu.mem[cpu.irr] !== 0) cpu.trap(cpu);
    const before = cpu.mailboxes.post(cpu.id, target);
    record(cpu, OP.FETCH_OR, cpu.mailboxes.pendingAt(target, cpu.id >>> 5), before, before | (1 << (cpu.id & 31)));
    Atomics.or(cpu.mem, blockOf(cpu.map, target) + CPU.irr, IRR_MAILBOX);
    wake(cpu.mem, partyOf(cpu.map, target));
  }
}

/**
 * Waits, at the end of an actor, until the last call of the trial has been taken, if there was one. No call outlives
 * its trial. Whether there was one is the CPU's own to know: a look at who has answered, without a record, would decide
 * what comes next and could not be replayed. Nobody takes a call that was lost, so it ends with its actor.
 */
export function awaitLastCall(cpu: Cpu): void {
  const csd = cpu.block + CPU.csd;
  if (cpu.mem[csd + CSD.tag] !== cpu.trialTag) return;
  const lost = cpu.mem[csd + CSD.lost];
  if (lost !== 0) maskWord(cpu, cpu.mailboxes.unackedAt(cpu.id, 0), ~lost);
  awaitAcks(cpu);
}

/** Waits until everybody has acknowledged this CPU's last call, taking interrupts if they are on. */
export function awaitAcks(cpu: Cpu): void {
  if (cpu.explored !== null) {
    cpu.explored.awaitAcks();
    return;
  }
  for (let word = 0; word * 32 < cpu.cpus; word++) {
    if (cpu.mem[cpu.irr] !== 0) cpu.trap(cpu);
    let unacked = cpu.mailboxes.unacked(cpu.id, word);
    if (unacked !== 0 && cpu.hasStoreBuffer) {
      drainBuffer(cpu);
      unacked = cpu.mailboxes.unacked(cpu.id, word);
    }
    if (unacked === 0) record(cpu, OP.READ, cpu.mailboxes.unackedAt(cpu.id, word), 0, 0);
    else awaitWord(cpu, word, unacked);
  }
}

function awaitWord(cpu: Cpu, word: number, seen: number): void {
  const { mem, waiter } = cpu;
  const at = cpu.mailboxes.unackedAt(cpu.id, word);
  record(cpu, OP.READ | SPIN, at, seen, seen);
  publishWait(cpu, WAIT.ACK, word);
  noteBlocked(cpu);
  waiter.begin();
  for (let spins = 1, look = firstLook(cpu); ; spins++) {
    if (mem[cpu.irr] !== 0) cpu.trap(cpu);
    if (cpu.mailboxes.unacked(cpu.id, word) === 0) break;
    // Before it sleeps, too: the last CPU of a cycle to wait finds it, however soon they all sleep.
    if (hasFailed(cpu) || ((spins >= look || waiter.armed) && findCycle(cpu))) {
      waiter.end();
      throw givenUp(cpu, at);
    }
    if (spins >= look) look += Math.min(look, LOOK_MAX);
    if (cpu.lockstep === null) waiter.pause();
  }
  waiter.end();
  cpu.hasProved = false;
  publishWait(cpu, WAIT.RUN, 0);
  record(cpu, OP.READ | SPIN, at, 0, 0);
}
