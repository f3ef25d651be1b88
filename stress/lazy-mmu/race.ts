/**
 * Can a page-table update be held back where it is needed at once?   Result: buggy Sometimes, merged fix Never
 *
 * Mail:  Z. Amsden and R. Russell, 2007: is the flush of the lazy MMU queue in a vmalloc fault safe from preemption?
 * Race:  in lazy mode a CPU queues its page-table updates. A vmalloc fault inside it repairs the table only in the queue
 *        and comes back (bug 1). A task that is preempted in it and goes on elsewhere leaves its updates behind (bug 2).
 * Fix:   flush behind set_pmd(). The mail proves, by rules, that no more is needed; later kernels broke the rules.
 * Left out: the TLB, the lazy mode of cr3 loads, freeing of vmalloc areas.
 * Run:   npx racehammer run lazy-mmu
 * Words and first state: state.ts. Variants, knobs and the step labels T, P, V, I, R: about.ts.
 */
import {
  READ_ONCE,
  WRITE_ONCE,
  allowPreemption,
  awaitOffer,
  forbidPreemption,
  isEveryNthTrial,
  csd_lock_wait,
  defineRace,
  endWindow,
  enter,
  fail,
  kernelFunction,
  leave,
  outOfReach,
  chanceBelow,
  preemptHere,
  raceWindow,
  smp_call_function_single_async,
  spin_lock,
  spin_unlock,
  step,
  withinReach,
  type ContextSwitch,
  type Cpu,
} from '../../lib/sdk/index.js';
import { _PAGE_PRESENT, _PAGE_RW, pfn_pte } from '../../lib/sdk/mm.js';
import {
  KM_IRQ0,
  KM_USER0,
  UPDATE_STRANDED,
  paravirt_enter_lazy_mmu,
  paravirt_flush_lazy_mmu,
  paravirt_leave_lazy_mmu,
  dropLazyMode,
  isSettled,
  kmap_atomic,
  kunmap_atomic,
  lazyMmuReport,
  load_cr3,
  setKernelPte,
  set_pte,
  useKmap,
  useMapping,
  useUserMapping,
  useVmalloc,
} from '../../lib/sdk/paravirt.js';
import { ABOUT, S, W } from './about.js';
import { MUTANTS } from './mutants.js';
import {
  KERNEL_PAGES,
  MM,
  PFN,
  PREEMPT_BEFORE_FLUSH,
  USER_PAGES,
  configure,
  kernelPte,
  reset,
  symbol,
  userPte,
  type Config,
} from './state.js';

const F_EXIT_MMAP = kernelFunction('exit_mmap');
const F_DUP_MMAP = kernelFunction('dup_mmap');
const F_COPY_PTE_RANGE = kernelFunction('copy_pte_range');
const F_SWAP_DUPLICATE = kernelFunction('swap_duplicate');
const F_ZAP_PTE_RANGE = kernelFunction('zap_pte_range');
const F_PAGE_REMOVE_RMAP = kernelFunction('page_remove_rmap');
const F_CHARGE_STATISTICS = kernelFunction('mem_cgroup_charge_statistics');
const F_MEM_CGROUP_CREATE = kernelFunction('mem_cgroup_create');
const F_APPLY_TO_PTE_RANGE = kernelFunction('apply_to_pte_range');
const F_INTERRUPT = kernelFunction('smp_call_function_interrupt');
const F_PAGE_REFERENCED_ONE = kernelFunction('page_referenced_one');

const PRESENT = _PAGE_PRESENT | _PAGE_RW;
const KERNEL_PTE = [0, 1].map((i) => pfn_pte(PFN.vmalloc + i, PRESENT));
const VMALLOC_PMD = pfn_pte(PFN.vmallocTable, PRESENT);
const KMAP_PTE = pfn_pte(PFN.kmap, PRESENT);
const COPIED_PTE = [0, 1].map((i) => pfn_pte(PFN.user + i, _PAGE_PRESENT));
const READ_ONLY_PTE = pfn_pte(PFN.linear, _PAGE_PRESENT);

