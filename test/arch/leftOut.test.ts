/**
 * Goal: an argument of an operation of `racehammer/xen`, `racehammer/ppc64` and `racehammer/paravirt` that an author leaves out, or
 * computes to no number, is never silent.
 * Method: each operation that takes more than a CPU is called as it should be, and then with each argument left out, and NaN. An
 * operation that is not in the table fails the test.
 */
import test from 'ava';
import * as paravirt from '../../lib/sdk/paravirt.js';
import * as ppc64 from '../../lib/sdk/ppc64.js';
import * as xen from '../../lib/sdk/xen.js';
import { WRITE_ONCE, preempt_disable, spin_lock, type Cpu } from '../../lib/sdk/index.js';
import { _PAGE_PRESENT, _PAGE_RW, pfn_pte } from '../../lib/mm/pgtable.js';
import { PGT_writable_page, PT_PAGE } from '../../lib/arch/xen/ptPage.js';
import type { BootOptions } from '../machine/boot.js';
import { checkLeftOut, operationsOf, type Call } from '../kernel/leftOutCalls.js';
import { checksBut, lazyMode } from './paravirt/guest.js';
import { TABLE, vpn } from './ppc64/table.js';
import { DOMAIN } from './xen/tables.js';

const WORDS = 256;
/** Words of the instance that hold nothing else. */
const [PTE, LOCK, PAGE, OTHER_PAGE] = [200, 208, 64, 96];
const OPTIONS: BootOptions = { words: WORDS };
const PRESENT = pfn_pte(1, _PAGE_PRESENT | _PAGE_RW);

/** Operations behind a description of what they work on, which is no number. */
const of = (described: unknown, ...others: readonly ((at: number) => unknown)[]): Call => ({
  args: (_, at) => [described, ...others.map((value) => value(at))],
  described: [0],
});
const is = (value: unknown) => (): unknown => value;
const pte = (at: number): number => at + PTE;
const filled = (call: Call, value = PRESENT): Call => ({
  ...call,
  first: (cpu: Cpu, at: number) => WRITE_ONCE(cpu, at + PTE, value),
});

const PPC64_PTE = ppc64.makePpcPte(1, ppc64.PPC_PAGE.PRESENT | ppc64.PPC_PAGE.RW);
const PPC64: Readonly<Record<string, Call>> = {
  arch_enter_lazy_mmu_mode: of(TABLE),
  arch_leave_lazy_mmu_mode: of(TABLE),
  auditUnhashed: of(TABLE, is(vpn(0)), is(0)),
  duplicateSlot: { args: () => [true] },
  flush_tlb_pending: of(TABLE),
  hash_page: filled(of(TABLE, pte, is(vpn(0)), is(0)), PPC64_PTE),
  hash_preload: filled(of(TABLE, pte, is(vpn(0))), PPC64_PTE),
  hpte_need_flush: of(TABLE, is(1), is(vpn(0)), is(0)),
  hpte_update: of(TABLE, is(1), is(vpn(0)), is(0)),
  htabTranslate: of(TABLE, pte, is(vpn(0)), is(0), is('machine-check')),
  isDuplicated: of(TABLE, is(vpn(0))),
  pte_update: { args: (_, at) => [at + PTE, ppc64.PPC_PAGE.RW] },
  spinWhileSet: { args: (_, at) => [at + PTE, ppc64.PPC_PAGE.BUSY] },
};

const PV = lazyMode({
  checks: checksBut('A', 'B', 'C', 'R1', 'R2', 'R3', 'R4', 'D'),
});
const lazy = (call: Call): Call => ({
  ...call,
  first(cpu: Cpu, at: number) {
    filled(call).first?.(cpu, at);
    paravirt.paravirt_enter_lazy_mmu(cpu, PV, at + LOCK);
  },
});
const PARAVIRT: Readonly<Record<string, Call>> = {
  kmap_atomic: of(PV, is(paravirt.KM_USER0), is(1), is(false)),
  kunmap_atomic: { args: () => [false], first: preempt_disable },
  load_cr3: { args: (_, at) => [at + PTE] },
  paravirt_enter_lazy_mmu: of(PV, (at) => at + LOCK),
  paravirt_flush_lazy_mmu: of(PV),
  paravirt_leave_lazy_mmu: lazy(of(PV)),
  setKernelPte: lazy(of(PV, pte, is(PRESENT))),
  set_pte: lazy(of(PV, pte, is(PRESENT))),
  useKmap: filled(of(PV, pte, is(1))),
  useMapping: filled(of(PV, pte, is(PRESENT))),
  useUserMapping: filled(of(PV, pte, is(PRESENT))),
  useVmalloc: {
    ...of(PV, pte, pte),
    first(cpu, at) {
      filled(of(PV)).first?.(cpu, at);
      paravirt.load_cr3(cpu, at + PTE);
    },
  },
};

