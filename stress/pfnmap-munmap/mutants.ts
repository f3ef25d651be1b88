/** The fixes of pfnmap-munmap with one fault each. Called by race.ts. */

import type { Mutants } from '../../lib/sdk/index.js';
import { STALE_ACCESS } from '../../lib/sdk/mm.js';
import type { Config } from './state.js';

export const MUTANTS: Mutants<Config> = {
  'no-early-flush': {
    of: 'flush-before-unlink',
    change: { flushesFirst: false },
    about: 'a VMA comes off the list before the flush',
    fails: STALE_ACCESS,
  },
  'no-early-flush-two-vmas': {
    of: 'flush-before-unlink',
    knobs: { vmas: '2' },
    change: { flushesFirst: false },
    about: 'the second of two VMAs comes off the list before the flush',
    fails: STALE_ACCESS,
  },
  'pending-not-counted': {
    of: 'flush-before-unlink',
    change: { countsPending: false },
    about: 'the driver does not look whether somebody else owes a flush',
    fails: STALE_ACCESS,
  },
  'left-and-not-used': {
    of: 'flush-before-unlink',
    change: { flushesFirst: false, usesAgain: false },
    about: 'a VMA comes off the list before the flush, and nobody uses the frame any more',
    fails: STALE_ACCESS,
  },
  'no-last-flush': {
    of: 'flush-before-unlink',
    change: { flushesLast: false },
    about: 'nothing is flushed when all VMAs are off the list',
    survives: 'the first flush has come behind all PTEs, and left no translation',
  },
  'evict-unlocked': {
    of: 'flush-before-unlink',
    change: { evictLocks: false },
    about: 'the driver looks for VMAs without the lock of the list',
    survives: 'a VMA comes off the list behind its flush, so a driver that does not find it has nothing to wait for',
  },
};
