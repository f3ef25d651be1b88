/** The fixes of hash-batch with one fault each. Called by race.ts. */

import type { Mutants } from '../../lib/sdk/index.js';
import { BATCH_PENDING, MACHINE_CHECK } from '../../lib/sdk/ppc64.js';
import { DUPLICATE_HPTE } from './signatures.js';
import type { Config } from './state.js';

export const MUTANTS: Mutants<Config> = {
  'flush-left-out': {
    of: 'flush-pending',
    change: { flushBeforeUnlock: false },
    about: 'the batch is not flushed before the PTE lock is dropped, which the fix promises',
    fails: BATCH_PENDING,
  },
  'leave-late': {
    of: 'lazy-mmu',
    change: { leaveAfterUnlock: true },
    about: 'lazy MMU mode ends behind the PTE lock, and the fix promises that it does not',
    fails: BATCH_PENDING,
  },
  'leave-late-unpromised': {
    of: 'lazy-mmu',
    change: { leaveAfterUnlock: true, promises: false },
    about: 'lazy MMU mode ends behind the PTE lock, and nobody looks at the promise',
    fails: MACHINE_CHECK,
    alsoFails: [DUPLICATE_HPTE],
  },
  'never-lazy': {
    of: 'lazy-mmu',
    change: { lazyMmu: false },
    about: 'the batch lives until the gather is finished, and the fix promises that it does not',
    fails: BATCH_PENDING,
  },
  'unlock-in-the-gather': {
    of: 'ptl-over-gather',
    change: { lockOverGather: false },
    about: 'the one lock for all PTEs is dropped before the gather is finished',
    fails: MACHINE_CHECK,
    alsoFails: [DUPLICATE_HPTE],
  },
  'set-before-flush': {
    of: 'flush-before-set',
    change: { flushBeforeSet: false },
    about: 'mprotect() sets the new PTE before the batch is flushed',
    fails: MACHINE_CHECK,
    alsoFails: [DUPLICATE_HPTE],
  },
  'preemption-on': {
    of: 'lazy-preempt-off',
    change: { lazyDisablesPreemption: false },
    about: "lazy MMU mode leaves preemption on: a task moves behind the look for its CPU's batch",
    fails: MACHINE_CHECK,
  },
  'preemption-on-behind-the-look': {
    of: 'lazy-preempt-off',
    knobs: { preempt_at: 'rest' },
    change: { lazyDisablesPreemption: false },
    about: 'lazy MMU mode leaves preemption on, and a task moves when its entries are queued',
    survives: 'the switch flushes the batch, and lazy MMU mode goes with the task',
  },
};
