/**
 * Timers of interrupt lines: one-shot, periodic and random ones, counted in instruction boundaries of their CPU. Ticked on the CPU's
 * thread by irq.ts and lockstep.ts; set by lib/kernel/interrupts.ts and lib/harness/cpu/trial.ts. A replay has no timers: its
 * script says where interrupts come.
 */

import { stateBehind } from './chance.js';
import type { Cpu } from './cpu.js';
import { CPU } from './layout.js';
import { IRR_LINES, IRR_TIMER, lowestBit } from './lines.js';

/** Words of a timer: boundaries that are left; boundaries between two interrupts, 0 for one interrupt, or RANDOM. */
const LEFT = 0;
const PERIOD = 1;
const TIMER_WORDS = 2;
export const RANDOM = -1;
/** In a search of all states the first word counts how often the timer has expired. */
export const TIMER_PERIOD = PERIOD;

export const TIMER_MAX = 1 << 30;

/** Counts one instruction boundary; raises the lines whose time has come. */
export function tick(cpu: Cpu): void {
  const { mem, block } = cpu;
  for (let left = mem[block + CPU.armed]; left !== 0; left &= left - 1) {
    const line = lowestBit(left);
    const at = timerAt(cpu, line);
    if (--mem[at + LEFT] > 0) continue;
    mem[block + CPU.fired] |= 1 << line;
    Atomics.or(mem, cpu.irr, IRR_LINES);
    const period = mem[at + PERIOD];
    if (period === 0) stopTimerOf(cpu, line);
    else mem[at + LEFT] = period === RANDOM ? drawInterval(cpu, cpu.lines.all[line].storm) : period;
  }
}

/** Starts the timer of a line in place of the one that it had. `period` 0 is for one interrupt. */
export function startTimerOf(cpu: Cpu, line: number, first: number, period: number): void {
  const { mem, block } = cpu;
  if (cpu.explored !== null) {
    cpu.explored.lines.startTimer(line, period);
    return;
  }
  // A script says where the interrupts come. One that counts none would stay armed, and keep the CPU from being proved stuck.
  if (cpu.lockstep?.scripted !== undefined) return;
  const at = timerAt(cpu, line);
  mem[at + LEFT] = first;
  mem[at + PERIOD] = period;
  mem[block + CPU.armed] |= 1 << line;
  Atomics.or(mem, cpu.irr, IRR_TIMER);
}

/** Stops the timer of a line. What it has raised stays pending. */
export function stopTimerOf(cpu: Cpu, line: number): void {
  const { mem, block } = cpu;
  if (cpu.explored !== null) {
    cpu.explored.lines.stopTimer(line);
    return;
  }
  mem[block + CPU.armed] &= ~(1 << line);
  if (mem[block + CPU.armed] === 0) Atomics.and(mem, cpu.irr, ~IRR_TIMER);
}

/** Starts the storms that the race declares, at the start of a trial. What they draw follows from the number drawn for the trial. */
export function beginTimers(cpu: Cpu): void {
  const { mem, block, lines } = cpu;
  mem[block + CPU.masked] = 0;
  mem[block + CPU.stormChance] = Math.imul(mem[block + CPU.chance] ^ 0x5bd1e995, 0x9e3779b1);
  for (let left = lines.storms; left !== 0; left &= left - 1) {
    const line = lowestBit(left);
    startTimerOf(cpu, line, drawInterval(cpu, lines.all[line].storm), RANDOM);
  }
}

/** Stops all timers, at the end of an actor. What they have raised is lost: a CPU without an actor makes no instructions. */
export function endTimers(cpu: Cpu): void {
  const { mem, block } = cpu;
  mem[block + CPU.armed] = 0;
  mem[block + CPU.fired] = 0;
  mem[block + CPU.masked] = 0;
  Atomics.and(mem, cpu.irr, ~IRR_TIMER);
}

/** Draws the number of boundaries up to the next one that has an interrupt, if each has one with this chance. */
function drawInterval({ mem, block }: Cpu, chance: number): number {
  const at = block + CPU.stormChance;
  mem[at] = stateBehind(mem[at]);
  const uniform = ((mem[at] >>> 8) + 1) / (1 + (1 << 24));
  return chance >= 1 ? 1 : Math.min(TIMER_MAX, 1 + Math.floor(Math.log(uniform) / Math.log(1 - chance)));
}

/** Returns the word index of a timer. */
export function timerAt({ block }: Cpu, line: number): number {
  return block + CPU.timers + TIMER_WORDS * line;
}
