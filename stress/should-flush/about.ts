/** What should-flush says about itself: indexes, steps, knobs, variants and what is expected of each. Called by race.ts. */

import { flag, indexes, steps, type ActorFacts, type Expectation } from '../../lib/sdk/index.js';
import { STALE_ACCESS } from '../../lib/sdk/mm.js';

const STEPS = ['F1', 'F2', 'F3', 'U1', 'U2', 'U3', 'U4'] as const;
export const S = steps(STEPS);
const WINDOWS = ['W_SWITCH', 'W_AWAY'] as const;
export const W = indexes(WINDOWS);

const LAZY_MASK = '209954cbc7d0 "x86/mm/tlb: Update mm_cpumask lazily" (6.14)';
const TRIM = '6db2526c1d69 "x86/mm/tlb: Only trim the mm_cpumask once a second" (6.14)';
const WINDOW =
  'fea4e317f9e7 "x86/mm: Eliminate window where TLB flushes may be inadvertently skipped" (6.15, CVE-2025-37964)';
const ORDER = '83b0177a6c48 "x86/mm: Fix SMP ordering in switch_mm_irqs_off()" (6.18, CVE-2025-40174)';

/** Once a second a flush interrupts all CPUs of the mask, whatever they have loaded: nothing is left out then. */
const TRIMMED: Expectation = { when: { trim: '1' }, twin: { knobs: { trim: '0' } } };
const FAILS: Expectation = { fails: STALE_ACCESS };

export const ABOUT = {
  name: 'should-flush',
  question: 'Does a TLB flush leave out a CPU that is just loading the address space?',
  group: 'TLB flushes',
  year: '2025',
  mail: '',
  commits: ['209954cbc7d0', '6db2526c1d69', 'fea4e317f9e7', '83b0177a6c48'],
  explain: `CPU 0 reclaims a page: it clears the PTE (F1), flushes the page from the TLBs of all CPUs that use the address space (F2), and
gives the page to somebody else (F3). The other CPUs run a thread of the process (U1), then another process (U2), then the thread
again (U3), which uses the page (U4). PCIDs keep what the thread had in the TLB while the other process runs.

A flush raises tlb_gen and interrupts the CPUs of mm_cpumask. A CPU that switches to the mm joins the mask, reads tlb_gen, and drops
what it has kept if that is behind. In 6.14 the mask became lazy: a CPU stays in it when it leaves, so a flush also looks at what the
CPU has loaded, and leaves it out if that is something else. From there on the mask no longer says who comes, and the two CPUs must not
miss each other: either the switch sees the new generation, or the flush sees the switch.

They do miss each other. While CR3 changes, loaded_mm says LOADED_MM_SWITCHING, which is not the mm (buggy). The first fix interrupts such
a CPU as well. It does not help where the generation is read before loaded_mm says so: flush and look fall between the two (check-switching:
the order of the stable kernels 6.1, 6.6 and 6.12, S. Dolan, 2025). Mainline said so first by then, but with no barrier between the store and
the read where the CPU is in the mask already: the store waits in the store buffer while the old generation is read (switching-first under
--memory tso, never under sc). The merged fix has the barrier.

Source: commit texts and diffs of all four, and S. Dolan's mail about the stable kernels. Left out: CPUs in lazy TLB mode, walks of page tables
that the hardware makes by speculation, NMIs that look at user memory (for which LOADED_MM_SWITCHING was made), broadcast flushes.`,
  steps: STEPS,
  windows: WINDOWS,
  signatures: {
    [STALE_ACCESS]: 'a page is freed that a TLB still translates, or is used through such a translation (I17)',
  },
  knobs: {
    trim: flag(false, 'a flush interrupts all CPUs of mm_cpumask, as once a second'),
  },
  variants: {
    buggy: {
      about: 'a flush leaves out CPUs that have something else loaded, and those whose CR3 is about to change',
      source: `${LAZY_MASK}, ${TRIM}`,
      expects: [TRIMMED, FAILS],
    },
    'eager-mask': {
      about: 'a CPU leaves the mask when it leaves the address space, and a flush interrupts the whole mask',
      source: 'arch/x86/mm/tlb.c, 4.14 to 6.13',
      expects: [{}],
    },
    'check-switching': {
      about: 'a flush also interrupts CPUs whose CR3 is about to change; they say so behind the read of tlb_gen',
      source: `${WINDOW}, as in the stable kernels 6.1, 6.6, 6.12`,
      expects: [TRIMMED, FAILS],
    },
    'switching-first': {
      about: 'they say so before they read tlb_gen, with no barrier between the two',
      source: `${WINDOW}, as in 6.15 to 6.17`,
      expects: [TRIMMED, { memory: 'tso', fails: STALE_ACCESS }, {}],
    },
    'switching-fenced': {
      about: 'they say so before they read tlb_gen, with a full barrier between the two',
      source: ORDER,
      expects: [{}],
    },
  },
  merged: 'switching-fenced',
  rows: [
    { name: 'buggy', variant: 'buggy' },
    { name: 'buggy, 4 CPUs', variant: 'buggy', cpus: 4 },
    { name: 'buggy, a flush that trims the mask', variant: 'buggy', knobs: { trim: '1' } },
    { name: 'until 6.13: the mask says who has it loaded', variant: 'eager-mask' },
    { name: 'the first fix, in the order of the stable kernels', variant: 'check-switching' },
    { name: 'the first fix, in the order of 6.15', variant: 'switching-first' },
    { name: 'the first fix, in the order of 6.15, store buffers', variant: 'switching-first', memory: 'tso' },
    { name: 'merged fix', variant: 'switching-fenced' },
    { name: 'merged fix, 4 CPUs', variant: 'switching-fenced', cpus: 4 },
    { name: 'merged fix, store buffers', variant: 'switching-fenced', memory: 'tso' },
  ],
} satisfies Omit<ActorFacts, 'interrupts' | 'cpus' | 'phases' | 'delays'>;
