/**
 * Goal: an argument of an operation of `racehammer/mm` that an author leaves out, or computes to no number, is never silent.
 * Method: each operation that takes more than a CPU is called as it should be, and then with each argument left out, and NaN. An
 * operation that is not in the table fails the test.
 */
import test from 'ava';
import * as mm from '../../lib/sdk/mm.js';
import { LINE, WRITE_ONCE, lines, struct, type Cpu } from '../../lib/sdk/index.js';
import { CPU_TLB } from '../../lib/mm/tlbState.js';
import type { BootOptions } from '../machine/boot.js';
import { checkLeftOut, operationsOf, type Call } from '../kernel/leftOutCalls.js';

const STATE = struct({
  pte: LINE,
  page: lines(mm.ownedPageWords(2)),
  mask: LINE,
  flush: lines(mm.FLUSH_STATE.WORDS),
  mm: lines(mm.MM_TLB.WORDS + mm.MM_CONTEXT.WORDS),
  info: lines(8),
  tlb: lines(mm.tlbStateWords(2)),
});
const BOTH = 0b11;
const PRESENT = mm.pfn_pte(5, mm._PAGE_PRESENT | mm._PAGE_RW | mm._PAGE_USER);

const retire = (): void => undefined;
const on = (word: number, ...others: readonly unknown[]): Call => ({ args: (_, at) => [at + word, ...others] });
const withPte = (call: Call): Call => ({ ...call, first: (cpu, at) => WRITE_ONCE(cpu, at + STATE.pte, PRESENT) });
/** Both CPUs use the address space. */
const joined = (call: Call): Call => ({
  ...call,
  first(cpu, at) {
    WRITE_ONCE(cpu, at + STATE.mask, BOTH);
    mm.resetTlbState(cpu.mem, at + STATE.tlb, 2);
  },
});
const ofMm = (...more: readonly ((at: number) => unknown)[]): Call =>
  joined({ args: (_, at) => [at + STATE.tlb, ...more.map((value) => value(at))] });
const context = (at: number): number => at + STATE.mm;
const loaded = (call: Call): Call => ({
  ...call,
  first(cpu: Cpu, at: number) {
    joined(call).first?.(cpu, at);
    mm.switch_mm(cpu, at + STATE.tlb, context(at));
    WRITE_ONCE(cpu, context(at) + mm.MM_CONTEXT.cpumask, BOTH);
  },
});

/** What the first CPU asks others for. */
const infoAt = (at: number): number => at + STATE.tlb + mm.MM_CONTEXT.WORDS;
const asked = (call: Call): Call => ({
  ...call,
  first(cpu: Cpu, at: number) {
    loaded(call).first?.(cpu, at);
    WRITE_ONCE(cpu, infoAt(at) + CPU_TLB.infoMm, context(at));
    WRITE_ONCE(cpu, infoAt(at) + CPU_TLB.infoTlb, at + STATE.tlb);
  },
});

const CALLS: Readonly<Record<string, Call>> = {
  checkOwned: on(STATE.page, mm.PAGE_OWNED),
  clearPageDirty: on(STATE.page, 1),
  enter_lazy_tlb: ofMm(),
  flushOrLeave: on(STATE.mm),
  flushTlbFuncPage: on(STATE.info),
  flushTlbFuncTrim: asked({ args: (_, at) => [infoAt(at)] }),
  // A handler of IPIs gets what they carry, and this one needs nothing of it.
  flush_tlb_func: { ...on(STATE.mm), free: [0] },
  flush_tlb_func_remote: asked({ args: (_, at) => [infoAt(at)] }),
  flush_tlb_mm_range: {
    ...loaded({
      args: (_, at) => [
        at + STATE.tlb,
        context(at),
        at + STATE.pte,
        false,
        mm.flush_tlb_func_remote,
        mm.tlb_is_not_lazy,
      ],
    }),
    optional: [3, 4, 5],
  },
  flush_tlb_page: {
    ...joined({ args: (_, at) => [at + STATE.mm, at + STATE.mask, 'hypercall', 0] }),
    free: [0],
    optional: [3],
  },
  flush_tlb_range: joined({ args: (_, at) => [at + STATE.info, at + STATE.mask, at + STATE.pte] }),
  freeOwned: { ...on(STATE.page, 0, 0), optional: [1, 2] },
  joinVmMask: on(STATE.mask),
  loadAsid: { args: () => [1, true] },
  loadOwned: {
    args: (_, at) => [at + STATE.pte, at + STATE.page],
    first(cpu, at) {
      WRITE_ONCE(cpu, at + STATE.pte, PRESENT);
      mm.resetOwned(cpu.mem, at + STATE.page, 2);
    },
  },
  loadedMm: ofMm(),
  native_flush_tlb_others: {
    args: (_, at) => [at + STATE.flush, at + STATE.mm, at + STATE.pte, BOTH, 1],
  },
  native_ptep_get_and_clear: on(STATE.pte),
  native_set_pte_at: on(STATE.pte, PRESENT),
  page_add_new_anon_rmap: on(STATE.page, 1),
  page_remove_file_rmap: on(STATE.page),
  page_remove_rmap: on(STATE.page),
  pcidDrop: on(STATE.pte),
  pcidFill: { ...on(STATE.pte, PRESENT, 0), optional: [2] },
  pcidLookup: on(STATE.pte),
  pte_clear: on(STATE.pte),
  ptep_set_wrprotect: on(STATE.pte),
  put_page: on(STATE.page),
  replaceEntry: on(STATE.pte, 0),
  set_page_dirty: on(STATE.page, 1),
  shouldFlushTlbSwitching: ofMm(() => 1, context),
  should_flush_tlb: ofMm(() => 1, context),
  smp_invalidate_interrupt: on(STATE.flush),
  switch_mm: {
    ...ofMm(
      context,
      () => 0,
      () => mm.EAGER_MASK,
    ),
    optional: [2, 3],
  },
  switch_mm_irqs_off: {
    ...ofMm(
      context,
      () => 0,
      () => mm.EAGER_MASK,
    ),
    optional: [2, 3],
  },
  tlbDrop: on(STATE.pte),
  tlbFill: { ...on(STATE.pte, PRESENT, 0), optional: [2] },
  tlbFlushCpu: { args: () => [1] },
  tlbLookup: on(STATE.pte),
  tlb_is_not_lazy: ofMm(() => 1),
  translate: { ...withPte(on(STATE.pte, mm._PAGE_PRESENT, mm._PAGE_ACCESSED, 0)), optional: [3] },
  // What it is retired with is handed on.
  userLoad: { ...withPte(on(STATE.pte, retire, 0, 0)), free: [2], optional: [3] },
  userStore: { ...withPte(on(STATE.pte, retire, 0, 0)), free: [2], optional: [3] },
  xen_flush_tlb_others: { args: () => [BOTH] },
};

const OPTIONS: BootOptions = {
  words: STATE.WORDS,
  interrupts: [
    mm.flush_tlb_func,
    mm.flushTlbFuncPage,
    mm.flush_tlb_func_remote,
    mm.flushTlbFuncTrim,
    mm.smp_invalidate_interrupt,
  ],
};

const OPERATIONS = operationsOf(mm);

test('each operation has a call', (t) => {
  t.deepEqual(
    OPERATIONS.map(([name]) => name).filter((name) => !(name in CALLS)),
    [],
  );
});

for (const [name, operation] of OPERATIONS) test(name, (t) => checkLeftOut(t, operation, CALLS[name], OPTIONS));
