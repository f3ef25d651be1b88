/** The fixes of batched-unmap with one fault each. Called by race.ts. */

import type { Mutants } from '../../lib/sdk/index.js';
import { STALE_ACCESS, STALE_RIGHTS } from './about.js';
import type { Config } from './state.js';

export const MUTANTS: Mutants<Config> = {
  'mprotect-does-not-look': {
    of: 'counter',
    change: { looks: false },
    about: 'mprotect() does not look whether a flush is due',
    fails: STALE_RIGHTS,
  },
  'munmap-does-not-look': {
    of: 'counter',
    knobs: { op: 'munmap' },
    change: { looks: false },
    about: 'munmap() does not look whether a flush is due',
    fails: STALE_ACCESS,
  },
  'pending-not-flushed': {
    of: 'counter',
    change: { flushesPending: false },
    about: 'a flush that is due is noted as done, and not done',
    fails: STALE_RIGHTS,
  },
  'freed-before-the-flush': {
    of: 'unbatched',
    change: { isBatched: true, freesLast: false, looks: true },
    about: 'reclaim frees the page in front of the flush for all pages',
    fails: STALE_ACCESS,
  },
  'freed-before-the-flush-and-not-used': {
    of: 'unbatched',
    change: { isBatched: true, freesLast: false, looks: true, usesAgain: false },
    about: 'the same, and nobody uses the page any more',
    fails: STALE_ACCESS,
  },
  'late-flush': {
    of: 'unbatched',
    change: { isBatched: true },
    about: 'reclaim flushes behind the PTE lock',
    fails: STALE_RIGHTS,
  },
  'flag-for-counter': {
    of: 'counter',
    knobs: { owed: '1' },
    cpus: 3,
    change: { isCounted: false },
    about: 'what has become due meanwhile is taken for done',
    fails: STALE_RIGHTS,
  },
  'flag-with-nothing-owed': {
    of: 'counter',
    change: { isCounted: false },
    about: 'what has become due meanwhile is taken for done, with one page in all',
    survives: 'reclaim owes one flush in all, so none is noted behind the look',
  },
};
