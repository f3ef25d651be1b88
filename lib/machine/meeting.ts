import { LINE_WORDS, wake, type Gate } from '../sharedarraybuffer-utils/index.js';
import { partyOf, type Cpu } from './cpu.js';
import { goHome } from './migration.js';
import { ABANDONED } from './verdict.js';

/**
 * The CPUs of a machine meet by progress counters: each says that it has come to meeting `turn`, and goes on when all
 * others have. `turn` grows by one for each meeting, the same on every CPU. Waiting is an idle loop with interrupts on.
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
    // The last to arrive never sleeps itself, so it is the one that wakes the others.
    for (let c = 0; c < cpu.cpus; c++) wake(mem, partyOf(cpu.map, c));
    return;
  }
  waiter.begin();
  while ((missing = nextMissing(cpu, missing, turn)) < cpu.cpus) {
    if (mem[cpu.irr] !== 0) takeIdle(cpu);
    waiter.pause();
  }
  waiter.end();
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

/** A handler may die or be abandoned, as an actor may; the CPU then waits on with interrupts off until it is reset. */
function takeIdle(cpu: Cpu): void {
  const { waiter } = cpu;
  waiter.end();
  try {
    cpu.trap(cpu);
  } catch (thrown) {
    if (thrown !== ABANDONED) throw thrown;
  }
  waiter.begin();
}