/**
 * A task begins to run on the CPU: `pmd` says which page table is loaded. In some trials it can be preempted; only the
 * task of CPU 1 gives its CPU up, for the `nth` time that it reaches its place, and the others take it.
 */
function beginTask(cpu: Cpu, c: Config, pmd: number, how: ContextSwitch, nth: number): void {
  load_cr3(cpu, pmd);
  if (isEveryNthTrial(cpu, c.moveEvery)) allowPreemption(cpu, how, c.preemptAt, nth);
  else forbidPreemption(cpu);
}

/** CPU 0: a process exits, or forks (section=copy). It is accounted before its page tables are taken down, and for each page of them. */
function exit_mmap(cpu: Cpu, mm: number, c: Config): void {
  beginTask(cpu, c, mm + MM.pmd, c.exiting, 0);
  enter(cpu, c.copies ? F_DUP_MMAP : F_EXIT_MMAP);
  letPreempted(cpu, c.looks.begin);
  step(cpu, S.T0);
  mem_cgroup_charge_statistics(cpu, mm, c);
  letPreempted(cpu, c.looks.middle);
  if (c.broken === 'R3') clear_highpage(cpu, c, PFN.anonymous, false); // a page of the core dump
  if (c.copies) copy_pte_range(cpu, mm, c);
  else zap_pte_range(cpu, mm, c);
  letPreempted(cpu, c.looks.end);
  returnToUser(cpu);
  leave(cpu);
}

/** Lets the task continue elsewhere, if another one gives its CPU up within so many looks; not for 0 looks, and once a trial. */
function letPreempted(cpu: Cpu, looks: number): void {
  if (cpu.contextSwitch === null || looks === 0 || cpu.id !== cpu.home) return;
  awaitOffer(cpu, looks);
  preemptHere(cpu, 0);
}

/** Clears a page through a slot of the CPU. */
function clear_highpage(cpu: Cpu, c: Config, pfn: number, keepsPreemption: boolean): void {
  const slot = kmap_atomic(cpu, c.pv, KM_USER0, pfn, keepsPreemption);
  if (c.broken === 'R3') raceWindow(cpu, W.W_KMAP);
  useKmap(cpu, c.pv, slot, pfn);
  if (c.broken === 'R3') endWindow(cpu, W.W_KMAP);
  kunmap_atomic(cpu, keepsPreemption);
}

/** Uses the vmalloc area of the accounting, once there is one. */
function mem_cgroup_charge_statistics(cpu: Cpu, mm: number, c: Config): void {
  if (READ_ONCE(cpu, mm + MM.memcg_stat) === 0) return;
  enter(cpu, F_CHARGE_STATISTICS);
  useVmalloc(cpu, c.pv, mm + MM.init_pmd, kernelPte(mm, 0));
  leave(cpu);
}

function zap_pte_range(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_ZAP_PTE_RANGE);
  if (c.kmapAt === 'before') kmap(cpu, mm, c);
  step(cpu, S.T1);
  spin_lock(cpu, mm + MM.ptl);
  paravirt_enter_lazy_mmu(cpu, c.pv, mm + MM.ptl);
  step(cpu, S.T2);
  for (let i = 0; i < USER_PAGES; i++) if (READ_ONCE(cpu, userPte(mm, i)) !== 0) set_pte(cpu, c.pv, userPte(mm, i), 0);
  raceWindow(cpu, W.W_LAZY_MODE);
  step(cpu, S.T3);
  page_remove_rmap(cpu, mm, c);
  endWindow(cpu, W.W_LAZY_MODE);
  step(cpu, S.T8);
  paravirt_leave_lazy_mmu(cpu, c.pv);
  step(cpu, S.T9);
  spin_unlock(cpu, mm + MM.ptl);
  if (c.kmapAt === 'break') kmap(cpu, mm, c);
  leave(cpu);
}

