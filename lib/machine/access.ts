/**
 * The memory operations of the SDK. Called on a CPU's thread by races and by the models in lib/kernel, lib/mm and
 * lib/arch.
 *
 * Each operation is an instruction boundary: it takes a pending interrupt if interrupts are on, then does one
 * sequentially consistent access and records it; with a store buffer (storeBuffer.ts) a plain store is visible later. A store is an
 * exchange, so that the record has the value it overwrote; with recording off it is the same exchange, so that both runs hammer the
 * same instruction.
 *
 * Addresses are word indexes in the instance that the CPU works on or in a per-CPU variable; any other one kills the CPU and
 * fails the trial as `bad-address` (reach.ts), with nothing touched. Values are 32-bit words, signed or unsigned. A number
 * that is no integer would silently become another one on its way into the instruction, so it is looked at here; that
 * costs nothing where the compiler knows that it is one.
 */

import type { Cpu } from './cpu.js';
import { refuse } from './reach.js';
import { OP } from './recorder.js';

/** Loads a word. */
export function READ_ONCE(cpu: Cpu, address: number): number {
  if ((address | 0) !== address) refuse(cpu, OP.READ, address);
  return cpu.isa.read(cpu.base, address);
}

/** Stores a word. */
export function WRITE_ONCE(cpu: Cpu, address: number, value: number): void {
  if ((address | 0) !== address) refuse(cpu, OP.WRITE, address);
  if ((value | 0) !== value) checkWord('WRITE_ONCE', value);
  cpu.isa.write(cpu.base, address, value);
}

/** Stores `value` if the word is `expected`; returns the value before in either case. */
export function cmpxchg(cpu: Cpu, address: number, expected: number, value: number): number {
  if ((address | 0) !== address) refuse(cpu, OP.CMPXCHG, address);
  if ((expected | 0) !== expected) checkWord('cmpxchg', expected);
  if ((value | 0) !== value) checkWord('cmpxchg', value);
  return cpu.isa.compareExchange(cpu.base, address, expected, value);
}

/** Stores `value` and returns the value before. */
export function xchg(cpu: Cpu, address: number, value: number): number {
  if ((address | 0) !== address) refuse(cpu, OP.XCHG, address);
  if ((value | 0) !== value) checkWord('xchg', value);
  return cpu.isa.exchange(cpu.base, address, value);
}

/** Sets bits; returns the value before. */
export function atomic_fetch_or(cpu: Cpu, address: number, bits: number): number {
  if ((address | 0) !== address) refuse(cpu, OP.FETCH_OR, address);
  if ((bits | 0) !== bits) checkWord('atomic_fetch_or', bits);
  return cpu.isa.fetchOr(cpu.base, address, bits);
}

/** Keeps only the bits of `mask`; returns the value before. */
export function atomic_fetch_and(cpu: Cpu, address: number, mask: number): number {
  if ((address | 0) !== address) refuse(cpu, OP.FETCH_AND, address);
  if ((mask | 0) !== mask) checkWord('atomic_fetch_and', mask);
  return cpu.isa.fetchAnd(cpu.base, address, mask);
}

/** Adds to a word; returns the value before. */
export function atomic_fetch_add(cpu: Cpu, address: number, delta: number): number {
  if ((address | 0) !== address) refuse(cpu, OP.FETCH_ADD, address);
  if ((delta | 0) !== delta) checkWord('atomic_fetch_add', delta);
  return cpu.isa.fetchAdd(cpu.base, address, delta);
}

/**
 * Makes all stores of the CPU visible before anything that follows.
 *
 * @kernel smp_mb, include/asm-generic/barrier.h; on x86 a locked add, or mfence
 */
export function smp_mb(cpu: Cpu): void {
  cpu.isa.fence(cpu.base);
}

/**
 * Keeps stores in their order. x86 does so by itself, with `--memory tso` too: there it is a compiler barrier, and no instruction.
 *
 * @kernel smp_wmb, arch/x86/include/asm/barrier.h: barrier()
 */
export function smp_wmb(_cpu: Cpu): void {}

/**
 * Keeps loads in their order. x86 does so by itself: see smp_wmb.
 *
 * @kernel smp_rmb, arch/x86/include/asm/barrier.h: barrier()
 */
export function smp_rmb(_cpu: Cpu): void {}

/**
 * Stores a word behind all that is in front of it. x86 stores in order: it is WRITE_ONCE with a compiler barrier, and may be visible
 * only after loads that follow.
 *
 * @kernel smp_store_release, arch/x86/include/asm/barrier.h
 */
export function smp_store_release(cpu: Cpu, address: number, value: number): void {
  WRITE_ONCE(cpu, address, value);
}

/**
 * Loads a word before all that follows. On x86 every load is one.
 *
 * @kernel smp_load_acquire, arch/x86/include/asm/barrier.h
 */
export function smp_load_acquire(cpu: Cpu, address: number): number {
  return READ_ONCE(cpu, address);
}

/** Throws RangeError unless the value fits a 32-bit word, signed or unsigned. `what` is what it is, for the message. */
export function checkWord(what: string, value: unknown): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 32) return;
  throw new RangeError(`${what}: ${String(value)} is no 32-bit word: a whole number from -2^31 to 2^32 - 1 is needed`);
}
