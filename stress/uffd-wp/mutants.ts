/** The fixes of uffd-wp with one fault each. Called by race.ts. */

import type { Mutants } from '../../lib/sdk/index.js';
import { LOST_WRITE } from './about.js';
import type { Config } from './state.js';

export const MUTANTS: Mutants<Config> = {
  'pending-not-looked-at': {
    of: 'pending',
    change: { looksAtPending: false },
    about: 'the fault does not look whether a flush is pending',
    fails: LOST_WRITE,
  },
  'flush-unlocked': {
    of: 'flush-locked',
    change: { flushesLocked: false },
    about: 'the write bit is flushed behind the PTE lock',
    fails: LOST_WRITE,
  },
  'copy-early': {
    of: 'copy-late',
    change: { copiesLate: false },
    about: 'the page is copied before the PTE is taken out',
    fails: LOST_WRITE,
  },
  'raised-late': {
    of: 'pending',
    change: { raisesLate: true },
    about: 'the flush is said to be pending when the PTE has changed',
    fails: LOST_WRITE,
  },
  'copied-not-flushed': {
    of: 'copy-late',
    change: { flushesCopied: false },
    about: 'the PTE that is taken out is not flushed',
    fails: LOST_WRITE,
  },
  'pending-copied-not-flushed': {
    of: 'pending',
    change: { flushesCopied: false },
    about: 'the PTE that is taken out is not flushed',
    survives:
      'what was writable has been flushed before the copy, and the race has no loads that a read-only translation could mislead',
  },
};