/** A lazy section for each PTE: copy_pte_range() leaves the mode where another task is to run. */
function copy_pte_range(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_COPY_PTE_RANGE);
  if (c.kmapAt === 'before') kmap(cpu, mm, c);
  for (let i = 0; i < USER_PAGES; i++) {
    step(cpu, S.T1);
    spin_lock(cpu, mm + MM.ptl);
    paravirt_enter_lazy_mmu(cpu, c.pv, mm + MM.ptl);
    step(cpu, S.T2);
    set_pte(cpu, c.pv, userPte(mm, i), COPIED_PTE[i]);
    raceWindow(cpu, W.W_LAZY_MODE);
    step(cpu, S.T3);
    swap_duplicate(cpu, mm, c);
    if (c.broken === 'B') useUserMapping(cpu, c.pv, userPte(mm, i), COPIED_PTE[i]); // breaks B
    endWindow(cpu, W.W_LAZY_MODE);
    step(cpu, S.T8);
    paravirt_leave_lazy_mmu(cpu, c.pv);
    step(cpu, S.T9);
    spin_unlock(cpu, mm + MM.ptl);
    if (c.kmapAt === 'break') kmap(cpu, mm, c);
  }
  leave(cpu);
}

/** The depth of copy_one_pte(): a PTE of swap counts in swap_map, which is a vmalloc area. */
function swap_duplicate(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_SWAP_DUPLICATE);
  mem_cgroup_charge_statistics(cpu, mm, c); // any use of the area: what swapon has just made
  if (c.kmapAt === 'inside') kmap(cpu, mm, c);
  leave(cpu);
}

/** With R2 broken: kmap() instead of kmap_atomic(), without a flush. Outside of lazy mode it needs none. */
function kmap(cpu: Cpu, mm: number, c: Config): void {
  if (c.broken !== 'R2') return;
  setKernelPte(cpu, c.pv, mm + MM.pkmap_pte, KMAP_PTE);
  useMapping(cpu, c.pv, mm + MM.pkmap_pte, KMAP_PTE);
}

/** In the lazy section. Two rules can be broken here: by a mapping of the kernel, and by a use of what has been queued. */
function page_remove_rmap(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_PAGE_REMOVE_RMAP);
  mem_cgroup_charge_statistics(cpu, mm, c);
  if (c.kmapAt === 'inside') kmap(cpu, mm, c);
  if (c.broken === 'B') useUserMapping(cpu, c.pv, userPte(mm, USER_PAGES - 1), 0); // breaks B
  leave(cpu);
}

/** CPU 1: a new cgroup. Its statistics are allocated and mapped, then handed over. */
function mem_cgroup_create(cpu: Cpu, mm: number, c: Config): void {
  const nth = c.preemptAt === 0 ? 1 + chanceBelow(cpu, c.places) : 1;
  beginTask(cpu, c, mm + MM.other_pmd, c.creating, nth);
  enter(cpu, F_MEM_CGROUP_CREATE);
  step(cpu, S.V1);
  clear_highpage(cpu, c, PFN.kmap, c.broken === 'R3'); // breaks R3
  apply_to_pte_range(cpu, mm, c);
  step(cpu, S.V2);
  smp_call_function_single_async(cpu, cpu.id === 0 ? 1 : 0, smp_call_function_interrupt, mm);
  step(cpu, S.V3);
  withinReach(cpu);
  WRITE_ONCE(cpu, mm + MM.init_pmd, VMALLOC_PMD);
  WRITE_ONCE(cpu, mm + MM.memcg_stat, 1);
  outOfReach(cpu);
  step(cpu, S.V4);
  csd_lock_wait(cpu);
  step(cpu, S.V5);
  // A worker thread has a page table of somebody else's, and uses the area in it: a fault that can be preempted.
  if (c.broken === 'R4') useVmalloc(cpu, c.pv, mm + MM.init_pmd, kernelPte(mm, 0));
  returnToUser(cpu);
  leave(cpu);
}

