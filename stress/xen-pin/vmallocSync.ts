/** What vmalloc_sync_all() does to the table of xen-pin: why it takes page_table_lock. Called on the CPUs' threads by race.ts. */
import {
  READ_ONCE,
  endWindow,
  enter,
  kernelFunction,
  leave,
  outOfReach,
  raceWindow,
  spin_lock,
  spin_unlock,
  step,
  withinReach,
  type Cpu,
} from '../../lib/sdk/index.js';
import { pfn_pte } from '../../lib/sdk/mm.js';
import { HYPERVISOR_mmu_update, PG_pinned, PT_PAGE, native_set_pte, ptPageOf } from '../../lib/sdk/xen.js';
import { S, W } from './about.js';
import { MM, PGD, PMD, kernelEntryOf, type Config } from './state.js';

const F_VMALLOC_SYNC_ONE = kernelFunction('vmalloc_sync_one');
const F_XEN_SET_PMD = kernelFunction('xen_set_pmd');
/** Not present, so that the hypervisor does not look for a page table behind it. */
const KERNEL_ENTRY = pfn_pte(0x200, 0);

/** The other CPUs of writer=vmalloc_sync: bring the kernel's entry into the table, which they know from pgd_list, not from the rmap. */
export function vmalloc_sync_one(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_VMALLOC_SYNC_ONE);
  step(cpu, S.V1);
  if (c.pgtLock) spin_lock(cpu, mm + MM.page_table_lock); // [fix 617d34d9e5d8 +]
  withinReach(cpu);
  xen_set_pmd(cpu, mm, c);
  outOfReach(cpu);
  if (c.pgtLock) spin_unlock(cpu, mm + MM.page_table_lock);
  leave(cpu);
}

/** A page that is pinned is changed by the hypervisor, any other by a store. The two are looked up and done one after the other. */
function xen_set_pmd(cpu: Cpu, mm: number, c: Config): void {
  const page = ptPageOf(c.domain, mm, c.pae ? PMD : PGD);
  const pmdp = kernelEntryOf(page, c);
  enter(cpu, F_XEN_SET_PMD);
  step(cpu, S.V2);
  const isPinned = (READ_ONCE(cpu, page + PT_PAGE.flags) & PG_pinned) !== 0;
  raceWindow(cpu, W.W_LOOK_TO_STORE);
  endWindow(cpu, W.W_LOOK_TO_STORE);
  step(cpu, S.V3);
  if (isPinned) HYPERVISOR_mmu_update(cpu, c.domain, page, pmdp, KERNEL_ENTRY, 0, false);
  else native_set_pte(cpu, c.domain, page, pmdp, KERNEL_ENTRY, 0);
  leave(cpu);
}
