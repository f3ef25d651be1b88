/** The kernel paths of numa-protnone that write or remove an entry: mprotect, the NUMA scanner, unmapping, and their checks. */
import {
  READ_ONCE,
  WRITE_ONCE,
  atomic_fetch_add,
  enter,
  fail,
  kernelFunction,
  leave,
  spin_lock,
  spin_unlock,
  step,
  type Cpu,
} from '../../lib/sdk/index.js';
import { STRUCT_PAGE, _PAGE_PRESENT, native_ptep_get_and_clear, page_remove_rmap, put_page } from '../../lib/sdk/mm.js';
import {
  isMapped,
  isTaggedRight,
  pfnOf,
  pte_mknonnuma,
  pte_mknuma,
  pte_modify,
  pte_numa,
  pte_special,
  xen_pte_val,
  xen_set_pte,
} from '../../lib/sdk/xen.js';
import { ACCOUNTING, BAD_PAGE_MAP, BAD_RSS, PTE_TAG, S } from './about.js';
import { MM, VM_ACCESS, pageOf, vm_get_page_prot, type Config } from './state.js';

const F_SYS_MPROTECT = kernelFunction('sys_mprotect');
const F_TASK_NUMA_WORK = kernelFunction('task_numa_work');
const F_CHANGE_PTE_RANGE = kernelFunction('change_pte_range');
const F_ZAP_PTE_RANGE = kernelFunction('zap_pte_range');
const F_PRINT_BAD_PTE = kernelFunction('print_bad_pte');

/** Writes the entry, and looks at what has been written (I15). Under the PTE lock. */
export function set_pte_at(cpu: Cpu, mm: number, c: Config, pte: number): void {
  xen_set_pte(cpu, c, mm + MM.pte, pte);
  const { mem } = cpu;
  const entry = READ_ONCE(cpu, mm + MM.pte);
  const truth = READ_ONCE(cpu, mm + MM.truth);
  if (isTaggedRight(cpu, c, entry, truth)) return;
  // For the report alone.
  if (mem[mm + MM.mistagged_at] === 0) {
    mem[mm + MM.mistagged] = entry;
    mem[mm + MM.mistagged_at] = mem[cpu.step];
  }
  if (c.strict) fail(cpu, PTE_TAG, 'I15: the entry written does not lead to the page', mm, entry, truth);
}

/** N1, or N2 and N3: gives the VMA and its entry another protection. */
export function mprotect(cpu: Cpu, mm: number, c: Config, vm_flags: number): void {
  enter(cpu, F_SYS_MPROTECT);
  spin_lock(cpu, mm + MM.mmap_sem);
  WRITE_ONCE(cpu, mm + MM.vm_flags, vm_flags);
  change_pte_range(cpu, mm, c, vm_flags);
  spin_unlock(cpu, mm + MM.mmap_sem);
  leave(cpu);
}

/** ptep_modify_prot_start() is a plain load on Xen. */
function change_pte_range(cpu: Cpu, mm: number, c: Config, vm_flags: number): void {
  enter(cpu, F_CHANGE_PTE_RANGE);
  spin_lock(cpu, mm + MM.page_table_lock);
  let ptent = READ_ONCE(cpu, mm + MM.pte);
  if (isMapped(c, ptent)) {
    // 1667918b6483 "mm: numa: clear numa hinting information on mprotect": true for a PROT_NONE entry as well.
    if (c.clearsHints && pte_numa(c, ptent)) ptent = pte_mknonnuma(cpu, c, ptent); // [fix protnone-vma -]
    if ((vm_flags & VM_ACCESS) !== 0) step(cpu, S.N3);
    set_pte_at(cpu, mm, c, pte_modify(cpu, c, ptent, vm_get_page_prot(vm_flags)));
  }
  spin_unlock(cpu, mm + MM.page_table_lock);
  leave(cpu);
}

