/** A hash table of two groups in the first instance of a booted machine, with four tracked pages and their PTEs. */
import { HPTE_V, hashTableWords, hpteAt, makeVpn, type HashTable } from '../../../lib/arch/ppc64/hashTable.js';
import { BUSY_BROKEN, HASHPTE_MISMATCH } from '../../../lib/arch/ppc64/audit.js';
import { BATCH_PENDING } from '../../../lib/arch/ppc64/preempt.js';
import { MACHINE_CHECK } from '../../../lib/arch/ppc64/walk.js';
import type { Cpu } from '../../../lib/machine/cpu.js';
import { SIGNATURES, boot, type Machine } from '../../machine/boot.js';

export const PAGES = 4;
const HTAB = 16;
const VSID = 0x2a;

export const TABLE: HashTable = Object.freeze({
  htab: HTAB,
  mask: 1,
  native_tlbie_lock: 0,
  cpu_vm_mask: 1,
  counts: 4,
  firstVpn: makeVpn(VSID, 0),
  pages: PAGES,
  preemptible: true,
  needFlushPins: false,
  flushTlbie: true,
  flushSearchesPrimary: false,
  evicts: false,
});

/** Virtual page number of tracked page `i`; even ones hash to group 0. */
export function vpn(i: number): number {
  return makeVpn(VSID, i);
}

/** Word index of the PTE of tracked page `i`. */
export function ptep(cpu: Cpu, i: number): number {
  return cpu.instance + 8 + i;
}

/** The auditor's count of tracked page `i`. */
export function countOf(cpu: Cpu, i: number): number {
  return cpu.mem[cpu.instance + TABLE.counts + i];
}

/** First word of the entry in a slot. */
export function vOf(cpu: Cpu, slot: number): number {
  return cpu.mem[hpteAt(cpu, TABLE, slot)];
}

/** Second word of the entry in a slot. */
export function rOf(cpu: Cpu, slot: number): number {
  return cpu.mem[hpteAt(cpu, TABLE, slot) + 1];
}

export function isValid(cpu: Cpu, slot: number): boolean {
  return (vOf(cpu, slot) & HPTE_V.VALID) !== 0;
}

/** Every CPU uses the address space. */
export function bootTable(cpus = 2): Machine {
  const machine = boot({
    cpus,
    words: HTAB + hashTableWords(1),
    ringEntries: 1024,
    signatures: [...SIGNATURES, BATCH_PENDING, BUSY_BROKEN, HASHPTE_MISMATCH, MACHINE_CHECK],
  });
  machine.mem[machine.at + TABLE.cpu_vm_mask] = -1;
  return machine;
}
