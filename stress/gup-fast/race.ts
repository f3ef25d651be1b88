/**
 * Does get_user_pages_fast() pin a page that khugepaged has just replaced?   Result: buggy Sometimes, merged fix Never
 *
 * Commits: 70cbc3cc78a9 and 2ba99c5e0881 (6.1).
 * Race:    khugepaged looks for pins, then copies the page and clears its PTE. A walk without locks that takes its reference in between finds
 *          the PTE unchanged. A flush by IPI would have waited for that walk; one by broadcast does not.
 * Fix:     look at the PMD again, and send an interrupt before the page table is touched.
 * Left out: locks of khugepaged, the copy, page tables that RCU frees.
 * Run:     npx racehammer run gup-fast
 * Words and first state: state.ts. Variants, knobs and the step labels C, G: about.ts.
 */
import {
  READ_ONCE,
  WRITE_ONCE,
  atomic_fetch_add,
  cpu_online_mask,
  cpumask_of,
  defineRace,
  endWindow,
  enter,
  fail,
  kernelFunction,
  leave,
  local_irq_restore,
  local_irq_save,
  outOfReach,
  raceWindow,
  smp_call_function_many,
  step,
  withinReach,
  xchg,
  type Cpu,
} from '../../lib/sdk/index.js';
import {
  flush_tlb_func,
  flush_tlb_page,
  joinVmMask,
  native_set_pte_at,
  pte_clear,
  pte_present,
} from '../../lib/sdk/mm.js';
import { ABOUT, S, STALE_PIN, TABLE_REUSED, W } from './about.js';
import { MUTANTS } from './mutants.js';
import {
  HUGE_PAGE,
  OTHER_PTE,
  PAGE_TABLE,
  PTE,
  SOMEBODY_ELSE,
  STATE,
  THE_PROCESS,
  configure,
  init,
  type Config,
} from './state.js';

const F_COLLAPSE_HUGE_PAGE = kernelFunction('collapse_huge_page');
const F_TLB_REMOVE_TABLE_SYNC_ONE = kernelFunction('tlb_remove_table_sync_one');
const F_GUP_PTE_RANGE = kernelFunction('gup_pte_range');

/** CPU 0: khugepaged replaces the page table by a huge page, unless the page is pinned. */
function collapse_huge_page(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_COLLAPSE_HUGE_PAGE);
  step(cpu, S.C1);
  xchg(cpu, at + STATE.pmd, 0); // pmdp_collapse_flush()
  flush_tlb_page(cpu, at, at + STATE.cpu_vm_mask, c.flush);
  if (c.sendsIpi) tlb_remove_table_sync_one(cpu); // [fix sync-ipi +]
  step(cpu, S.C2);
  withinReach(cpu);
  const isPinned = READ_ONCE(cpu, at + STATE.page_refs) !== 1; // __collapse_huge_page_isolate()
  if (isPinned) WRITE_ONCE(cpu, at + STATE.pmd, PAGE_TABLE);
  else replace(cpu, at);
  leave(cpu);
}

function replace(cpu: Cpu, at: number): void {
  raceWindow(cpu, W.W_COPY);
  step(cpu, S.C3);
  pte_clear(cpu, at + STATE.pte); // behind the copy
  endWindow(cpu, W.W_COPY);
  outOfReach(cpu);
  step(cpu, S.C4);
  WRITE_ONCE(cpu, at + STATE.pmd, HUGE_PAGE);
  step(cpu, S.C5);
  atomic_fetch_add(cpu, at + STATE.page_refs, -1);
  step(cpu, S.C6);
  WRITE_ONCE(cpu, at + STATE.table_owner, SOMEBODY_ELSE);
  native_set_pte_at(cpu, at + STATE.pte, OTHER_PTE);
}

/** Waits until all CPUs have had interrupts on: no walk that began before is under way. */
function tlb_remove_table_sync_one(cpu: Cpu): void {
  enter(cpu, F_TLB_REMOVE_TABLE_SYNC_ONE);
  smp_call_function_many(cpu, cpu_online_mask(cpu) & ~cpumask_of(cpu.id), 0, tlb_remove_table_smp_sync, 0, true);
  leave(cpu);
}

/** The interrupt itself does nothing: that it was taken is what counts. */
function tlb_remove_table_smp_sync(): void {}

/** The other CPUs: get_user_pages_fast() of one page, whose pin stays. */
function get_user_pages_fast(cpu: Cpu, at: number, c: Config): void {
  joinVmMask(cpu, at + STATE.cpu_vm_mask);
  const flags = c.irqsOff ? local_irq_save(cpu) : 0;
  enter(cpu, F_GUP_PTE_RANGE);
  step(cpu, S.G1);
  const pmd = READ_ONCE(cpu, at + STATE.pmd);
  if (pmd === PAGE_TABLE) gup_pte_range(cpu, at, c); // a huge page is pinned otherwise, and none is left to the slow path
  leave(cpu);
  if (c.irqsOff) local_irq_restore(cpu, flags);
}

function gup_pte_range(cpu: Cpu, at: number, c: Config): void {
  raceWindow(cpu, W.W_WALK);
  step(cpu, S.G2);
  const owner = READ_ONCE(cpu, at + STATE.table_owner);
  if (owner !== THE_PROCESS)
    fail(cpu, TABLE_REUSED, 'a page table is walked that was given away', at + STATE.table_owner, owner);
  const pte = READ_ONCE(cpu, at + STATE.pte);
  endWindow(cpu, W.W_WALK);
  if (!pte_present(pte)) return;
  step(cpu, S.G3);
  const refs = at + (pte === PTE ? STATE.page_refs : STATE.other_refs);
  atomic_fetch_add(cpu, refs, 1); // try_grab_folio()
  step(cpu, S.G4);
  const isSame =
    READ_ONCE(cpu, at + STATE.pte) === pte && !(c.rechecksPmd && READ_ONCE(cpu, at + STATE.pmd) !== PAGE_TABLE);
  if (!isSame) atomic_fetch_add(cpu, refs, -1);
  else atomic_fetch_add(cpu, at + STATE.pins, 1);
}

/** Fails a trial that ends with a pin on the page and the huge page mapped: what is written through the pin is lost. */
function check(cpu: Cpu, at: number): void {
  const pins = READ_ONCE(cpu, at + STATE.pins);
  if (pins > 0 && READ_ONCE(cpu, at + STATE.pmd) === HUGE_PAGE)
    fail(cpu, STALE_PIN, 'a page that has been pinned is mapped no more', at + STATE.pins, pins);
}

export default defineRace({
  ...ABOUT,
  interrupts: [flush_tlb_func, tlb_remove_table_smp_sync],
  cpus: { min: 2, default: 2 },
  phases: { collapse_huge_page: { min: 0, max: 400 } },
  delays: { W_WALK: { min: 0, max: 400 }, W_COPY: { min: 0, max: 400 } },
  configure,
  state: STATE,
  mutants: MUTANTS,
  init,
  check,
  actors: { collapse_huge_page, get_user_pages_fast },
  role: (cpu) =>
    cpu === 0 ? { actor: 'collapse_huge_page', comm: 'khugepaged' } : { actor: 'get_user_pages_fast', comm: 'worker' },
});
