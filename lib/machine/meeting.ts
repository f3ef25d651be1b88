/**
 * The meetings of the CPUs around each trial, and the idle loop in which a waiting CPU takes its interrupts. Called on
 * each CPU's thread by lib/harness/cpu.
 */

import { LINE_WORDS, wake, type Gate } from '../sharedarraybuffer-utils/index.js';
import { partyOf, type Cpu } from './cpu.js';
import { awaitLastCall } from './ipi.js';
import { IRR_MAILBOX, hasCall, interruptPending } from './irq.js';
import { IRR_LINES, nextLine } from './lines.js';
import { MACHINE, PROGRESS } from './layout.js';
import { goHome, homeBellOf } from './migration.js';
import { IRR_NMI, heedSentence, takeNmi } from './nmi.js';
import { noteBlocked } from './proofTime.js';
import { threw } from './thrown.js';
import { leftTrial } from './undone.js';
import { ABANDONED, hasFailed, isLeaving } from './outcome.js';
import { wakeSleepers } from './wordBell.js';

/**
 * Waits at the meeting of that number until all CPUs of the machine have arrived there; each announces its arrival by its
 * progress counter. The number grows by one for each meeting, the same on every CPU. Waiting is an idle loop with
 * interrupts on. A handler that runs there belongs to the trial that is ending, so the meeting is not over before it
 * is: behind a meeting all CPUs read the same outcome, and their records are complete. A thread that arrives as another
 * CPU than its own continues as its own.
 */
export function meet(cpu: Cpu, meeting: number): void {
  const hasQueue = cpu.places !== cpu.cpus;
  if (hasQueue) waitAtHome(cpu);
  comeTo(cpu, meeting);
  const letsPass = cpu.relay !== null && cpu.relay.passed(meeting);
  if (cpu.id !== cpu.home) goHome(cpu);
  if (!hasQueue) {
    if (letsPass) cpu.waiter.letPass(meeting);
    return;
  }
  waitAtHome(cpu);
  if (letsPass) cpu.waiter.letPass(meeting);
  cpu.waiter.moveTo(partyOf(cpu.map, cpu.home));
}

/**
 * Waits on the thread's own bell from now on. Where tasks outnumber CPUs, threads that end at other places than they began at are the rule,
 * and a relay wakes threads.
 */
function waitAtHome({ waiter, map, home }: Cpu): void {
  waiter.moveTo(homeBellOf(map, home));
}

function comeTo(cpu: Cpu, meeting: number): void {
  const { mem, waiter } = cpu;
  if (cpu.clock !== null) noteBlocked(cpu);
  Atomics.store(mem, cpu.progress, meeting);
  wakeSleepers(cpu);
  let missing = nextMissing(cpu, 0, meeting);
  if (missing === cpu.places) {
    // The last to arrive is the one that wakes the others.
    wakeAll(cpu);
    if (!handlersRun(cpu, meeting)) return;
  }
  beginToWait(cpu, meeting);
  while ((missing = nextMissing(cpu, missing, meeting)) < cpu.places || handlersRun(cpu, meeting)) {
    if (mem[cpu.irr] !== 0 && takeIdle(cpu, meeting)) beginToWait(cpu, meeting);
    waiter.pause();
  }
  waiter.end();
}

function beginToWait({ waiter, relay }: Cpu, meeting: number): void {
  if (relay === null) waiter.begin();
  else waiter.beginFor(meeting);
}

/**
 * Whether a CPU that has arrived still runs handlers of the trial that is ending with this meeting. One that runs them in the next meeting
 * already may wait there for what a CPU does that has not left this one.
 */
function handlersRun({ mem, map, places }: Cpu, meeting: number): boolean {
  if (Atomics.load(mem, map.machine + MACHINE.idlers) === 0) return false;
  for (let thread = 0; thread < places; thread++) {
    const progress = map.progress + thread * LINE_WORDS;
    // Written before the count of all, which has been read.
    if (mem[progress + PROGRESS.handlers] === 0) continue;
    if (((Atomics.load(mem, progress + PROGRESS.meeting) - meeting) | 0) <= 0) return true;
  }
  return false;
}

function wakeAll(cpu: Cpu): void {
  if (cpu.relay !== null) cpu.relay.release();
  else if (cpu.places !== cpu.cpus) for (let c = 0; c < cpu.places; c++) wake(cpu.mem, homeBellOf(cpu.map, c));
  else for (let c = 0; c < cpu.cpus; c++) if (c !== cpu.id) wake(cpu.mem, partyOf(cpu.map, c));
}

