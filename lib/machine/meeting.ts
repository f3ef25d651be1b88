import { LINE_WORDS, wake, type Gate } from '../sharedarraybuffer-utils/index.js';
import { partyOf, type Cpu } from './cpu.js';
import { awaitLastCall } from './ipi.js';
import { MACHINE, PROGRESS } from './layout.js';
import { goHome } from './migration.js';
import { ABANDONED } from './verdict.js';

/**
 * The CPUs of a machine meet by progress counters: each says that it has come to meeting `turn`, and goes on when all
 * others have. `turn` grows by one for each meeting, the same on every CPU. Waiting is an idle loop with interrupts on.
 * A handler that runs there belongs to the trial that has just ended, so the meeting is not over before it is: behind a
 * meeting all CPUs read the same verdict.
 * A thread that has come on another CPU than its own goes on as its own again.
 */
export function meet(cpu: Cpu, turn: number): void {
  comeTo(cpu, turn);
  if (cpu.id !== cpu.home) goHome(cpu);
}

function comeTo(cpu: Cpu, turn: number): void {
  const { mem, waiter } = cpu;
  Atomics.store(mem, cpu.progress, turn);
  let missing = nextMissing(cpu, 0, turn);
  if (missing === cpu.cpus) {
    // The last to arrive is the one that wakes the others.
    wakeAll(cpu);
    if (!handlersRun(cpu)) return;
  }
  waiter.begin();
  while ((missing = nextMissing(cpu, missing, turn)) < cpu.cpus || handlersRun(cpu)) {
    if (mem[cpu.irr] !== 0) takeIdle(cpu);
    waiter.pause();
  }
  waiter.end();
}

/** Every call is acknowledged before its sender comes, and counted before that: 0 means that none runs and none will. */
function handlersRun(cpu: Cpu): boolean {
  return Atomics.load(cpu.mem, cpu.map.machine + MACHINE.idleHandlers) !== 0;
}

function wakeAll(cpu: Cpu): void {
  for (let c = 0; c < cpu.cpus; c++) wake(cpu.mem, partyOf(cpu.map, c));
}

/** The first CPU from `from` on that has not come to the meeting, or the number of CPUs. */
function nextMissing(cpu: Cpu, from: number, turn: number): number {
  let c = from;
  while (c < cpu.cpus && ((Atomics.load(cpu.mem, cpu.map.progress + c * LINE_WORDS) - turn) | 0) >= 0) c++;
  return c;
}

/** Waits at a gate, taking interrupts meanwhile. */
export function idleAtGate(cpu: Cpu, gate: Gate): void {
  const ticket = gate.arrive();
  if (gate.isOpen(ticket)) return;
  cpu.waiter.begin();
  while (!gate.isOpen(ticket)) {
    if (cpu.mem[cpu.irr] !== 0) takeIdle(cpu);
    cpu.waiter.pause();
  }
  cpu.waiter.end();
}

function takeIdle(cpu: Cpu): void {
  cpu.waiter.end();
  interruptIdle(cpu, cpu.trap);
  cpu.waiter.begin();
}

/**
 * An idle CPU takes its interrupts by `take`. A handler may die or be abandoned, as an actor may; the CPU then waits on with
 * interrupts off until it is reset.
 */
export function interruptIdle(cpu: Cpu, take: (cpu: Cpu) => void): void {
  cpu.idling = true;
  try {
    take(cpu);
    if (cpu.idleHandlers !== 0) awaitLastCall(cpu);
  } catch (thrown) {
    if (thrown !== ABANDONED) throw thrown;
  }
  cpu.idling = false;
  if (cpu.idleHandlers !== 0) uncountHandlers(cpu);
}

/** The handlers that the CPU ran in its idle loop are over. */
export function uncountHandlers(cpu: Cpu): void {
  const ended = cpu.idleHandlers;
  cpu.idleHandlers = 0;
  cpu.mem[cpu.progress + PROGRESS.handlers] = 0;
  if (Atomics.sub(cpu.mem, cpu.map.machine + MACHINE.idleHandlers, ended) === ended) wakeAll(cpu);
}
