/** The paths of numa-protnone that reach a page through an entry: the process, its faults, debuggers, reclaim, pagemap. */
import {
  BUG,
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
  xchg,
  type Cpu,
} from '../../lib/sdk/index.js';
import {
  STRUCT_PAGE,
  _PAGE_ACCESSED,
  _PAGE_DIRTY,
  _PAGE_PRESENT,
  _PAGE_RW,
  _PAGE_USER,
  page_add_new_anon_rmap,
  pfn_pte,
  pte_pfn,
} from '../../lib/sdk/mm.js';
import { isMapped, pfnOf, pte_mknonnuma, pte_modify, pte_numa, xen_make_pte } from '../../lib/sdk/xen.js';
import { NUMA_ON_PROTNONE, REFAULT, S, WRONG_FRAME, WRONG_FRAME_RESTORED, WRONG_PFN } from './about.js';
import { set_pte_at, vm_normal_page } from './entry.js';
import { CONTENT_A, INSTANCE, MM, PFN_A, VM_ACCESS, pageOf, vm_get_page_prot, type Config } from './state.js';

const F_DO_PAGE_FAULT = kernelFunction('do_page_fault');
const F_HANDLE_PTE_FAULT = kernelFunction('handle_pte_fault');
const F_DO_ANONYMOUS_PAGE = kernelFunction('do_anonymous_page');
const F_DO_NUMA_PAGE = kernelFunction('do_numa_page');
const F_ACCESS_REMOTE_VM = kernelFunction('access_remote_vm');
const F_PAGEMAP_READ = kernelFunction('pagemap_read');
const F_PAGE_REFERENCED_ONE = kernelFunction('page_referenced_one');

/** Faults of one access after which it counts as one that never ends (I7). */
const REFAULTS_MAX = 8;

/** N0: the first touch of the page. */
export function do_anonymous_page(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_DO_ANONYMOUS_PAGE);
  spin_lock(cpu, mm + MM.mmap_sem);
  const page = pageOf(cpu.instance, PFN_A);
  WRITE_ONCE(cpu, page + STRUCT_PAGE.content, CONTENT_A);
  const prot = vm_get_page_prot(READ_ONCE(cpu, mm + MM.vm_flags));
  spin_lock(cpu, mm + MM.page_table_lock);
  atomic_fetch_add(cpu, mm + MM.rss_anon, 1);
  page_add_new_anon_rmap(cpu, page, mm + MM.pte);
  WRITE_ONCE(cpu, mm + MM.truth, PFN_A);
  set_pte_at(cpu, mm, c, xen_make_pte(cpu, c, pfn_pte(PFN_A, prot | _PAGE_ACCESSED | _PAGE_DIRTY)));
  spin_unlock(cpu, mm + MM.page_table_lock);
  spin_unlock(cpu, mm + MM.mmap_sem);
  leave(cpu);
}

/**
 * One load or store of the process. `content` is what its page holds. A restore in the middle of the instruction is kept
 * out by the PTE lock: a CPU is stopped between instructions.
 */
export function user_access(cpu: Cpu, mm: number, c: Config, content: number, write: boolean): void {
  const stoppable = c.form === 'save-restore';
  step(cpu, S.U1);
  for (let faults = 0; ; faults++) {
    if (stoppable) spin_lock(cpu, mm + MM.page_table_lock);
    const entry = READ_ONCE(cpu, mm + MM.pte);
    const hit = (entry & (_PAGE_PRESENT | _PAGE_USER)) === (_PAGE_PRESENT | _PAGE_USER);
    if (hit) access_frame(cpu, mm, entry, content, write);
    if (stoppable) spin_unlock(cpu, mm + MM.page_table_lock);
    if (hit) return;
    if (faults === REFAULTS_MAX) {
      fail(cpu, REFAULT, 'I7: the fault handler has returned, and the access faults again', mm, entry, faults);
      return;
    }
    if (!do_page_fault(cpu, mm, c)) {
      page_is_gone(cpu, mm, entry);
      return;
    }
  }
}

