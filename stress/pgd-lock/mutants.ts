/** The fixes of pgd-lock with one fault each. Called by race.ts. */

import { DEADLOCK, type Mutants } from '../../lib/sdk/index.js';
import { LOST_DIRTY } from '../../lib/sdk/mm.js';
import type { Config } from './state.js';

export const MUTANTS: Mutants<Config> = {
  'irqs-off-again': {
    of: 'plain-lock',
    change: { pgdLock: 'irqsave' },
    about: 'pgd_lock is taken with interrupts off',
    fails: DEADLOCK,
  },
  'freed-in-interrupt': {
    of: 'plain-lock',
    change: { irq: 'free' },
    about: 'an interrupt takes pgd_lock, which its own CPU may have',
    fails: DEADLOCK,
  },
  'softirqs-on': {
    of: 'plain-lock-bh',
    change: { pgdLock: 'plain' },
    about: 'softirqs are not disabled where pgd_lock is taken',
    fails: DEADLOCK,
  },
  'freed-at-once': {
    of: 'mmdrop-async',
    change: { mmdropAsync: false },
    about: 'the softirq frees the pgd itself',
    fails: DEADLOCK,
  },
  'unlock-late': {
    of: 'unlock-first',
    change: { unlockFirst: 'no' },
    about: 'the lock of the entry is held while the flush waits',
    fails: DEADLOCK,
  },
  'unlock-late-split': {
    of: 'unlock-first',
    knobs: { thp: '0' },
    change: { unlockFirst: 'no' },
    about: 'the lock of a PTE is held while the flush waits',
    survives: 'vmalloc_sync_all() takes page_table_lock, and a split PTE lock is another one',
  },
  'unlock-young-alone': {
    of: 'unlock-first-all',
    knobs: { op: 'unmap', peer: 'vmalloc_sync', split_ptl: '0' },
    change: { unlockFirst: 'young' },
    about: 'try_to_unmap_one() holds the lock while the flush waits',
    fails: DEADLOCK,
  },
  'spinlock-in-place-of-rwlock': {
    of: 'rwlock',
    knobs: { irq: 'read' },
    change: { pgdLock: 'plain' },
    about: 'an interrupt that only walks the list waits for the lock of its own CPU',
    fails: DEADLOCK,
  },
  'unmap-forgets-dirty': {
    of: 'unlock-first-all',
    knobs: { op: 'unmap', peer: 'writer' },
    change: { passesDirty: false },
    about: 'try_to_unmap_one() takes a dirty PTE out, and does not mark the page dirty',
    fails: LOST_DIRTY,
  },
  'mkclean-forgets-dirty': {
    of: 'unlock-first-all',
    knobs: { op: 'mkclean', peer: 'writer' },
    change: { passesDirty: false },
    about: 'page_mkclean_one() takes a dirty PTE out, and the page is not marked dirty before its flag is tested',
    fails: LOST_DIRTY,
  },
  'writer-irqs-off': {
    of: 'rwlock',
    cpus: 3,
    change: { writerIrqsOn: false },
    about: 'a writer waits for the lock with interrupts off',
    fails: DEADLOCK,
  },
};
