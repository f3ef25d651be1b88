/**
 * Race windows, and the count of near misses. Called on a CPU's thread by races and models; lib/harness/cpu/trial.ts
 * says how the delays are drawn.
 *
 * The words of a window lie in the header in front of the instance and are plain: they are the harness's, no part of
 * the modelled machine. The CPU that is second to enter the window, or to be within reach of it, notes a near miss. Two
 * that do so in the same instant may both miss it, so a count of near misses is a lower bound.
 */

import type { Cpu } from './cpu.js';
import { CPU, HEADER } from './layout.js';
import { OP, record } from './recorder.js';

/** Opens window `w` of the instance, and waits as long as the trial has drawn for it. Throws RangeError if there is none. */
export function raceWindow(cpu: Cpu, w: number): void {
  if ((w | 0) !== w || w < 0 || w >= cpu.windows) refuseWindow(cpu, 'raceWindow', w);
  const { mem } = cpu;
  const header = cpu.instance - HEADER.WORDS;
  mem[header + HEADER.window] = w + 1;
  if (mem[header + HEADER.reach] !== 0) mem[header + HEADER.near] = 1;
  const spins = delayOf(cpu, w);
  if (spins > 0) {
    // No other CPU of the core can enter the window of a thread that keeps the core to itself. One that runs another's
    // CPU sleeps at that one's place, where its own core would not look for it.
    if (cpu.relay !== null && cpu.id === cpu.home) cpu.waiter.letPass(cpu.relay.over);
    spin(cpu, spins);
  }
  record(cpu, OP.WINDOW, w, 0, 1);
}

/** In the place of a delay that is drawn when its window opens: most windows of a race stay shut in a trial. */
export const NOT_DRAWN = -1;

function delayOf(cpu: Cpu, w: number): number {
  const at = cpu.block + CPU.delays + w;
  if (cpu.mem[at] === NOT_DRAWN) cpu.mem[at] = cpu.drawDelay(w);
  return cpu.mem[at];
}

/** Closes window `w`. */
export function endWindow(cpu: Cpu, w: number): void {
  if ((w | 0) !== w || w < 0 || w >= cpu.windows) refuseWindow(cpu, 'endWindow', w);
  cpu.mem[cpu.instance - HEADER.WORDS + HEADER.window] = 0;
  record(cpu, OP.WINDOW, w, 1, 0);
}

/** Notes that the CPU starts the steps that fail if they fall into a window. */
export function withinReach(cpu: Cpu): void {
  const { mem } = cpu;
  const header = cpu.instance - HEADER.WORDS;
  mem[header + HEADER.reach] = 1;
  if (mem[header + HEADER.window] !== 0) mem[header + HEADER.near] = 1;
}

/** Notes that the CPU has ended them. */
export function outOfReach(cpu: Cpu): void {
  cpu.mem[cpu.instance - HEADER.WORDS + HEADER.reach] = 0;
}

/** Passes time: `n` iterations of a loop with one plain load of a line of the CPU's own, well under a nanosecond each. */
export function spin(cpu: Cpu, n: number): void {
  if (!(n >= 0)) throw new RangeError(`spin(${n}): a number of iterations is needed`);
  const { mem, step } = cpu;
  for (let i = 0; i < n; i++) if (mem[step] < 0) return;
}

function refuseWindow({ windowNames, windows }: Cpu, operation: string, w: number): never {
  const known =
    windows === 0 ? 'the race has no windows' : `the race has windows 0 to ${windows - 1}: ${windowNames.join(', ')}`;
  throw new RangeError(`${operation}(${w}): ${known}`);
}
