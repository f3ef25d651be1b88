/** What the instances of pgd-lock hold, and their first state. */
import { WORD, elementAt, fieldAt, struct, words, type KnobValues } from '../../lib/sdk/index.js';
import { BRLOCK } from '../../lib/sdk/locking.js';
import {
  FLUSH_STATE,
  MM_TLB,
  _PAGE_ACCESSED,
  _PAGE_PRESENT,
  _PAGE_RW,
  _PAGE_USER,
  pfn_pte,
  type FlushBackEnd,
} from '../../lib/sdk/mm.js';
import type { ABOUT } from './about.js';

/** The instance: what is one for all, a page, then the mms, the flush states, the rwlock. */
export const STATE = struct({
  /** Guards the list of all mms. */
  pgd_lock: WORD,
  /** First mm on the list, or 0. */
  pgd_list: WORD,
  /** The kernel's own entry for the vmalloc address, which all pgds copy. */
  init_pgd: WORD,
  /** The PTE of the page in mm 0, and the lock of its PTE page where PTE locks are split. */
  ptl: WORD,
  pte: WORD,
  /** PG_locked: held over page_mkclean() and the cleaning that follows. */
  page_lock: WORD,
  /** CPUs that have raised a softirq while softirqs were disabled, and those with work for their kworker: bit b is CPU b, which alone changes it. */
  softirq_pending: WORD,
  async_put_work: WORD,
  /** Flags of the page, and above them how often it was stored to: a store sees the flags of its instant. */
  page: WORD,
});
/** PG_dirty, PG_writeback: the page's contents must be, or are being, written to disk. */
export const PG_dirty = 1;
export const PG_writeback = 2;
/** One store to the page. */
export const CONTENTS = 4;

export const MM = struct({
  page_table_lock: WORD,
  tlb: words(MM_TLB.WORDS),
  /** Entry for the vmalloc address; 0 until it is synchronised. */
  pgd: WORD,
  /** The huge page's entry. */
  pmd: WORD,
  /** Next on pgd_list, or 0. Guarded by pgd_lock, as is `listed`. */
  next: WORD,
  listed: WORD,
});
const INIT_PGD = pfn_pte(0x40, _PAGE_PRESENT | _PAGE_RW);
const PAGE_PFN = 0x100;

export interface Config {
  /** How pgd_lock is taken: as in the mail, [fix] a79e53d8, that with softirqs disabled, or as the rwlock that the mail thinks of. */
  readonly pgdLock: 'irqsave' | 'plain' | 'bh' | 'rwlock';
  /** [experiment of the mail +] pgd_free() may not be called in an interrupt. */
  readonly vmBugOn: boolean;
  /** [fix 7283094ec3db +] what drops the last reference in an interrupt leaves the freeing to a kworker. */
  readonly mmdropAsync: boolean;
  /** [fix] Woodman: unlock, then send the IPIs; for the young bit alone, or for every flush of a cleared PTE as well. */
  readonly unlockFirst: 'no' | 'young' | 'all';
  readonly splitPtl: boolean;
  readonly thp: boolean;
  readonly flush: FlushBackEnd;
  readonly sharedKernelPmd: boolean;
  readonly op: string;
  readonly peer: string;
  readonly mmCpumask: number;
  readonly lazy: boolean;
  readonly irq: string;
  readonly writerIrqsOn: boolean;
  /** Only mutants forget the dirty bit of the PTE that they have taken out. */
  readonly passesDirty: boolean;
  /** mms on pgd_list; behind them lies one that pgd_alloc adds. */
  readonly mms: number;
  readonly vectors: number;
  /** Offsets of the lock and the entry that CPU 0 works on. */
  readonly entryLock: number;
  readonly entry: number;
  readonly flushStates: number;
  readonly pgdRwlock: number;
  readonly words: number;
}

/** mm `i` of an instance; mm 0 is the one that all CPUs run. */
export const mmOf = (at: number, i: number): number => at + STATE.WORDS + i * MM.WORDS;
/** What the TLB code keeps of mm 0. */
export const mmTlb = (at: number): number => mmOf(at, 0) + MM.tlb;

