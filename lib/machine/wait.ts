/**
 * The wait record: one word that says what a CPU waits for. Published on the CPU's thread by lock.ts, ipi.ts and waitOn.ts; read
 * by cycle.ts, the watchdog and reports.
 */

import type { Cpu } from './cpu.js';
import { IRQS_DISABLED, POLLS_IN_WAITS } from './irqMask.js';
import { CPU, WAIT_OBJECTS } from './layout.js';

/** What a CPU waits for. Only waits without a bound are published. */
export const WAIT = Object.freeze({ RUN: 0, LOCK: 1, ACK: 2, WORD: 3 } as const);

/*
 * The wait record is one word, so that no reader can see half of it:
 *   sequence:11 | IRQs off:1 | kind:2 | object:18
 * The sequence grows with every publication: two equal records are one and the same wait, with no interrupt in between.
 * The object of a LOCK wait is the word index of the lock, that of a WORD wait the word's: in an instance or in a per-CPU area
 * (map.ts sees to it that these fit). What the word is to be stands in the CPU's block (condition.ts).
 */
const SEQUENCE_SHIFT = 21;
const SEQUENCE_MASK = 0x7ff;
const IRQS_OFF = 1 << 20;
const KIND_SHIFT = 18;
const OBJECT_MASK = WAIT_OBJECTS - 1;
/** All but the sequence. */
const OTHERS_MASK = (1 << SEQUENCE_SHIFT) - 1;

/** Whether a wait takes calls: with interrupts on, or where the CPU polls in its waits. */
export function takesCalls({ mem, irqOff, block }: Cpu): boolean {
  if (mem[irqOff] === 0) return true;
  return mem[irqOff] === IRQS_DISABLED && (mem[block + CPU.context] & POLLS_IN_WAITS) !== 0;
}

/** Says what this CPU waits for from now on. */
export function publishWait(cpu: Cpu, kind: number, object: number): void {
  const { mem } = cpu;
  const sequence = ((mem[cpu.wait] >>> SEQUENCE_SHIFT) + 1) & SEQUENCE_MASK;
  Atomics.store(mem, cpu.wait, (sequence << SEQUENCE_SHIFT) | waitRecord(kind, object, takesCalls(cpu)));
}

/** Returns the record of the first wait of a CPU. `isOpen`: it takes calls. */
export function waitRecord(kind: number, object: number, isOpen: boolean): number {
  return (isOpen ? 0 : IRQS_OFF) | (kind << KIND_SHIFT) | object;
}

/**
 * Whether a record was published in the wait that the CPU is in: it may have published that again, behind a handler that it has run
 * meanwhile, or where another CPU was faster to take a task. A wait that has ended and begun anew is another one.
 */
export function isOfThisWait({ mem, wait, waitBegan }: Cpu, earlier: number): boolean {
  const now = mem[wait];
  if (now === earlier) return true;
  if (waitKind(now) !== waitKind(earlier) || waitObject(now) !== waitObject(earlier)) return false;
  const since = (one: number): number => ((one - waitBegan) >>> SEQUENCE_SHIFT) & SEQUENCE_MASK;
  return since(earlier & ~OTHERS_MASK) <= since(now & ~OTHERS_MASK);
}

/** Notes that a wait begins: what is published from here on is not the one before. Called in front of its record, or right behind it. */
export function beginWait(cpu: Cpu): void {
  cpu.waitBegan = cpu.mem[cpu.wait] & ~OTHERS_MASK;
}

export function waitKind(record: number): number {
  return (record >>> KIND_SHIFT) & 3;
}

export function waitObject(record: number): number {
  return record & OBJECT_MASK;
}

export function waitsWithIrqsOff(record: number): boolean {
  return (record & IRQS_OFF) !== 0;
}
