/**
 * The records of a trial: what they stand for, and how one is appended to a CPU's ring. Written on the CPU's thread by
 * the machine and the models; read by lib/evidence and by reports.
 */

import type { Cpu } from './cpu.js';

/**
 * What a record stands for. One record is four words: opcode | flags << 5 | step << 16, address, value before, value
 * after. The order of one CPU's records and the values it saw are all there is: no time, no global counter.
 */
export const OP = Object.freeze({
  READ: 1,
  WRITE: 2,
  CMPXCHG: 3,
  XCHG: 4,
  FETCH_OR: 5,
  FETCH_AND: 6,
  FETCH_ADD: 7,
  ACQUIRE: 8,
  RELEASE: 9,
  PLAIN_READ: 10,
  PLAIN_WRITE: 11,
  /** A failure: the outcome before and after. Equal if the trial had failed already. */
  FAILED: 12,
  /** A full fence. It accesses no word. */
  FENCE: 13,
  /** Markers: they access no memory of the race. */
  IRQ_ENTER: 16,
  IRQ_EXIT: 17,
  GAVE_UP: 18,
  DIED: 19,
  ACTOR_END: 20,
  WINDOW: 21,
  THROWN_OUT: 22,
  /** A loop of reads has ended by itself: how often it came round is not recorded. */
  LEFT_LOOP: 23,
} as const);

export const OP_MASK = 0x1f;
export const STEP_SHIFT = 16;
/** The failed first look of a wait; further looks are not recorded. */
export const SPIN = 1 << 5;
/** The CPU accesses its own store buffer and no memory: it puts a store there, or reads one that nobody else can see yet. */
export const BUFFERED = 1 << 6;
/** A store leaves the buffer of its CPU, and becomes visible to all. */
export const VISIBLE = 1 << 7;

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