/** Returns what a variant and its knobs mean for the protocol. */
export function configure(variant: string, knobs: KnobValues<typeof ABOUT.knobs>): Config {
  const mms = knobs.mms;
  const vectors = knobs.vectors;
  const flushStates = STATE.WORDS + (mms + 1) * MM.WORDS;
  const pgdRwlock = flushStates + vectors * FLUSH_STATE.WORDS;
  const splitPtl = knobs.split_ptl;
  const huge = knobs.thp && knobs.op === 'young';
  const pgdLock =
    (
      {
        'plain-lock': 'plain',
        'plain-lock-irq': 'plain',
        'plain-lock-bh': 'bh',
        'vm-bug-on': 'plain',
        'mmdrop-async': 'plain',
        rwlock: 'rwlock',
      } as const
    )[variant] ?? 'irqsave';
  return Object.freeze({
    pgdLock,
    vmBugOn: variant === 'vm-bug-on',
    mmdropAsync: variant === 'mmdrop-async',
    unlockFirst: ({ 'unlock-first': 'young', 'unlock-first-all': 'all' } as const)[variant] ?? 'no',
    splitPtl,
    thp: knobs.thp,
    flush: knobs.flush,
    sharedKernelPmd: knobs.shared_kernel_pmd,
    op: knobs.op,
    peer: knobs.peer,
    mmCpumask: knobs.mm_cpumask === 'one' ? 2 : -1,
    lazy: knobs.lazy,
    irq: knobs.irq,
    writerIrqsOn: knobs.rwlock_spin === 'irqs-on',
    passesDirty: true,
    mms,
    vectors,
    entryLock: huge || !splitPtl ? mmOf(0, 0) + MM.page_table_lock : STATE.ptl,
    entry: huge ? mmOf(0, 0) + MM.pmd : STATE.pte,
    flushStates,
    pgdRwlock,
    words: pgdLock === 'rwlock' ? pgdRwlock + BRLOCK.WORDS : pgdRwlock,
  });
}

/** All mms but the spare one are on the list, mm 0 last; none has the vmalloc entry yet; the page is mapped and young. */
export function reset(mem: Int32Array, at: number, c: Config): void {
  for (let w = at; w < at + c.words; w++) mem[w] = 0;
  mem[at + STATE.init_pgd] = INIT_PGD;
  mem[at + STATE.pte] = pfn_pte(PAGE_PFN, _PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED);
  mem[mmOf(at, 0) + MM.pmd] = pfn_pte(PAGE_PFN, _PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED);
  for (let i = 0; i < c.mms; i++) {
    mem[mmOf(at, i) + MM.listed] = 1;
    mem[mmOf(at, i) + MM.next] = i === 0 ? 0 : mmOf(at, i - 1);
  }
  mem[at + STATE.pgd_list] = mmOf(at, c.mms - 1);
  mem[mmTlb(at) + MM_TLB.cpu_vm_mask] = c.mmCpumask;
  mem[mmTlb(at) + MM_TLB.tlbstate_lazy] = c.lazy ? c.mmCpumask : 0;
}

/** Returns the name of the word at `offset` of an instance. */
export function symbol(offset: number, c: Config): string {
  if (offset < STATE.WORDS) return fieldAt(STATE, offset);
  if (offset < c.flushStates) {
    const i = Math.floor((offset - STATE.WORDS) / MM.WORDS);
    const at = (offset - STATE.WORDS) % MM.WORDS;
    const inTlb = at >= MM.tlb && at < MM.tlb + MM_TLB.WORDS;
    return `mm[${i}].${inTlb ? fieldAt(MM_TLB, at - MM.tlb) : fieldAt(MM, at)}`;
  }
  if (offset < c.pgdRwlock) return elementAt('flush_state', FLUSH_STATE, offset - c.flushStates);
  const at = offset - c.pgdRwlock;
  return at < BRLOCK.depth ? `pgd_rwlock.of_cpu[${at}]` : `pgd_rwlock.depth[${at - BRLOCK.depth}]`;
}
