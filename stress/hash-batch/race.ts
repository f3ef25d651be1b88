/**
 * Can the ppc64 hash table hold two entries of one page?            Result: buggy Sometimes, merged fix Never, but mprotect
 *
 * Mail:  B. Herrenschmidt, February 2007 (2.6.20): invalidations are batched past the PTE lock.
 * Race:  zap_pte_range() clears a PTE under its lock and queues the invalidation of its hash table entry; the queue is
 *        flushed by tlb_finish_mmu(), long after the lock is gone. A fault in between sets a new PTE, which says that no
 *        entry exists: the insert does not look for one, and a second entry of the page is made.
 * Fix:   a741e679 "Make tlb flush batch use lazy MMU mode": a batch lives only between enter and leave of lazy MMU mode,
 *        and generic code leaves it before it drops the PTE lock.
 * Asked in the mail: other code paths (op), sparc64 and software-loaded TLBs (mmu), the lock over the gather, the cost of the hook.
 * Beyond the mail: mprotect() changes PTEs in place, under the eyes of hash_page(), which takes no PTE lock: no fix holds
 *        that flushes behind set_pte_at() (op=mprotect). Lazy MMU mode with preemption on (op=kernel).
 * Left out: mmap_sem but for mprotect(), freeing of page tables, large pages, more than one address space, R and C set by
 *        the hardware.
 * Run:   npx racehammer run hash-batch
 * Words and first state: state.ts. CPU 0: invalidate.ts, otherPaths.ts. The threads: access.ts. How PTEs are changed: ptes.ts. Other MMUs:
 * otherMmus.ts. Variants, knobs and the step labels Z, M, K, R, F, T, A: about.ts.
 */
import { defineRace, type Snapshot } from '../../lib/sdk/index.js';
import { dropTlbBatch, forgetDuplicate, ppc64Report } from '../../lib/sdk/ppc64.js';
import { ABOUT } from './about.js';
import { copy_tofrom_user } from './access.js';
import { apply_to_page_range, change_protection, unmap_mapping_range } from './invalidate.js';
import { MUTANTS } from './mutants.js';
import { dup_mmap, move_page_tables, try_to_unmap } from './otherPaths.js';
import { configure, reset, symbol, type Config } from './state.js';

/** What CPU 0 does. */
const OPS = {
  unmap: { actor: 'unmap_mapping_range', comm: 'truncate' },
  mprotect: { actor: 'change_protection', comm: 'java' },
  kernel: { actor: 'apply_to_page_range', comm: 'rmmod' },
  mremap: { actor: 'move_page_tables', comm: 'java' },
  fork: { actor: 'dup_mmap', comm: 'make' },
  rmap: { actor: 'try_to_unmap', comm: 'kswapd0' },
};
const THREAD = { actor: 'copy_tofrom_user', comm: 'cat' };

/** A second entry in a TLB is no entry of the hash table. */
function report(snapshot: Snapshot, c: Config): readonly string[] {
  return c.mmu === 'hash' ? ppc64Report(snapshot, c.table, ABOUT.steps) : [snapshot.message];
}

export default defineRace({
  ...ABOUT,
  interrupts: [],
  cpus: { min: 2, default: 2 },
  phases: {},
  delays: {
    W_CLEARED_UNLOCKED: { min: 1000, max: 2000 },
    W_TOUCHED: { min: 200, max: 600 },
    W_SET_NOT_FLUSHED: { min: 1000, max: 2000 },
    W_BEFORE_STORE: { min: 300, max: 1200 },
  },
  actors: {
    unmap_mapping_range,
    change_protection,
    apply_to_page_range,
    move_page_tables,
    dup_mmap,
    try_to_unmap,
    copy_tofrom_user,
  },
  configure,
  mutants: MUTANTS,
  instanceWords: (c) => c.words,
  reset,
  role: (cpu, _cpus, c) => (cpu > 0 ? THREAD : OPS[c.op]),
  recover: (cpu) => {
    dropTlbBatch(cpu);
    forgetDuplicate(cpu);
  },
  symbol,
  report,
});
