import type { Cpu } from './cpu.js';

/*
 * The memory instructions. Each one is an instruction boundary: it takes a pending interrupt if interrupts are on, then
 * does one sequentially consistent access and records it. A store is an exchange, so that the record has the value it
 * overwrote; with recording off it is the same exchange, so that both runs hammer the same instruction.
 * Addresses are word indexes.
 */

/** One load. */
export function READ_ONCE(cpu: Cpu, address: number): number {
  return cpu.isa.read(cpu.base, address);
}

/** One store. */
export function WRITE_ONCE(cpu: Cpu, address: number, value: number): void {
  cpu.isa.write(cpu.base, address, value);
}

/** Stores `value` if the word is `expected`; returns the value before in either case. */
export function cmpxchg(cpu: Cpu, address: number, expected: number, value: number): number {
  return cpu.isa.compareExchange(cpu.base, address, expected, value);
}

/** Stores `value` and returns the value before. */
export function xchg(cpu: Cpu, address: number, value: number): number {
  return cpu.isa.exchange(cpu.base, address, value);
}

/** Sets bits; returns the value before. */
export function atomic_fetch_or(cpu: Cpu, address: number, bits: number): number {
  return cpu.isa.fetchOr(cpu.base, address, bits);
}

/** Keeps only the bits of `mask`; returns the value before. */
export function atomic_fetch_and(cpu: Cpu, address: number, mask: number): number {
  return cpu.isa.fetchAnd(cpu.base, address, mask);
}

/** Adds; returns the value before. */
export function atomic_fetch_add(cpu: Cpu, address: number, delta: number): number {
  return cpu.isa.fetchAdd(cpu.base, address, delta);
}
