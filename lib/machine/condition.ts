/**
 * What a CPU waits for that waits for a word: which value of which bits, and who may store it. Written on the CPU's
 * thread by waitOn.ts before it publishes the wait; read by standstill.ts, undone.ts and reports.
 *
 * The words stay as they are for as long as the wait record does. So a reader that finds the same record before and
 * after it has read them has read the condition of that wait.
 */

import type { Cpu } from './cpu.js';
import { CONDITION, CPU } from './layout.js';

/** Bits of `CONDITION.flags`. */
export const CONDITION_IS = Object.freeze({
  /** The wait is over when the bits are anything but the value. */
  NOT: 1,
  /** The race has named the CPUs that may store the word; otherwise all others may. */
  NAMED: 2,
  /** A handler waits: the code that it has interrupted may store the word as well, but continues only behind it. */
  INSIDE: 4,
} as const);

/** A condition as reports read it. */
export interface WordCondition {
  readonly flags: number;
  readonly mask: number;
  readonly value: number;
  /** The CPUs that may store the word, by the race or by default. */
  readonly by: readonly number[];
}

/** Writes the condition of the wait that the CPU is about to publish. */
export function writeCondition(cpu: Cpu, flags: number, mask: number, value: number, low: number, high: number): void {
  const { mem } = cpu;
  const at = cpu.block + CPU.condition;
  mem[at + CONDITION.flags] = flags;
  mem[at + CONDITION.mask] = mask;
  mem[at + CONDITION.value] = value;
  mem[at + CONDITION.by] = low;
  mem[at + CONDITION.by + 1] = high;
}

/** Whether a word ends the wait of the CPU with this block. */
export function isMetBy(mem: Int32Array, block: number, word: number): boolean {
  const at = block + CPU.condition;
  const equal = (word & mem[at + CONDITION.mask]) === mem[at + CONDITION.value];
  return equal === ((mem[at + CONDITION.flags] & CONDITION_IS.NOT) === 0);
}

/** Whether CPU `other` may store the word that the CPU with this block waits for. */
export function mayProvide(mem: Int32Array, block: number, other: number): boolean {
  return (mem[block + CPU.condition + CONDITION.by + (other >>> 5)] & (1 << (other & 31))) !== 0;
}

/** Reads the condition of the CPU with this block. */
export function readCondition(mem: Int32Array, block: number, cpus: number): WordCondition {
  const at = block + CPU.condition;
  return {
    flags: mem[at + CONDITION.flags],
    mask: mem[at + CONDITION.mask],
    value: mem[at + CONDITION.value],
    by: Array.from({ length: cpus }, (_, c) => c).filter((c) => mayProvide(mem, block, c)),
  };
}