/** The scanner's work on one entry: the next access shall fault. Inaccessible VMAs are skipped. */
export function change_prot_numa(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_TASK_NUMA_WORK);
  step(cpu, S.K1);
  spin_lock(cpu, mm + MM.mmap_sem);
  if ((READ_ONCE(cpu, mm + MM.vm_flags) & VM_ACCESS) !== 0) {
    enter(cpu, F_CHANGE_PTE_RANGE);
    spin_lock(cpu, mm + MM.page_table_lock);
    const oldpte = READ_ONCE(cpu, mm + MM.pte);
    if (isMapped(c, oldpte) && !pte_numa(c, oldpte) && vm_normal_page(cpu, mm, c, oldpte) >= 0) {
      step(cpu, S.K2);
      if (c.protnone) set_pte_at(cpu, mm, c, pte_modify(cpu, c, oldpte, vm_get_page_prot(0))); // [fix protnone-vma +]
      else if ((oldpte & _PAGE_PRESENT) !== 0) set_pte_at(cpu, mm, c, pte_mknuma(cpu, c, oldpte)); // [fix protnone-vma -]
    }
    spin_unlock(cpu, mm + MM.page_table_lock);
    leave(cpu);
  }
  spin_unlock(cpu, mm + MM.mmap_sem);
  leave(cpu);
}

/** Returns the PFN of the page behind an entry; -1, and a complaint, if it has no struct page or says that it is special. */
export function vm_normal_page(cpu: Cpu, mm: number, c: Config, pte: number): number {
  const pfn = pfnOf(cpu, c, pte);
  if (pfn < c.pfns && !pte_special(c, pte)) return pfn;
  print_bad_pte(cpu, mm, c, pte, -1, 'I16: an entry leads to no page of the guest, or says that it is special');
  return -1;
}

/** Counts as a failure; the kernel continues. */
function print_bad_pte(cpu: Cpu, mm: number, c: Config, pte: number, pfn: number, what: string): void {
  enter(cpu, F_PRINT_BAD_PTE);
  fail(cpu, BAD_PAGE_MAP, what, mm, xen_pte_val(cpu, c, pte), pfn, pte);
  leave(cpu);
}

/** zap_pte_range() for the one entry: takes it out, un-accounts the page and drops it. */
export function zap_pte(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_ZAP_PTE_RANGE);
  spin_lock(cpu, mm + MM.page_table_lock);
  const ptent = READ_ONCE(cpu, mm + MM.pte);
  if (isMapped(c, ptent)) {
    const pfn = vm_normal_page(cpu, mm, c, ptent);
    WRITE_ONCE(cpu, mm + MM.truth, 0);
    native_ptep_get_and_clear(cpu, mm + MM.pte);
    if (pfn >= 0) unmap_page(cpu, mm, c, ptent, pfn);
  }
  spin_unlock(cpu, mm + MM.page_table_lock);
  leave(cpu);
}

/** The page decides which counter it leaves, whatever counter it was counted in: a freed page counts as a file's. */
function unmap_page(cpu: Cpu, mm: number, c: Config, ptent: number, pfn: number): void {
  const page = pageOf(cpu.instance, pfn);
  const anon = READ_ONCE(cpu, page + STRUCT_PAGE.mapping) !== 0;
  atomic_fetch_add(cpu, mm + (anon ? MM.rss_anon : MM.rss_file), -1);
  const mapcount = page_remove_rmap(cpu, page);
  if (mapcount < 0) print_bad_pte(cpu, mm, c, ptent, pfn, 'I16: a page is unmapped that is not mapped');
  const count = put_page(cpu, page);
  if (
    c.strict &&
    (count < mapcount || READ_ONCE(cpu, mm + MM.rss_file) !== 0 || READ_ONCE(cpu, mm + MM.rss_anon) !== 0)
  ) {
    fail(cpu, ACCOUNTING, 'I16: counters of the page or of the mm do not fit its entries', mm, page, count, mapcount);
  }
}

/** The mm goes: its counters must be zero. */
export function check_mm(cpu: Cpu, mm: number): void {
  const file = READ_ONCE(cpu, mm + MM.rss_file);
  const anon = READ_ONCE(cpu, mm + MM.rss_anon);
  if (file !== 0 || anon !== 0) fail(cpu, BAD_RSS, 'I16: the mm goes with pages on its account', mm, file, anon);
}
