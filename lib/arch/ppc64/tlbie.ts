/** The instruction that invalidates translations. Called on a CPU's thread by hpte.ts and tlbBatch.ts. */

import type { Cpu } from '../../machine/cpu.js';
import { spin_lock, spin_unlock } from '../../kernel/spinlock.js';
import { tlbFlushCpu } from '../../mm/tlb.js';
import type { HashTable } from './hashTable.js';

/**
 * Invalidates translations: of this CPU alone with `local` (tlbiel), of all CPUs otherwise, under a lock that lets one
 * CPU at a time do so. When it returns, no CPU uses a translation from before.
 *
 * @kernel tlbie, arch/powerpc/mm/hash_native_64.c. Differs: invalidates everything, not one page; as on processors
 * without CPU_FTR_LOCKLESS_TLBIE.
 */
export function tlbie(cpu: Cpu, t: HashTable, local: boolean): void {
  if (local) {
    tlbFlushCpu(cpu, cpu.id);
    return;
  }
  spin_lock(cpu, cpu.instance + t.native_tlbie_lock);
  for (let c = 0; c < cpu.cpus; c++) tlbFlushCpu(cpu, c);
  spin_unlock(cpu, cpu.instance + t.native_tlbie_lock);
}
