import type { Cpu } from './cpu.js';
import { OP, record } from './recorder.js';

/*
 * The memory instructions. Each one is an instruction boundary: it takes a pending interrupt if interrupts are on, then
 * does one sequentially consistent access and records it. A store is an exchange, so that the record has the value it
 * overwrote; with recording off it is the same exchange, so that both runs hammer the same instruction.
 */

/** One load. */
export function READ_ONCE(cpu: Cpu, address: number): number {
  const mem = cpu.mem;
  if (mem[cpu.irr] !== 0) cpu.trap(cpu);
  const value = Atomics.load(mem, address);
  record(cpu, OP.READ, address, value, value);
  return value;
}

/** One store. */
export function WRITE_ONCE(cpu: Cpu, address: number, value: number): void {
  const mem = cpu.mem;
  if (mem[cpu.irr] !== 0) cpu.trap(cpu);
  const before = Atomics.exchange(mem, address, value);
  record(cpu, OP.WRITE, address, before, value);
}

/** Stores `value` if the word is `expected`; returns the value before in either case. */
export function cmpxchg(cpu: Cpu, address: number, expected: number, value: number): number {
  const mem = cpu.mem;
  if (mem[cpu.irr] !== 0) cpu.trap(cpu);
  const before = Atomics.compareExchange(mem, address, expected, value);
  record(cpu, OP.CMPXCHG, address, before, before === expected ? value : before);
  return before;
}

/** Stores `value` and returns the value before. */
export function xchg(cpu: Cpu, address: number, value: number): number {
  const mem = cpu.mem;
  if (mem[cpu.irr] !== 0) cpu.trap(cpu);
  const before = Atomics.exchange(mem, address, value);
  record(cpu, OP.XCHG, address, before, value);
  return before;
}

/** Sets bits; returns the value before. */
export function atomic_fetch_or(cpu: Cpu, address: number, bits: number): number {
  const mem = cpu.mem;
  if (mem[cpu.irr] !== 0) cpu.trap(cpu);
  const before = Atomics.or(mem, address, bits);
  record(cpu, OP.FETCH_OR, address, before, before | bits);
  return before;
}

/** Keeps only the bits of `mask`; returns the value before. */
export function atomic_fetch_and(cpu: Cpu, address: number, mask: number): number {
  const mem = cpu.mem;
  if (mem[cpu.irr] !== 0) cpu.trap(cpu);
  const before = Atomics.and(mem, address, mask);
  record(cpu, OP.FETCH_AND, address, before, before & mask);
  return before;
}

/** Adds; returns the value before. */
export function atomic_fetch_add(cpu: Cpu, address: number, delta: number): number {
  const mem = cpu.mem;
  if (mem[cpu.irr] !== 0) cpu.trap(cpu);
  const before = Atomics.add(mem, address, delta);
  record(cpu, OP.FETCH_ADD, address, before, (before + delta) | 0);
  return before;
}
