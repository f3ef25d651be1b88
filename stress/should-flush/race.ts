/**
 * Does a TLB flush leave out a CPU that is just loading the address space?   Result: buggy Sometimes, merged fix Never
 *
 * Commits: 209954cbc7d0 and 6db2526c1d69 (6.14) made mm_cpumask lazy; fea4e317f9e7 (6.15) and 83b0177a6c48 (6.18) repaired it.
 * Race:    a CPU that switches to an address space reads its generation of flushes, then says what it has loaded. A flush that raises the
 *          generation and looks at what is loaded in between leaves the CPU out. Its PCID still has the page that is freed then.
 * Fix:     say that CR3 changes, full barrier, read the generation; a flush interrupts CPUs that say so.
 * Left out: lazy TLB mode, walks by speculation, NMIs, broadcast flushes.
 * Run:     npx racehammer run should-flush
 * Words and first state: state.ts. Variants, knobs and the step labels F, U: about.ts. The switch and the flush: lib/mm.
 */
import {
  READ_ONCE,
  defineRace,
  endWindow,
  enter,
  kernelFunction,
  leave,
  local_irq_restore,
  local_irq_save,
  outOfReach,
  raceWindow,
  step,
  withinReach,
  type Cpu,
} from '../../lib/sdk/index.js';
import {
  OWNED_PAGE,
  checkOwned,
  freeOwned,
  native_ptep_get_and_clear,
  flushTlbFuncTrim,
  flush_tlb_mm_range,
  pcidFill,
  pcidLookup,
  pte_present,
  switch_mm,
} from '../../lib/sdk/mm.js';
import { ABOUT, S, W } from './about.js';
import { MUTANTS } from './mutants.js';
import { shouldFlushReport } from './report.js';
import { CPUS_MAX, STATE, configure, reset, symbol, type Config } from './state.js';

const F_TRY_TO_UNMAP_ONE = kernelFunction('try_to_unmap_one');
const F_FREE_UNREF_PAGE = kernelFunction('free_unref_page');
/** The virtual page. */
const ADDRESS = 0x7f001;

/** CPU 0: reclaim takes the page, which is clean, from the process. */
function try_to_unmap(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_TRY_TO_UNMAP_ONE);
  step(cpu, S.F1);
  withinReach(cpu);
  native_ptep_get_and_clear(cpu, at + STATE.pte); // ptep_clear_flush()
  step(cpu, S.F2);
  if (c.flushes) flush_tlb_mm_range(cpu, at + STATE.tlb, at + STATE.mm, ADDRESS, false, flushTlbFuncTrim, c.wanted);
  outOfReach(cpu);
  leave(cpu);
  enter(cpu, F_FREE_UNREF_PAGE);
  step(cpu, S.F3);
  freeOwned(cpu, at + STATE.page, at + STATE.tlb, at + STATE.mm);
  leave(cpu);
}

/** The other CPUs: another thread of the process, another process, the thread again. */
function schedule(cpu: Cpu, at: number, c: Config): void {
  const tlb = at + STATE.tlb;
  step(cpu, S.U1);
  switch_mm(cpu, tlb, at + STATE.mm, -1, c.form);
  user_load(cpu, at);
  step(cpu, S.U2);
  switch_mm(cpu, tlb, at + STATE.other_mm, -1, c.form);
  raceWindow(cpu, W.W_AWAY);
  endWindow(cpu, W.W_AWAY);
  step(cpu, S.U3);
  switch_mm(cpu, tlb, at + STATE.mm, W.W_SWITCH, c.form);
  step(cpu, S.U4);
  if (c.usesAgain) user_load(cpu, at);
}

/**
 * Loads from the page. No interrupt comes inside an instruction of the hardware, so what is in the TLB behind the load was there before it.
 */
function user_load(cpu: Cpu, at: number): void {
  const flags = local_irq_save(cpu);
  if (pcidLookup(cpu, ADDRESS) === 0) walk(cpu, at);
  else {
    const word = at + STATE.page + OWNED_PAGE.owner;
    checkOwned(cpu, word, READ_ONCE(cpu, word));
  }
  local_irq_restore(cpu, flags);
}

function walk(cpu: Cpu, at: number): void {
  const pte = READ_ONCE(cpu, at + STATE.pte);
  if (pte_present(pte)) pcidFill(cpu, ADDRESS, pte, at + STATE.page);
}

export default defineRace({
  ...ABOUT,
  interrupts: [flushTlbFuncTrim],
  cpus: { min: 2, max: CPUS_MAX, default: 2 },
  phases: { try_to_unmap: { min: 0, max: 2000 } },
  delays: { W_SWITCH: { min: 0, max: 400 }, W_AWAY: { min: 0, max: 400 } },
  configure,
  instanceWords: () => STATE.WORDS,
  reset,
  symbol,
  mutants: MUTANTS,
  report: shouldFlushReport,
  actors: { try_to_unmap, schedule },
  role: (cpu) => (cpu === 0 ? { actor: 'try_to_unmap', comm: 'kswapd0' } : { actor: 'schedule', comm: 'worker' }),
});
