/**
 * What a CPU waits for that waits for a word: which value of which bits, and who may store it. Written on the CPU's
 * thread by waitOn.ts and readAgain.ts before it publishes the wait; read by standstill.ts, undone.ts and reports.
 *
 * The words stay as they are for as long as the wait record does. So a reader that finds the same record before and
 * after it has read them has read the condition of that wait.
 */

import type { Cpu } from './cpu.js';
import { MachineFault } from './fault.js';
import { CONDITION, CPU, LOOP_OTHERS } from './layout.js';
import { lockWordSeen } from './lockWord.js';
import { WAIT, waitKind } from './wait.js';
import type { ReadLoop } from './readLoop.js';

/** Bits of `CONDITION.flags`. */
export const CONDITION_IS = Object.freeze({
  /** The wait is over when the bits are anything but the value. */
  NOT: 1,
  /** The race has named the CPUs that may store the word; otherwise all others may. */
  NAMED: 2,
  /** A handler waits: the code that it has interrupted may store the word as well, but continues only behind it. */
  INSIDE: 4,
  /** A loop of reads, recognised as a wait (readAgain.ts): it may end by itself. */
  LOOP: 8,
  /** A loop that has iterated so often that it counts as one without an end. */
  FOR_EVER: 16,
  /** Those named hold what is waited for: their own code alone gives it back, and no handler on their CPUs does. */
  HELD: 32,
  /** Those named are tasks, by the CPU that each started on: they may hold it across a migration. */
  TASKS: 64,
  /** What is held is an RCU reader's section, which a grace period waits for. */
  READER: 128,
  /** The task sleeps: its CPU is given to any other that is ready for it (runQueue.ts). */
  SLEEPS: 256,
  /** The task is ready, and waits for one of the CPUs that are named. */
  FOR_CPU: 512,
  /** The task has ended, and its CPU waits for another one. */
  IDLE: 1024,
} as const);

/**
 * The bits of `CONDITION.flags` from here on say which word of a race's own memory the word stands for, where several share it
 * (lib/js/futex.ts); 0 where the word is what it is.
 */
export const STANDS_FOR_SHIFT = 12;

/** A condition as reports read it. */
export interface WordCondition {
  readonly flags: number;
  readonly mask: number;
  readonly value: number;
  /** The CPUs that may store the word, by the race or by default. */
  readonly by: readonly number[];
  /** Of a loop of reads: how often it had iterated, and the words that it reads beside its first. */
  readonly iterations: number;
  readonly others: readonly number[];
}

/**
 * Writes the condition of the wait that the CPU is about to publish. Throws MachineFault while one is published: a CPU that
 * looks at that moment would take the new condition for one of the old wait.
 */
export function writeCondition(cpu: Cpu, flags: number, mask: number, value: number, low: number, high: number): void {
  const { mem } = cpu;
  if (waitKind(cpu.mem[cpu.wait]) === WAIT.WORD) throw new MachineFault('the condition of a published wait is written');
  const at = cpu.block + CPU.condition;
  mem[at + CONDITION.flags] = flags;
  mem[at + CONDITION.mask] = mask;
  mem[at + CONDITION.value] = value;
  mem[at + CONDITION.by] = low;
  mem[at + CONDITION.by + 1] = high;
  mem[at + CONDITION.others] = 0;
}

/** Adds what a loop of reads waits for beside its first word. */
export function writeLoop({ mem, block }: Cpu, loop: ReadLoop): void {
  const at = block + CPU.condition;
  mem[at + CONDITION.others] = loop.period - 1;
  mem[at + CONDITION.iterations] = loop.iterations;
  mem[at + CONDITION.tries] = 0;
  for (let i = 1; i < loop.period; i++) {
    if (loop.maskOf(i) !== -1) mem[at + CONDITION.tries] |= 1 << (i - 1);
    mem[at + CONDITION.addresses + i - 1] = loop.addressOf(i);
    mem[at + CONDITION.values + i - 1] = loop.valueOf(i);
  }
}

/** Whether a word ends the wait of the CPU with this block; of a loop of reads, whether another one does. */
export function isMetBy(mem: Int32Array, block: number, word: number): boolean {
  const at = block + CPU.condition;
  const equal = (word & mem[at + CONDITION.mask]) === mem[at + CONDITION.value];
  if (equal === ((mem[at + CONDITION.flags] & CONDITION_IS.NOT) === 0)) return true;
  for (let i = mem[at + CONDITION.others] - 1; i >= 0; i--) {
    const other = Atomics.load(mem, mem[at + CONDITION.addresses + i]);
    const isTry = (mem[at + CONDITION.tries] & (1 << i)) !== 0;
    if ((isTry ? lockWordSeen(other) : other) !== mem[at + CONDITION.values + i]) return true;
  }
  return false;
}

/** Whether the CPU with this block waits in a loop that reads this word beside its first. */
export function readsAlso(mem: Int32Array, block: number, address: number): boolean {
  const at = block + CPU.condition;
  for (let i = mem[at + CONDITION.others] - 1; i >= 0; i--)
    if (mem[at + CONDITION.addresses + i] === address) return true;
  return false;
}

/** Whether the CPU with this block is in a loop that may still give up by itself. */
export function mayGiveUp(mem: Int32Array, block: number): boolean {
  const { LOOP, FOR_EVER } = CONDITION_IS;
  return (mem[block + CPU.condition + CONDITION.flags] & (LOOP | FOR_EVER)) === LOOP;
}

/** Whether the flags of the condition of the CPU with this block have any of these bits of CONDITION_IS. */
export function conditionIs(mem: Int32Array, block: number, flags: number): boolean {
  return (mem[block + CPU.condition + CONDITION.flags] & flags) !== 0;
}

/** Whether the words that the CPUs with these blocks wait for stand for the same one, where they are the same. */
export function standForSame(mem: Int32Array, a: number, b: number): boolean {
  const flags = CPU.condition + CONDITION.flags;
  return (mem[a + flags] ^ mem[b + flags]) >>> STANDS_FOR_SHIFT === 0;
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
    iterations: mem[at + CONDITION.iterations],
    others: Array.from(
      { length: Math.max(0, Math.min(mem[at + CONDITION.others], LOOP_OTHERS)) },
      (_, i) => mem[at + CONDITION.addresses + i],
    ),
  };
}
