/** The fixes of mremap with one fault each. Called by race.ts. */

import type { Mutants } from '../../lib/sdk/index.js';
import { STALE_ACCESS } from '../../lib/sdk/mm.js';
import type { Config } from './state.js';

export const MUTANTS: Mutants<Config> = {
  'pte-flush-unlocked': {
    of: 'flush-locked',
    change: { flush: 'none' },
    about: 'the old address is flushed behind both locks',
    fails: STALE_ACCESS,
  },
  'old-lock-flush-unlocked': {
    of: 'flush-old-lock',
    change: { flush: 'none' },
    about: 'the old address is flushed behind both locks',
    fails: STALE_ACCESS,
  },
  'left-and-not-used': {
    of: 'flush-locked',
    change: { flush: 'none', usesAgain: false },
    about: 'the old address is flushed behind both locks, and nobody uses the page any more',
    fails: STALE_ACCESS,
  },
  'pte-flush-new-unlocked': {
    of: 'rmap-locked',
    change: { flush: 'old' },
    about: 'the old address is flushed behind the new lock',
    survives: 'a walker meets the old address first, and waits for its lock',
  },
  'rmap-lock-left-out': {
    of: 'rmap-locked',
    knobs: { move: 'pmd' },
    change: { takesRmapLock: false },
    about: 'the rmap lock is not taken',
    fails: STALE_ACCESS,
  },
  'pmd-left-and-not-used': {
    of: 'rmap-locked',
    knobs: { move: 'pmd' },
    change: { takesRmapLock: false, usesAgain: false },
    about: 'the rmap lock is not taken, and nobody uses the page any more',
    fails: STALE_ACCESS,
  },
  'pmd-not-flushed': {
    of: 'rmap-locked',
    knobs: { move: 'pmd' },
    change: { flushesPmd: false },
    about: 'the old address is not flushed when its page table has moved',
    fails: STALE_ACCESS,
  },
};
