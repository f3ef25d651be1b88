/**
 * The receiving side of interrupts. Called on the receiver's thread at an instruction boundary, and by meeting.ts while
 * the CPU idles.
 */

import { enter, kernelFunction, leave } from './callStack.js';
import { throwAgain } from './caught.js';
import { blockOf, partyOf, type Cpu } from './cpu.js';
import { runHandler } from './handler.js';
import { IN_HARDIRQ, IN_NMI, IRR_LOOP, POLLS } from './irqMask.js';
import { CPU, CSD, LINES_MAX } from './layout.js';
import { IRR_LINES, IRR_TIMER, TAKEN, deliverLine, lowestBit, nextLine, settleLines } from './lines.js';
import { maskWord, readWord } from './machineWords.js';
import { IRR_NMI, takeNmi } from './nmi.js';
import { leaveLoop } from './leaveLoop.js';
import { pollsNow } from './poll.js';
import { OP, record } from './recorder.js';
import { drainBuffer, drainInTurns } from './storeBuffer.js';
import { isLaterTrial, isLeaving } from './outcome.js';
import { tick } from './timers.js';
import { publishWait, waitKind, waitObject, WAIT } from './wait.js';
import { wake } from '../sharedarraybuffer-utils/index.js';

/** Bits of `CPU.irr`. */
export const IRR_MAILBOX = 1;
export const IRR_LOCKSTEP = 1 << 31;

export { IN_HARDIRQ, IN_HYPERVISOR, IRQS_DISABLED } from './irqMask.js';
export { lowestBit } from './lines.js';

/** Takes the slow path of an instruction boundary: something is requested, or the machine runs in lockstep. */
export function takeInterrupts(cpu: Cpu): void {
  if (isLeaving(cpu)) throwAgain(cpu);
  if ((cpu.mem[cpu.irr] & IRR_LOOP) !== 0) leaveLoop(cpu);
  if (cpu.lockstep !== null) {
    cpu.lockstep.boundary(cpu);
    return;
  }
  if ((cpu.mem[cpu.irr] & IRR_NMI) !== 0) takeNmi(cpu);
  if ((cpu.mem[cpu.irr] & IRR_TIMER) !== 0) tick(cpu);
  for (let taken = 0; taken >= 0;) taken = takeNext(cpu, taken);
}

/** What has been taken at a boundary, beside the lines: calls. */
const CALLS = 1 << LINES_MAX;

/**
 * Takes the next interrupt, if there is one that the CPU takes: calls and each line once at a boundary. Returns what it has taken
 * at this boundary, or -1 if there is nothing more; `taken` is what the call before returned, 0 for the first.
 */
export function takeNext(cpu: Cpu, taken: number): number {
  if ((taken & CALLS) === 0 && interruptPending(cpu)) {
    deliver(cpu);
    return taken | CALLS;
  }
  if ((cpu.mem[cpu.irr] & IRR_LINES) === 0) return -1;
  const line = nextLine(cpu, taken);
  if (line < 0) {
    settleLines(cpu);
    return -1;
  }
  deliverLine(cpu, line, TAKEN.AT_BOUNDARY);
  return taken | (1 << line);
}

/** Whether the CPU takes an interrupt now. */
export function takesOne(cpu: Cpu): boolean {
  return interruptPending(cpu) || ((cpu.mem[cpu.irr] & IRR_LINES) !== 0 && nextLine(cpu, 0) >= 0);
}

/** Whether a call waits in the mailbox and the CPU takes it: with interrupts on, or in a poll. */
export function interruptPending(cpu: Cpu): boolean {
  return (cpu.mem[cpu.irr] & IRR_MAILBOX) !== 0 && (cpu.mem[cpu.irqOff] === 0 || pollsNow(cpu));
}

/** What a call trace shows between a handler and what it has interrupted. */
const F_INTERRUPT = kernelFunction('smp_call_function_interrupt');

/**
 * Handles every call in the CPU's mailbox. The wait record is withdrawn meanwhile: a CPU that runs a handler waits for
 * nothing, whatever it interrupted, and a walker that saw both sides sees another sequence number. A wait for a word
 * publishes itself again, with its condition (waitOn.ts). What it interrupted
 * stands at its own step meanwhile, and continues there: handlers have a frame of their own, and begin before any step.
 * Its stores are visible before the handler begins, and those of the handler before it goes on: iret serialises.
 * No NMI comes between the record of the entry and the first access, which is where a replay delivers.
 */