/** Returns the first CPU from `from` on that has not arrived at the meeting, or the number of CPUs. The caller itself has arrived. */
function nextMissing(cpu: Cpu, from: number, meeting: number): number {
  let c = from;
  while (c < cpu.places && (c === cpu.home || hasArrived(cpu, c, meeting))) c++;
  return c;
}

function hasArrived({ mem, map }: Cpu, c: number, meeting: number): boolean {
  return ((Atomics.load(mem, map.progress + c * LINE_WORDS) - meeting) | 0) >= 0;
}

/** Waits at a gate, taking interrupts meanwhile. */
export function idleAtGate(cpu: Cpu, gate: Gate): void {
  const ticket = gate.arrive();
  if (gate.isOpen(ticket)) return;
  cpu.waiter.begin();
  while (!gate.isOpen(ticket)) {
    if (cpu.mem[cpu.irr] !== 0 && takeIdle(cpu, null)) cpu.waiter.begin();
    cpu.waiter.pause();
  }
  cpu.waiter.end();
}

/**
 * Leaves the waiting loop for a request to the CPU, if an idle CPU serves it: at the meeting of that number, or at a gate (null).
 * Returns whether it has.
 */
export function takeIdle(cpu: Cpu, meeting: number | null): boolean {
  if ((cpu.mem[cpu.irr] & IRR_NMI) !== 0) takeNmi(cpu);
  const requested = cpu.mem[cpu.irr];
  const isOther = (requested & ~(IRR_MAILBOX | IRR_LINES)) !== 0;
  const isCalled = isOther || takesCall(cpu);
  if (!isCalled && !takesLine(cpu, requested, meeting)) return false;
  cpu.waiter.end();
  countIdling(cpu);
  // A CPU sets its outcome before it arrives. So a CPU that sees that all have arrived also sees this one counted, if
  // this one saw no outcome. Who sends a call arrives when it is taken; who raises a line does not wait. So for a line this one
  // must see that somebody has not arrived, who will see it counted: the others may be in the next trial otherwise.
  if (!hasFailed(cpu) && (isCalled || !isOver(cpu, meeting))) runIdle(cpu, cpu.trap);
  if (cpu.mem[cpu.irr] !== 0) heedSentence(cpu);
  uncountIdling(cpu);
  return true;
}

/** Whether all CPUs have arrived at the meeting. Those at a gate have left the last one. */
function isOver(cpu: Cpu, meeting: number | null): boolean {
  return meeting === null || nextMissing(cpu, 0, meeting) === cpu.places;
}

/** Whether the CPU takes a call now. Once the trial has failed, nobody waits for its calls any more. */
function takesCall(cpu: Cpu): boolean {
  return interruptPending(cpu) && !hasFailed(cpu) && hasCall(cpu);
}

/** Whether the CPU takes an interrupt of a line now. One for the trial to come stays; one that comes when all have arrived is lost. */
function takesLine(cpu: Cpu, requested: number, meeting: number | null): boolean {
  return (requested & IRR_LINES) !== 0 && !hasFailed(cpu) && !isOver(cpu, meeting) && nextLine(cpu, 0) >= 0;
}

/** Counts the CPU as one that runs handlers: the meeting is not over until it is uncounted. */
function countIdling(cpu: Cpu): void {
  cpu.mem[cpu.progress + PROGRESS.handlers] = 1;
  Atomics.add(cpu.mem, cpu.map.machine + MACHINE.idlers, 1);
}

/** Ends that count: the handlers that the thread ran in its idle loop have returned. */
export function uncountIdling(cpu: Cpu): void {
  cpu.mem[cpu.progress + PROGRESS.handlers] = 0;
  Atomics.sub(cpu.mem, cpu.map.machine + MACHINE.idlers, 1);
  if (handlersRun(cpu, cpu.mem[cpu.progress])) return;
  wakeAll(cpu);
  wakeSleepers(cpu);
}

/**
 * Takes the interrupts of an idle CPU by `take`, and waits until the calls that their handlers posted are taken. A
 * handler may die or be abandoned, as an actor may; the CPU then waits on with interrupts off until it is reset.
 */
export function runIdle(cpu: Cpu, take: (cpu: Cpu) => void): void {
  cpu.idling = true;
  try {
    take(cpu);
    awaitLastCall(cpu);
  } catch (thrown) {
    if (thrown !== ABANDONED) threw(cpu, thrown);
  }
  if (isLeaving(cpu)) leftTrial(cpu);
  cpu.idling = false;
}