/** The hardware goes where the entry says. The page holds what its process stores there, unless it is another's. */
function access_frame(cpu: Cpu, mm: number, entry: number, content: number, write: boolean): void {
  const pfn = READ_ONCE(cpu, cpu.instance + INSTANCE.m2p + pte_pfn(entry));
  const word = pageOf(cpu.instance, pfn) + STRUCT_PAGE.content;
  const found = write ? xchg(cpu, word, content) : READ_ONCE(cpu, word);
  if (found !== content)
    wrong_frame(cpu, 'I15: a process has reached a page that is not its own', mm, entry, pfn, found);
}

/** A page that was given back may be gone; one that nobody has unmapped may not: a zero page comes in its place. */
function page_is_gone(cpu: Cpu, mm: number, entry: number): void {
  if (READ_ONCE(cpu, mm + MM.truth) !== 0)
    wrong_frame(cpu, 'I15: a process has lost its page: a zero page takes its place', mm, entry, 0, 0);
}

function wrong_frame(cpu: Cpu, what: string, mm: number, entry: number, pfn: number, found: number): void {
  const restored = READ_ONCE(cpu, cpu.instance + INSTANCE.restored) !== 0;
  fail(cpu, restored ? WRONG_FRAME_RESTORED : WRONG_FRAME, what, mm, entry, pfn, found);
}

/** `touch=protnone`: the process touches its page while the VMA forbids it, and goes on in its handler of SIGSEGV. */
export function touch_protnone(cpu: Cpu, mm: number, c: Config): void {
  step(cpu, S.U1);
  if ((READ_ONCE(cpu, mm + MM.pte) & _PAGE_PRESENT) !== 0) return;
  enter(cpu, F_DO_PAGE_FAULT);
  spin_lock(cpu, mm + MM.mmap_sem);
  const forbidden = (READ_ONCE(cpu, mm + MM.vm_flags) & VM_ACCESS) === 0;
  if (!(forbidden && c.accessError)) handle_pte_fault(cpu, mm, c);
  spin_unlock(cpu, mm + MM.mmap_sem);
  leave(cpu);
}

/** Handles a fault of the process in an accessible VMA: others end in a SIGSEGV and do not come here. Returns whether the page is there. */
function do_page_fault(cpu: Cpu, mm: number, c: Config): boolean {
  enter(cpu, F_DO_PAGE_FAULT);
  spin_lock(cpu, mm + MM.mmap_sem);
  const there = handle_pte_fault(cpu, mm, c);
  spin_unlock(cpu, mm + MM.mmap_sem);
  leave(cpu);
  return there;
}

/** Returns whether the entry is mapped. Handles a write fault: of do_wp_page() only the right to write the page once is modelled. */
function handle_pte_fault(cpu: Cpu, mm: number, c: Config): boolean {
  const entry = READ_ONCE(cpu, mm + MM.pte);
  if (!isMapped(c, entry)) return false;
  enter(cpu, F_HANDLE_PTE_FAULT);
  step(cpu, S.H1);
  const vm_flags = READ_ONCE(cpu, mm + MM.vm_flags);
  const accessible = (vm_flags & VM_ACCESS) !== 0;
  if (pte_numa(c, entry) && (accessible || !c.vmaCheck)) do_numa_page(cpu, mm, c, entry, vm_flags); // [fix vma-check +]
  else {
    spin_lock(cpu, mm + MM.page_table_lock);
    const young = entry | _PAGE_ACCESSED | _PAGE_DIRTY;
    if (READ_ONCE(cpu, mm + MM.pte) === entry && young !== entry) set_pte_at(cpu, mm, c, young);
    spin_unlock(cpu, mm + MM.page_table_lock);
  }
  leave(cpu);
  return true;
}

