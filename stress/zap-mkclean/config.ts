/** What a variant of zap-mkclean means, and its fixes with one fault each. Called by race.ts. */

import type { Mutants } from '../../lib/sdk/index.js';
import { LOST_DIRTY } from '../../lib/sdk/mm.js';
import { LOST_WRITE } from './about.js';

export interface Config {
  readonly flushesLocked: boolean;
  readonly rmapLate: boolean;
  /** Only mutants forget to flush, or clean the PTE without its lock or its flush. */
  readonly flushes: boolean;
  readonly mkcleanLocks: boolean;
  readonly mkcleanFlushes: boolean;
  /** Only mutants store the clean PTE over the one that the hardware may be changing. */
  readonly mkcleanInPlace: boolean;
  /** Only mutants forget the dirty bit of the PTE that they have taken out. */
  readonly zapPassesDirty: boolean;
  readonly mkcleanPassesDirty: boolean;
}

/** Returns what a variant means for the protocol. */
export function configure(variant: string): Config {
  return Object.freeze({
    flushesLocked: variant === 'flush-locked' || variant === 'rmap-late',
    rmapLate: variant === 'rmap-late' || variant === 'rmap-late-unlocked',
    flushes: true,
    mkcleanLocks: true,
    mkcleanFlushes: true,
    mkcleanInPlace: false,
    zapPassesDirty: true,
    mkcleanPassesDirty: true,
  });
}

export const MUTANTS: Mutants<Config> = {
  'flush-unlocked': {
    of: 'rmap-late',
    change: { flushesLocked: false },
    about: 'the flush comes behind the PTE lock',
    fails: LOST_WRITE,
  },
  'rmap-early': {
    of: 'rmap-late',
    change: { rmapLate: false },
    about: 'the mapping is out of the count before the flush',
    fails: LOST_WRITE,
  },
  'no-flush': {
    of: 'rmap-late',
    change: { flushes: false },
    about: 'munmap() does not flush',
    fails: LOST_WRITE,
  },
  'mkclean-unlocked': {
    of: 'rmap-late',
    change: { mkcleanLocks: false },
    about: 'page_mkclean_one() looks at the PTE without its lock',
    fails: LOST_WRITE,
  },
  'mkclean-in-place': {
    of: 'rmap-late',
    change: { mkcleanInPlace: true },
    about:
      'page_mkclean_one() loads the PTE and stores it clean, without taking it out: what the hardware sets in between is lost',
    fails: LOST_DIRTY,
  },
  'zap-forgets-dirty': {
    of: 'rmap-late',
    change: { zapPassesDirty: false },
    about: 'munmap() takes a dirty PTE out, and does not mark the page dirty',
    fails: LOST_DIRTY,
  },
  'mkclean-forgets-dirty': {
    of: 'rmap-late',
    change: { mkcleanPassesDirty: false },
    about: 'page_mkclean_one() takes a dirty PTE out, and the page is not marked dirty before its flag is tested',
    fails: LOST_DIRTY,
  },
  'mkclean-no-flush': {
    of: 'rmap-late',
    change: { mkcleanFlushes: false },
    about: 'page_mkclean_one() does not flush the PTE that it has cleaned',
    fails: LOST_WRITE,
  },
};