/** Frame 1 of the guest is frame 2 of the machine. */
const FRAMES: xen.NumaRules = {
  p2m: 128,
  m2p: 136,
  owned: 144,
  pfns: 4,
  mfns: 4,
  translated: _PAGE_PRESENT,
  setsGlobal: false,
  numa: xen._PAGE_GLOBAL,
  numaMask: xen._PAGE_GLOBAL | _PAGE_PRESENT,
  specialWith: _PAGE_PRESENT,
  pvFlags: false,
  pvNuma: false,
};
const NUMBERS = [0, 2, 1, 3];
const framed = (call: Call): Call => ({
  ...call,
  first: (cpu: Cpu) => xen.renumberFrames(cpu, FRAMES, NUMBERS),
});
const IN_MACHINE = pfn_pte(2, _PAGE_PRESENT);
/** A page of the guest that it may write. */
const writable = (call: Call): Call => ({
  ...call,
  first({ mem }: Cpu, at: number) {
    for (const page of [PAGE, OTHER_PAGE]) {
      mem[at + page + PT_PAGE.lin] = PRESENT;
      mem[at + page + PT_PAGE.type] = PGT_writable_page | 1;
    }
  },
});
/** A page table: the hypervisor emulates stores to it. */
const typed = (call: Call): Call => ({
  ...call,
  first({ mem }: Cpu, at: number) {
    mem[at + PAGE + PT_PAGE.lin] = pfn_pte(1, _PAGE_PRESENT);
    mem[at + PAGE + PT_PAGE.type] = xen.PGT_l1_page_table | 1;
  },
});
const page = (at: number): number => at + PAGE;
const entry = (at: number): number => at + PAGE + PT_PAGE.entries;
const XEN: Readonly<Record<string, Call>> = {
  HYPERVISOR_mmu_update: writable(of(DOMAIN, page, entry, is(PRESENT), is(0), is(true))),
  LOCK_BIGLOCK: of(DOMAIN),
  UNLOCK_BIGLOCK: {
    ...of(DOMAIN),
    first: (cpu) => xen.LOCK_BIGLOCK(cpu, DOMAIN),
  },
  isTaggedRight: framed(of(FRAMES, is(IN_MACHINE), is(1))),
  mfn_to_pfn: framed(of(FRAMES, is(2))),
  native_set_pte: typed(of(DOMAIN, page, entry, is(PRESENT), is(0))),
  new_guest_cr3: writable(of(DOMAIN, page, (at) => at + OTHER_PAGE, is(PGT_writable_page))),
  pfnOf: framed(of(FRAMES, is(IN_MACHINE))),
  pte_mknonnuma: framed(of(FRAMES, is(IN_MACHINE))),
  pte_mknuma: framed(of(FRAMES, is(IN_MACHINE))),
  pte_modify: framed(of(FRAMES, is(IN_MACHINE), is(_PAGE_PRESENT))),
  ptep_get_and_clear: typed(of(DOMAIN, page, entry)),
  readThroughLinearMap: writable({ args: (_, at) => [page(at), entry(at)] }),
  renumberFrames: of(FRAMES, is(NUMBERS)),
  rewriteEntry: {
    args: (_, at) => [at + PTE, PRESENT, 1, NUMBERS],
    described: [3],
  },
  test_and_clear_pte_flags: typed(of(DOMAIN, page, entry, is(_PAGE_RW))),
  xen_make_pte: framed(of(FRAMES, is(PRESENT))),
  // The domain is that of a flush, should the batch be full.
  xen_mc_callback: {
    args: (_, at) => [DOMAIN, at + LOCK],
    first: (cpu, at) => spin_lock(cpu, at + LOCK),
    free: [0],
  },
  xen_mc_entry: {
    args: (_, at) => [DOMAIN, xen.MMU.update_va_mapping_ro, page(at), 0],
    free: [0],
  },
  xen_mc_issue: { ...of(DOMAIN), first: xen.xen_mc_batch, free: [0] },
  xen_pte_val: framed(of(FRAMES, is(IN_MACHINE))),
  xen_set_pte: framed(of(FRAMES, pte, is(IN_MACHINE))),
};

for (const [part, operations, calls] of [
  ['ppc64', ppc64, PPC64],
  ['paravirt', paravirt, PARAVIRT],
  ['xen', xen, XEN],
] as const) {
  const all = operationsOf(operations);
  test(`${part}: each operation has a call`, (t) => {
    t.deepEqual(
      all.map(([name]) => name).filter((name) => !(name in calls)),
      [],
    );
  });
  for (const [name, operation] of all)
    test(`${part}: ${name}`, (t) => checkLeftOut(t, operation, calls[name], OPTIONS));
}