/** Maps the pages of a vmalloc area. Lazy mode is for user PTEs under spinlock (A); in 2011 this path began to use it. */
function apply_to_pte_range(cpu: Cpu, mm: number, c: Config): void {
  const lock = c.broken === 'A';
  const lazy = lock || c.broken === 'R1'; // breaks A, with the lock; R1 and A, without
  enter(cpu, F_APPLY_TO_PTE_RANGE);
  step(cpu, S.P1);
  if (lock) spin_lock(cpu, mm + MM.init_mm_lock);
  if (lazy) paravirt_enter_lazy_mmu(cpu, c.pv, 0);
  for (let i = 0; i < KERNEL_PAGES; i++) set_pte(cpu, c.pv, kernelPte(mm, i), KERNEL_PTE[i]);
  step(cpu, S.P2);
  preemptHere(cpu, PREEMPT_BEFORE_FLUSH);
  step(cpu, S.P3);
  paravirt_flush_lazy_mmu(cpu, c.pv);
  step(cpu, S.P4);
  for (let i = 0; i < KERNEL_PAGES; i++) useMapping(cpu, c.pv, kernelPte(mm, i), KERNEL_PTE[i]);
  step(cpu, S.P5);
  if (lazy) paravirt_leave_lazy_mmu(cpu, c.pv);
  if (lock) spin_unlock(cpu, mm + MM.init_mm_lock);
  leave(cpu);
}

/** An interrupt, wherever the CPU is: maps a page for a moment, which the rules allow. */
function smp_call_function_interrupt(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_INTERRUPT);
  step(cpu, S.I1);
  const slot = kmap_atomic(cpu, c.pv, KM_IRQ0, PFN.kmap, false);
  useKmap(cpu, c.pv, slot, PFN.kmap);
  kunmap_atomic(cpu, false);
  if (c.broken === 'C') {
    paravirt_enter_lazy_mmu(cpu, c.pv, 0); // breaks C
    paravirt_leave_lazy_mmu(cpu, c.pv);
  } else if (c.broken === 'D') {
    setKernelPte(cpu, c.pv, mm + MM.linear_pte, READ_ONLY_PTE); // breaks D: change_page_attr(), by DEBUG_PAGEALLOC
    useMapping(cpu, c.pv, mm + MM.linear_pte, READ_ONLY_PTE);
  }
  leave(cpu);
}

/** Other CPUs: reclaim looks at a PTE. It may be stale, but not under the lock: that cannot be had before the queue is empty. */
function page_referenced_one(cpu: Cpu, mm: number, c: Config): void {
  beginTask(cpu, c, mm + MM.other_pmd, c.kernelThread, 0);
  enter(cpu, F_PAGE_REFERENCED_ONE);
  preemptHere(cpu, 0);
  step(cpu, S.R1);
  spin_lock(cpu, mm + MM.ptl);
  useMapping(cpu, c.pv, userPte(mm, 0), READ_ONCE(cpu, userPte(mm, 0)));
  spin_unlock(cpu, mm + MM.ptl);
  preemptHere(cpu, 0);
  returnToUser(cpu);
  leave(cpu);
}

/** The CPU that the task ends on must have nothing left to hand over (I6). */
function returnToUser(cpu: Cpu): void {
  if (!isSettled(cpu))
    fail(cpu, UPDATE_STRANDED, 'I6: the CPU goes to user mode in lazy mode, or with updates queued', cpu.id);
}

function role(cpu: number, c: Config): { actor: string; comm: string } {
  if (cpu === 0) return { actor: 'exit_mmap', comm: 'httpd' };
  return cpu === 1
    ? { actor: 'mem_cgroup_create', comm: c.broken === 'R4' ? 'events/1' : 'mkdir' }
    : { actor: 'page_referenced_one', comm: 'kswapd0' };
}

export default defineRace({
  ...ABOUT,
  interrupts: [smp_call_function_interrupt],
  cpus: { min: 2, default: 2 },
  phases: { exit_mmap: { min: 0, max: 400 } },
  delays: { W_LAZY_MODE: { min: 100, max: 300 }, W_KMAP: { min: 200, max: 600 } },
  actors: { exit_mmap, mem_cgroup_create, page_referenced_one },
  configure,
  mutants: MUTANTS,
  instanceWords: () => MM.WORDS,
  reset,
  role: (cpu, _cpus, c) => role(cpu, c),
  recover: dropLazyMode,
  symbol,
  report: (s) => lazyMmuReport(s, ABOUT.steps, (address) => symbol(address - s.instance)),
});
