/**
 * Accesses of the machine to words of its own. Called on a CPU's thread by ipi.ts, irq.ts and migration.ts.
 *
 * The machine's own accesses to its own words, which belong to no instance: mailboxes, posted calls, the offer of a CPU. They
 * are instructions like those of access.ts, with boundary and record, but their addresses come from the map, so nobody
 * checks them. Nothing that a race passes may come here.
 */

import type { Cpu } from './cpu.js';

export function readWord(cpu: Cpu, address: number): number {
  return cpu.isa.readWord(cpu.base, address);
}

export function writeWord(cpu: Cpu, address: number, value: number): void {
  cpu.isa.writeWord(cpu.base, address, value);
}

/** Stores `value` if the word is `expected`; returns the value before in either case. */
export function compareExchangeWord(cpu: Cpu, address: number, expected: number, value: number): number {
  return cpu.isa.compareExchangeWord(cpu.base, address, expected, value);
}

/** Keeps only the bits of `mask`; returns the value before. */
export function maskWord(cpu: Cpu, address: number, mask: number): number {
  return cpu.isa.maskWord(cpu.base, address, mask);
}