export function deliver(cpu: Cpu): void {
  const { mem } = cpu;
  drainBuffer(cpu);
  const outer = mem[cpu.wait];
  cpu.interrupted.push(outer, cpu.waitBegan);
  const irqOff = mem[cpu.irqOff];
  const context = mem[cpu.block + CPU.context];
  if (waitKind(outer) !== WAIT.RUN) publishWait(cpu, WAIT.RUN, 0);
  mem[cpu.irqOff] |= IN_HARDIRQ | IN_NMI;
  mem[cpu.block + CPU.context] = context & ~POLLS;
  record(cpu, OP.IRQ_ENTER, 0, 0, 0);
  enter(cpu, F_INTERRUPT);
  mem[cpu.step] = 0;
  Atomics.and(mem, cpu.irr, ~IRR_MAILBOX);
  for (let word = 0; word * 32 < cpu.cpus; word++) {
    const at = cpu.mailboxes.pendingAt(cpu.id, word);
    const found = readWord(cpu, at);
    mem[cpu.irqOff] &= ~IN_NMI;
    const senders = withoutLater(cpu, found, word * 32);
    if (senders !== found) Atomics.or(mem, cpu.irr, IRR_MAILBOX);
    if (senders === 0) continue;
    maskWord(cpu, at, ~senders);
    for (let left = senders; left !== 0; left &= left - 1) handle(cpu, word * 32 + lowestBit(left));
  }
  drainInTurns(cpu);
  record(cpu, OP.IRQ_EXIT, 0, 0, 0);
  leave(cpu);
  mem[cpu.irqOff] = irqOff;
  mem[cpu.block + CPU.context] = context;
  cpu.waitBegan = cpu.interrupted.pop();
  if (waitKind(outer) !== WAIT.RUN && waitKind(outer) !== WAIT.WORD)
    publishWait(cpu, waitKind(outer), waitObject(outer));
}

/**
 * Returns the senders whose calls belong to the CPU's trial. A call of the trial to come is left in the mailbox,
 * untouched: the sender has left the meeting in which this CPU still idles, and has recorded what it found there.
 */
function withoutLater(cpu: Cpu, senders: number, first: number): number {
  let now = senders;
  for (let left = senders; left !== 0; left &= left - 1) {
    const bit = lowestBit(left);
    const tag = cpu.mem[blockOf(cpu.map, first + bit) + CPU.csd + CSD.tag];
    if (isLaterTrial(tag, cpu.trialTag)) now &= ~(1 << bit);
  }
  return now;
}

/** Whether a call of the CPU's trial waits in the mailbox. Leaves no record: for a CPU that idles. */
export function hasCall(cpu: Cpu): boolean {
  for (let word = 0; word * 32 < cpu.cpus; word++) {
    const senders = Atomics.load(cpu.mem, cpu.mailboxes.pendingAt(cpu.id, word));
    if (withoutLater(cpu, senders, word * 32) !== 0) return true;
  }
  return false;
}

/**
 * Runs one call on the instance of its sender. A waiting sender is answered after its handler has run; another one before,
 * so that it can post again at once.
 */
function handle(cpu: Cpu, sender: number): void {
  const { mem, instance } = cpu;
  const csd = blockOf(cpu.map, sender) + CPU.csd;
  cpu.instance = mem[csd + CSD.instance];
  const handler = readWord(cpu, csd + CSD.handler);
  const info = readWord(cpu, csd + CSD.info);
  const waits = readWord(cpu, csd + CSD.wait) !== 0;
  if (!waits) acknowledge(cpu, sender);
  runHandler(cpu, cpu.interrupts[handler], info);
  if (waits) acknowledge(cpu, sender);
  cpu.instance = instance;
}

function acknowledge(cpu: Cpu, sender: number): void {
  const at = cpu.mailboxes.unackedAt(sender, cpu.id >>> 5);
  const mine = 1 << (cpu.id & 31);
  const before = maskWord(cpu, at, ~mine);
  if (before === mine) wake(cpu.mem, partyOf(cpu.map, sender));
}
