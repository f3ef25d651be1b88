/** What gup-fast says about itself: indexes, steps, knobs, variants and what is expected of each. Called by race.ts. */

import { choice, indexes, steps, type ActorFacts, type Expectation } from '../../lib/sdk/index.js';

const STEPS = ['C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'G1', 'G2', 'G3', 'G4'] as const;
export const S = steps(STEPS);
const WINDOWS = ['W_WALK', 'W_COPY'] as const;
export const W = indexes(WINDOWS);

export const STALE_PIN = 'stale-pin';
export const TABLE_REUSED = 'table-reused';

const RECHECK = '70cbc3cc78a9 "mm: gup: fix the fast GUP race against THP collapse" (6.1)';
const SYNC = '2ba99c5e0881 "mm/khugepaged: fix GUP-fast interaction by sending IPI" (6.1)';

/** A flush by IPI waits for a CPU that walks with interrupts off: what was not meant to protect it does. */
const BY_IPI: Expectation = { when: { flush: 'ipi' }, twin: { variant: 'buggy', knobs: { flush: 'broadcast' } } };

export const ABOUT = {
  name: 'gup-fast',
  question: 'Does get_user_pages_fast() pin a page that khugepaged has just replaced?',
  group: 'page tables and pinning',
  year: '2022',
  mail: '',
  commits: ['70cbc3cc78a9', '2ba99c5e0881'],
  explain: `CPU 0, khugepaged, replaces a page table by a huge page: it takes the page table out of the PMD and flushes (C1), looks whether
somebody has pinned a page (C2), copies it and clears its PTE (C3), puts the huge page into the PMD (C4), drops the old page (C5), and gives
the page table away (C6). CPU 1, get_user_pages_fast(), takes no lock: with interrupts off it reads the PMD (G1) and the PTE (G2), takes a
reference (G3), and looks whether the PTE is still the same (G4).

Between C2 and C3 the PTE is unchanged and nobody looks again for pins: CPU 1 keeps a reference to a page that nobody maps any more, and
what it writes is lost (stale-pin). The order was safe as long as every flush was an interrupt, which CPU 1 does not take before it is done
(flush=ipi). It is not on machines that flush by broadcast or hypercall (flush=broadcast).

- Look at the PMD again as well (recheck-pmd). No wrong page is returned then, but CPU 1 may still walk a page table that belongs to somebody
  else by now (table-reused).
- Send an interrupt to all CPUs before the page table is touched, whatever the flush was (sync-ipi, with the look at the PMD: both were
  merged). By itself it is enough here (sync-only, analysis): the interrupt waits for all walks that began before it, and later ones find no PMD.

Source: both commit texts. huge_pmd_unshare() had the same fault until 1013af4f585f (2025). Left out: the copy itself, locks of khugepaged,
several pages, page tables that are freed by RCU.`,
  steps: STEPS,
  windows: WINDOWS,
  signatures: {
    [STALE_PIN]: 'a pin was returned on a page that nobody maps',
    [TABLE_REUSED]: 'a page table is walked that belongs to somebody else',
  },
  knobs: {
    flush: choice(['broadcast', 'ipi'], 'how pmdp_collapse_flush() reaches other TLBs'),
  },
  variants: {
    buggy: {
      about: 'the PTE alone is looked at again',
      source: 'mm/gup.c and mm/khugepaged.c, until 6.0',
      expects: [
        BY_IPI,
        {
          fails: STALE_PIN,
          alsoFails: [TABLE_REUSED],
          minority: 'the page table may have been given away before the walk reaches it',
        },
      ],
    },
    'recheck-pmd': {
      about: 'the PMD is looked at again as well',
      source: RECHECK,
      expects: [BY_IPI, { fails: TABLE_REUSED }],
    },
    'sync-only': {
      about: 'an interrupt to all CPUs before the look for pins, no look at the PMD',
      source: `${SYNC} without the other fix (analysis)`,
      expects: [{}],
    },
    'sync-ipi': {
      about: 'both',
      source: `${RECHECK}; ${SYNC}`,
      expects: [{}],
    },
  },
  merged: 'sync-ipi',
  rows: [
    { name: 'buggy', variant: 'buggy' },
    { name: 'buggy, flush by IPI', variant: 'buggy', knobs: { flush: 'ipi' } },
    { name: 'the PMD is looked at again', variant: 'recheck-pmd' },
    { name: 'the PMD is looked at again, flush by IPI', variant: 'recheck-pmd', knobs: { flush: 'ipi' } },
    { name: 'an interrupt before the look for pins, alone', variant: 'sync-only' },
    { name: 'merged fix', variant: 'sync-ipi' },
    { name: 'merged fix, flush by IPI', variant: 'sync-ipi', knobs: { flush: 'ipi' } },
    { name: 'merged fix, 4 CPUs', variant: 'sync-ipi', cpus: 4 },
  ],
} satisfies Omit<ActorFacts, 'interrupts' | 'cpus' | 'phases' | 'delays'>;
