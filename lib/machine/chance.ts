/**
 * Random numbers for what the modelled hardware leaves to chance; a replay gets the same ones. Called on a CPU's thread
 * by races and by lib/arch/ppc64/timebase.ts; lib/run/evidence/witness.ts looks on the host for a trial that draws the same.
 */

import type { Cpu } from './cpu.js';
import { CPU } from './layout.js';

/** Numbers that a draw can give. */
const NUMBERS = 1 << 16;

/**
 * Returns the next number, of 16 bits, for what is left to chance: the first of a trial is drawn from the run's seed
 * for each CPU, the next ones follow from it. A replay of the trial has the same ones. Where only so many numbers matter
 * `chanceBelow` says so, and `explore` tries each of them.
 */
export function nextChance(cpu: Cpu): number {
  return cpu.explored === null ? drawNext(cpu) : cpu.explored.draw(NUMBERS);
}

/** Returns the next number below `below`: what is left of `nextChance` when it is divided by that. */
export function chanceBelow(cpu: Cpu, below: number): number {
  if (!Number.isInteger(below) || below < 1 || below > NUMBERS)
    throw new RangeError(`chanceBelow(${below}): a whole number from 1 to ${NUMBERS} is needed`);
  return cpu.explored === null ? drawNext(cpu) % below : cpu.explored.draw(below);
}

/** Whether the next number is one of every `n`, for what happens now and then. */
export function chanceOneIn(cpu: Cpu, n: number): boolean {
  return cpu.explored === null ? drawNext(cpu) % n === 0 : cpu.explored.drawsOneIn(n);
}

function drawNext(cpu: Cpu): number {
  const at = cpu.block + CPU.chance;
  return numberOf((cpu.mem[at] = stateBehind(cpu.mem[at])));
}

/** Returns the state of a generator behind its next draw. */
export function stateBehind(state: number): number {
  return (Math.imul(state, 1664525) + 1013904223) | 0;
}

/** Returns the number that was drawn to get into a state. */
export function numberOf(state: number): number {
  return state >>> 16;
}