/** The hinting fault: the entry becomes present again, if it still is what the fault has seen. The page stays where it is. */
function do_numa_page(cpu: Cpu, mm: number, c: Config, entry: number, vm_flags: number): void {
  enter(cpu, F_DO_NUMA_PAGE);
  if ((vm_flags & VM_ACCESS) === 0) numa_on_protnone(cpu, mm, c, entry, vm_flags);
  step(cpu, S.H2);
  spin_lock(cpu, mm + MM.page_table_lock);
  if (READ_ONCE(cpu, mm + MM.pte) === entry) {
    step(cpu, S.H3);
    const pte = c.protnone
      ? pte_modify(cpu, c, entry, vm_get_page_prot(vm_flags)) | _PAGE_ACCESSED // [fix protnone-vma +]
      : pte_mknonnuma(cpu, c, entry);
    set_pte_at(cpu, mm, c, pte);
    vm_normal_page(cpu, mm, c, pte);
  }
  spin_unlock(cpu, mm + MM.page_table_lock);
  leave(cpu);
}

/** Only the mail's design asserts that it does not happen; the kernels before continue. */
function numa_on_protnone(cpu: Cpu, mm: number, c: Config, entry: number, vm_flags: number): void {
  if (c.protnone) BUG(cpu, NUMA_ON_PROTNONE, '!(vma->vm_flags & (VM_READ | VM_EXEC | VM_WRITE))', mm, entry, vm_flags);
  fail(cpu, NUMA_ON_PROTNONE, 'a fault in a PROT_NONE VMA is taken for a NUMA hinting fault', mm, entry, vm_flags);
}

/** A write to another's memory with FOLL_FORCE: no check of the VMA, a fault if the entry does not let it through, then the page. */
export function access_remote_vm(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_ACCESS_REMOTE_VM);
  step(cpu, S.G1);
  spin_lock(cpu, mm + MM.mmap_sem);
  const entry = READ_ONCE(cpu, mm + MM.pte);
  if (isMapped(c, entry)) {
    if ((entry & _PAGE_RW) === 0) handle_pte_fault(cpu, mm, c);
    step(cpu, S.G2);
    find_page(cpu, mm, c);
  }
  spin_unlock(cpu, mm + MM.mmap_sem);
  leave(cpu);
}

/** /proc/PID/pagemap. Differs: under the PTE lock, as in later kernels. */
export function pagemap_read(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_PAGEMAP_READ);
  step(cpu, S.R1);
  spin_lock(cpu, mm + MM.mmap_sem);
  step(cpu, S.R2);
  find_page(cpu, mm, c);
  spin_unlock(cpu, mm + MM.mmap_sem);
  leave(cpu);
}

/** Reclaim ages the page: it comes from the page, by the rmap, and looks for the entry that maps it. */
export function page_referenced(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_PAGE_REFERENCED_ONE);
  step(cpu, S.R1);
  if (READ_ONCE(cpu, pageOf(cpu.instance, PFN_A) + STRUCT_PAGE.mapcount) > 0) {
    step(cpu, S.R2);
    find_page(cpu, mm, c);
  }
  leave(cpu);
}

/** Finds the page by pte_pfn(): it must be the one that the entry should lead to. */
function find_page(cpu: Cpu, mm: number, c: Config): void {
  spin_lock(cpu, mm + MM.page_table_lock);
  const entry = READ_ONCE(cpu, mm + MM.pte);
  if (isMapped(c, entry)) {
    const pfn = pfnOf(cpu, c, entry);
    const truth = READ_ONCE(cpu, mm + MM.truth);
    if (pfn !== truth)
      fail(
        cpu,
        WRONG_PFN,
        'I15: a PFN was read from an entry that is not the number of its page',
        mm,
        entry,
        pfn,
        truth,
      );
  }
  spin_unlock(cpu, mm + MM.page_table_lock);
}
