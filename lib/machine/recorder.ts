/**
 * The records of a trial: what they stand for, and how one is appended to a CPU's ring. Written on the CPU's thread by
 * the machine and the models; read by lib/evidence and by reports.
 */

import type { Cpu } from './cpu.js';
import { OP } from './opcodes.js';

export { OP } from './opcodes.js';

export const OP_MASK = 0x1f;
export const STEP_SHIFT = 16;
/** The failed first look of a wait; further looks are not recorded. */
export const SPIN = 1 << 5;
/** The CPU accesses its own store buffer and no memory: it puts a store there, or reads one that nobody else can see yet. */
export const BUFFERED = 1 << 6;
/** A store leaves the buffer of its CPU, and becomes visible to all. */
export const VISIBLE = 1 << 7;

/** The longest iteration, in reads, of a loop of JavaScript code whose records leave out what is read again (lib/js/repeats.ts). */
export const REPEATED_READS_MAX = 4;

/** Whether the record is of something that nobody but its CPU can notice. */
export function isLocal(head: number): boolean {
  return (head & BUFFERED) !== 0 || (head & OP_MASK) === OP.FENCE;
}

const NAMES = new Map<number, string>(Object.entries(OP).map(([name, op]) => [op, name.toLowerCase()]));

/** Returns the lower-case name of an opcode. */
export function opName(op: number): string {
  return NAMES.get(op & OP_MASK) ?? `op${op & OP_MASK}`;
}

/** Appends one record to the CPU's ring, unless the run does not record. */
export function record(cpu: Cpu, op: number, address: number, before: number, after: number): void {
  cpu.isa.record(cpu.base, op, address, before, after);
}
