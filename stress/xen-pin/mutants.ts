/** The fixes of xen-pin with one fault each. Called by race.ts. */

import { DEADLOCK, type Mutants } from '../../lib/sdk/index.js';
import { MULTICALL_FAILED, OOPS_WRITE_PROTECTION, PTE_PAGE_UNGUARDED } from '../../lib/sdk/xen.js';
import type { Config } from './state.js';

export const MUTANTS: Mutants<Config> = {
  'lock-left-out': {
    of: 'pte-lock',
    change: { lockPte: false },
    about: 'the PTE lock is not taken while the page is pinned, which the fix promises',
    fails: PTE_PAGE_UNGUARDED,
  },
  'unpin-lock-left-out': {
    of: 'pte-lock',
    knobs: { path: 'exit' },
    change: { lockPte: false },
    about: 'the PTE lock is not taken while the page is unpinned, which the fix promises',
    fails: PTE_PAGE_UNGUARDED,
    alsoFails: [OOPS_WRITE_PROTECTION],
  },
  'split-again': {
    of: 'split-ptl-off',
    change: { splitPtl: true },
    about: 'PTE locks are split',
    fails: OOPS_WRITE_PROTECTION,
  },
  'rmap-early': {
    of: 'mail3-late-rmap',
    knobs: { writer: 'reclaim' },
    change: { lateRmap: false },
    about: 'the VMA is visible before the table is pinned',
    fails: OOPS_WRITE_PROTECTION,
  },
  'pinned-last': {
    of: 'mail3-pin-first',
    change: { pinFirst: false },
    about: 'the table is pinned when it is filled and visible',
    fails: OOPS_WRITE_PROTECTION,
  },
  'synced-unlocked': {
    of: 'pte-lock',
    knobs: { writer: 'vmalloc_sync', pae: '1' },
    change: { pgtLock: false },
    about: 'vmalloc_sync_all() does not take page_table_lock',
    fails: OOPS_WRITE_PROTECTION,
  },
  'raw-young': {
    of: 'mail2-pv-op',
    change: { young: 'raw' },
    about: 'the young bit is cleared by a store',
    fails: OOPS_WRITE_PROTECTION,
  },
  'no-drop-mm-ref': {
    of: 'pte-lock',
    knobs: { path: 'exit', lazy: 'borrowed' },
    change: { dropMmRef: 'no' },
    about: 'exit does not ask lazy CPUs to let go of the mm',
    fails: MULTICALL_FAILED,
  },
  'mask-alone': {
    of: 'pte-lock',
    knobs: { path: 'exit', lazy: 'stale' },
    change: { dropMmRef: 'mask' },
    about: 'exit asks the CPUs in cpu_vm_mask, and not those whose cr3 load is queued',
    fails: MULTICALL_FAILED,
  },
  'mask-alone-borrowed': {
    of: 'pte-lock',
    knobs: { path: 'exit', lazy: 'borrowed' },
    change: { dropMmRef: 'mask' },
    about: 'exit asks the CPUs in cpu_vm_mask alone, where none has a load of cr3 queued',
    survives: 'a CPU that has borrowed the mm is in cpu_vm_mask until it lets go',
  },
  'flush-by-ipi': {
    of: 'pte-lock',
    knobs: { path: 'exit' },
    change: { flush: 'ipi' },
    about: 'TLBs are flushed by IPI, for which a CPU waits that has a PTE lock',
    fails: DEADLOCK,
  },
};
