/**
 * Goal: what `explain hash-batch` says of the cost of the merged fix is what the model counts.
 * Method: one CPU takes 1,000 hashed PTEs out as the variants do; each flush for all CPUs takes the lock of tlbie once.
 */
import test from 'ava';
import {
  arch_enter_lazy_mmu_mode,
  arch_leave_lazy_mmu_mode,
  flush_tlb_pending,
  hpte_need_flush,
  hpte_update,
} from '../../lib/arch/ppc64/tlbBatch.js';
import { PPC_PAGE } from '../../lib/arch/ppc64/pte.js';
import { lockGeneration } from '../../lib/machine/lockWord.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { EXPLAIN } from '../../stress/hash-batch/explain.js';
import { TABLE, bootTable, vpn } from '../arch/ppc64/table.js';

const PTES = 1000;
const MM = 1;
/** Queues one PTE, which is the last of its PTE page or not. */
type Path = (cpu: Cpu, isLast: boolean) => void;

/** Returns how many flushes the CPU makes for the 1,000 PTEs, `perPage` in each PTE page. */
function flushes(perPage: number, path: Path): number {
  const { cpus } = bootTable();
  const [cpu] = cpus;
  for (let n = 1; n <= PTES; n++) path(cpu, n % perPage === 0 || n === PTES);
  flush_tlb_pending(cpu, TABLE); // tlb_finish_mmu()
  return lockGeneration(cpu.mem[cpu.instance + TABLE.native_tlbie_lock]);
}

const old: Path = (cpu) => hpte_update(cpu, TABLE, MM, vpn(0), PPC_PAGE.HASHPTE);
const quickFix: Path = (cpu, isLast) => {
  old(cpu, isLast);
  if (isLast) flush_tlb_pending(cpu, TABLE);
};
const merged: Path = (cpu, isLast) => {
  arch_enter_lazy_mmu_mode(cpu, TABLE);
  hpte_need_flush(cpu, TABLE, MM, vpn(0), PPC_PAGE.HASHPTE);
  if (isLast) arch_leave_lazy_mmu_mode(cpu, TABLE);
};
const mergedOutside: Path = (cpu) => hpte_need_flush(cpu, TABLE, MM, vpn(0), PPC_PAGE.HASHPTE);
const oldClearFlush: Path = (cpu, isLast) => {
  old(cpu, isLast);
  flush_tlb_pending(cpu, TABLE);
};

test('flushes for 1,000 PTEs: the table in explain', (t) => {
  for (const perPage of [512, 64, 8, 1]) {
    const counted = [old, quickFix, merged].map((path) => flushes(perPage, path));
    const line = `${perPage} of a PTE page`.padEnd(20) + counted.map((n) => String(n).padStart(12)).join('');
    t.true(EXPLAIN.includes(line), line);
  }
  const single = [oldClearFlush, oldClearFlush, mergedOutside].map((path) => flushes(1, path));
  const line = 'ptep_clear_flush()'.padEnd(20) + single.map((n) => String(n).padStart(12)).join('');
  t.true(EXPLAIN.includes(line), line);
  const unflushed = [old, old, mergedOutside].map((path) => flushes(1, path));
  const young = 'A or D bit cleared'.padEnd(20) + unflushed.map((n) => String(n).padStart(12)).join('');
  t.true(EXPLAIN.includes(young), young);
});
