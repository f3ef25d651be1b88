/** What numa-protnone says about itself: indexes, steps, knobs, variants and what is expected of each. Called by race.ts. */

import { choice, flag, indexes, steps, type Expectation, type ActorFacts } from '../../lib/sdk/index.js';

const STEPS = [
  ...(['N0', 'N1', 'N2', 'N3', 'N4'] as const),
  ...(['U1', 'B1'] as const),
  ...(['K1', 'K2', 'H1', 'H2', 'H3'] as const),
  ...(['R1', 'R2', 'S1', 'S2', 'S3', 'G1', 'G2'] as const),
] as const;
export const S = steps(STEPS);
const WINDOWS = ['W_PROTNONE', 'W_MAPPED_AGAIN', 'W_HINTED'] as const;
export const W = indexes(WINDOWS);

export const BAD_PAGE_MAP = 'bad-page-map';
export const BAD_RSS = 'bad-rss';
export const WRONG_FRAME = 'wrong-frame';
export const WRONG_FRAME_RESTORED = 'wrong-frame-restored';
export const WRONG_PFN = 'wrong-pfn';
export const NUMA_ON_PROTNONE = 'numa-on-protnone';
export const REFAULT = 'refault';
export const PTE_TAG = 'pte-tag';
export const ACCOUNTING = 'accounting';

const HOLDS: Expectation = {};
/** Bit 8 says PROT_NONE and "hinting" at once, and only the VMA could tell; nobody asks it on the way of FOLL_FORCE. */
const FORCED: Expectation = { when: { form: 'foll-force' }, fails: NUMA_ON_PROTNONE };
/** The mprotect() beside it goes wrong as well, and ends the trial if it does so first. */
const FORCED_BUGGY: Expectation = {
  ...FORCED,
  alsoFails: [BAD_PAGE_MAP, BAD_RSS, WRONG_FRAME, WRONG_PFN],
  minority: 'mprotect() may go wrong before the other process comes',
};
const STRICT: Expectation = { when: { checks: 'invariants' }, fails: PTE_TAG };
/** The frame number is wrong: what the process finds if it touches its page. */
const TOUCHED_RESTORED: Expectation[] = [
  { when: { form: 'save-restore', touch: 'read' }, fails: WRONG_FRAME_RESTORED },
  { when: { form: 'save-restore', touch: 'write' }, fails: WRONG_FRAME_RESTORED },
];
const TOUCHED: Expectation[] = [
  { when: { touch: 'read' }, fails: WRONG_FRAME },
  { when: { touch: 'write' }, fails: WRONG_FRAME },
];
/** What the kernel finds when the process exits. */
const UNMAPPED: Expectation[] = [
  { when: { guest: 'small', pfn0: 'invalid' }, fails: BAD_RSS },
  { fails: BAD_PAGE_MAP },
];
/** Hinting entries hold an MFN without the bit that says so. */
const HINTED: Expectation[] = [
  { when: { form: 'scanner', reader: 'reclaim' }, fails: WRONG_PFN },
  { when: { form: 'scanner', reader: 'pagemap' }, fails: WRONG_PFN },
  { when: { form: 'scanner' }, fails: BAD_PAGE_MAP },
];
/** The process may touch the page before the guest is saved. */
const TOUCHED_BEFORE = TOUCHED_RESTORED.map((e): Expectation => ({ ...e, alsoFails: [WRONG_FRAME] }));
const BUGGY: Expectation[] = [FORCED_BUGGY, STRICT, ...HINTED, ...TOUCHED_BEFORE, ...TOUCHED, ...UNMAPPED];
/** The hypervisor has set Global: without the present bit it reads PROT_NONE, and the entry is no hinting one. */
const GLOBAL_LEFT: Expectation[] = [{ when: { form: 'scanner', xen_global: '1' }, fails: REFAULT }, HOLDS];
/** A zap in front of the fault takes such an entry for one that leads to no page. */
const GLOBAL_LEFT_SPECIAL = GLOBAL_LEFT.map((e): Expectation =>
  e.fails === undefined
    ? e
    : {
        ...e,
        alsoFails: [BAD_PAGE_MAP],
        minority: 'another path may reach the entry before the fault does, and find it first',
      },
);

/** Without a hypervisor a frame has one number, so nothing that only renames it does harm. */
const NATIVE_HOLDS: Expectation = { when: { guest: 'native' }, twin: { knobs: { guest: 'big' } } };
/** A bit with two meanings does. */
const NATIVE: Expectation[] = [
  { when: { guest: 'native', form: 'foll-force' }, fails: NUMA_ON_PROTNONE },
  NATIVE_HOLDS,
];
/** The parent of the regression: mprotect() asks for no hints. The scanner's marks are as wrong as behind it. */
const PARENT: Expectation[] = [
  FORCED,
  { when: { form: 'mprotect' } },
  { when: { form: 'save-restore' }, twin: { knobs: { form: 'mprotect' } } },
  STRICT,
  ...HINTED,
  HOLDS,
];

const MERGED = '29c7787075c92ca8af353acd5301481e6f37082f';
const REGRESSION = '1667918b6483 "mm: numa: clear numa hinting information on mprotect"';

export const ABOUT = {
  name: 'numa-protnone',
  question: 'What goes wrong when NUMA hinting borrows the bit of PROT_NONE on Xen PV?',
  group: 'page tables and pinning',
  year: '2014',
  mail: 'Rik van Riel, 2014-01-22, "Re: [BISECTED] Linux 3.12.7 introduces page map handling regression", in answer to https://lkml.iu.edu/hypermail/linux/kernel/1401.2/02852.html',
  commits: [
    `${REGRESSION} (3.12.7 as 3d792d616ba4): the regression`,
    `${MERGED} "mm: use paravirt friendly ops for NUMA hinting ptes" (3.15)`,
  ],
  explain: `On Xen PV the present bit P of a page-table entry says what its frame number is: a machine frame (MFN) if P is set, a
page of the guest (PFN) if not. pte_val() and __pte() translate where P is set; pte_set_flags() and pte_clear_flags() do
not. Bit 8 is _PAGE_GLOBAL where P is set; where it is not, it is _PAGE_PROTNONE and, from 3.8 to 3.15, _PAGE_NUMA too.

CPU 0, the process                                   what else there is
N0  its page p is mapped: MFN M = p2m[p], P set      CPU 1, by the knob form, comes in between:
N1  mprotect(PROT_NONE): PFN p, bit 8, P clear       mprotect      U1 another process uses page q, B1 it exits
N2  mprotect(PROT_READ): is it a hinting entry?      scanner       R1 R2 pagemap, reclaim or a zap reads pte_pfn()
    pte_numa() says yes: set P natively; p is        save-restore  S1 to S3 all MFNs change, the entries with P
    now taken for an MFN                                           set are rewritten, the others left alone
N3  pte_modify(): translates "MFN" p to a PFN,       foll-force    G1 G2 access_remote_vm() writes to the page
    and that PFN back: the entry leads elsewhere
N4  exit: the wrong page is unmapped                 scanner, on CPU 0 instead of N1 to N3: K1 K2 the entry is
                                                     marked, U1 touched, H1 H2 H3 the hinting fault

Where N3 leads is a matter of numbers. In a big guest MFN p is one of its own, page q: the process reads and writes what
is another's. In a small one it is another domain's: the number is lost, and the entry becomes PFN 0 or none at all.
Nothing of this needs a second CPU, and no lock is missing: it is a type error. What other CPUs do decides who owns
page q by then, and so who gets the complaint: the process, if the owner has exited first (count:0 mapcount:-1, and one
page too few among the file pages, one too many among the anonymous ones), or the owner, who has done nothing.

The scanner's own marks have the same flaw (pte_mknuma() clears P natively: an MFN that claims to be a PFN), but the
hinting fault sets P natively again, so it shows only to who reads the entry in between. A mark under the first fix is
right for all of them, and wrong after a restore, which cannot know that an entry without P holds an MFN.
The scanner had to be forced: balancing is switched on at boot where there is more than one node (nr_node_ids > 1 in 2013,
num_online_nodes() > 1 later: check_numabalancing_enable(), read in patches of it), and a PV guest of that time had one as far
as is known. So form=scanner is a guest booted with numa_balancing=enable. The mprotect() of the mail needs no scanner.

What the mails ask, and what the runs show:
- "It may be that the whole Xen PV thing is a red herring": no. The same kernel without a hypervisor (guest=native) holds, with mprotect() and
  with the scanner: a frame has one number there, so setting a bit natively renames nothing.
- "Only visible on real numa machines"? No: mprotect() alone fails, every time, without a scanner and on one CPU.
- BISECTED: the parent of the bisected commit (before-1667918b) holds for mprotect(), so the bisection is right. The scanner's marks fail
  there, too: that flaw is as old as the marks, and 1667918b only made it show without a NUMA machine. Read: the patch, three lines in
  change_pte_range(). Not found: S. Noonan's test case; form=mprotect is its shape as the mails tell it.
- "When the VMA is protnone, do_page_fault will kill the app with a segfault" (touch=protnone): so it does, in every variant, since
  do_page_fault() looks at the VMA before handle_pte_fault() looks at the entry. Without that look the mail's design would take such a
  fault for a hinting one (mutant access-error-unasked). "When the VMA has proper permissions": form=scanner.

Two things that reading the mail does not tell:
- With _PAGE_NUMA a bit of its own (c46a7c817e66) the entry still has Global, set by Xen itself: without P that reads
  PROT_NONE, pte_numa() says no, and the fault comes again for ever. Mail of 2014-11-06 by W. Liu tells of the follow-up
  b38af4721f59, after which such an entry counts as special; the endless fault itself is our reading of the code.
- A FOLL_FORCE write faults without a look at the VMA. With the mail's design it ran into a BUG_ON until 38e088546522; by
  our reading the kernels in which the two share a bit take PROT_NONE for hinting as well, and continue.`,
  steps: STEPS,
  windows: WINDOWS,
  signatures: {
    [BAD_PAGE_MAP]: 'print_bad_pte(): a page is unmapped that is not mapped, or an entry leads to none (I16)',
    [BAD_RSS]: 'check_mm(): a counter of the mm is not zero when it goes (I16)',
    [WRONG_FRAME]: 'a process has reached a page that is not its own, or its own is gone',
    [WRONG_FRAME_RESTORED]: 'the same, in a guest that has been saved and restored',
    [WRONG_PFN]: 'pte_pfn() of an entry is not the number of its page: reclaim, pagemap or a debugger goes astray',
    [NUMA_ON_PROTNONE]: 'the NUMA path is entered for a PROT_NONE VMA',
    [REFAULT]: 'the fault handler returns and the same access faults again, without end (I7)',
    [PTE_TAG]:
      'the frame number of an entry written is not of the kind that its present bit says, or of another page (I15)',
    [ACCOUNTING]: 'a page has fewer references than mappings, or an mm without entries has pages on its account (I16)',
  },
  knobs: {
    form: choice(
      ['mprotect', 'scanner', 'save-restore', 'foll-force'],
      'what happens beside the process, see above; with one CPU, in its midst. A PV guest has one node: the scanner is forced on by numa_balancing=enable',
    ),
    guest: choice(
      ['big', 'small', 'native'],
      "whether the numbers of the guest's machine frames are numbers of its own pages as well; native: no hypervisor",
    ),
    pfn0: choice(['invalid', 'mapped'], 'whether page 0, where lost numbers lead, has a machine frame'),
    touch: choice(
      ['none', 'read', 'write', 'protnone'],
      'whether the process touches the page after N3, or between N1 and N2; under the scanner it always does',
    ),
    reader: choice(['zap', 'reclaim', 'pagemap'], 'which other path reaches the entry that the scanner has marked'),
    xen_global: flag(true, 'whether the hypervisor sets Global in user entries, as it does for 64-bit guests'),
    checks: choice(
      ['kernel', 'invariants'],
      'what fails a trial: what shows itself, or a wrong entry (I15) and wrong counters (I16) at once',
    ),
  },
  variants: {
    buggy: {
      about: 'native bit operations on hinting entries; mprotect takes a PROT_NONE entry for one',
      source: '3.12.7, with 3d792d616ba4',
      expects: [...NATIVE, ...BUGGY],
    },
    'before-1667918b': {
      about: 'the parent of the bisected commit: mprotect() asks no entry whether it is a hinting one',
      source: `3.12.6, before ${REGRESSION}`,
      expects: [...NATIVE, ...PARENT],
    },
    'xen-present': {
      about: 'pte_val() and __pte() translate where P, PROTNONE or NUMA is set; then an entry without P holds an MFN',
      source:
        'a9c8e4beeeb64c22b84c803747487857fe424b68 "xen: properly account for _PAGE_NUMA during xen pte translations"',
      needs: { form: 'save-restore' },
      expects: [
        ...NATIVE,
        STRICT,
        FORCED,
        { when: { form: 'mprotect' } },
        { when: { form: 'scanner' } },
        ...TOUCHED_RESTORED,
        ...UNMAPPED,
      ],
    },
    'xen-present-reverted': {
      about: 'that fix taken back: a restore is safe again, the rest is as before',
      source: 'reports of 3.14.0 to 3.14.4, and later code, which goes by P alone (the revert itself is inferred)',
      needs: { form: 'scanner' },
      expects: [...NATIVE, ...BUGGY],
    },
    'pv-flags': {
      about: 'pte_set_flags() and pte_clear_flags() translate',
      source: 'D. Vrabel, 2014-04-08; rejected as too broad',
      expects: [...NATIVE, FORCED, HOLDS],
    },
    'pv-numa': {
      about: 'pte_mknuma() and pte_mknonnuma() go by pte_val() and __pte()',
      source: MERGED,
      expects: [...NATIVE, FORCED, HOLDS],
    },
    'soft-bit': {
      about: '_PAGE_NUMA is a bit of its own, the one that _PAGE_SPECIAL has in present entries',
      source: 'c46a7c817e66 "x86: define _PAGE_NUMA by reusing software bits on the PMD and PTE levels" (3.16)',
      expects: [NATIVE_HOLDS, ...GLOBAL_LEFT],
    },
    'soft-bit-special': {
      about: 'with its follow-up: SPECIAL counts beside PROTNONE as well',
      source: 'b38af4721f59 "x86,mm: fix pte_special versus pte_numa" (3.17)',
      needs: { form: 'scanner' },
      expects: [NATIVE_HOLDS, ...GLOBAL_LEFT_SPECIAL],
    },
    'protnone-vma': {
      about: "the mail's design: hinting entries are PROT_NONE entries, and the VMA decides",
      source: "R. van Riel's mail; M. Gorman's series in 4.0, with 21d9ee3eda77",
      expects: [...NATIVE, FORCED, HOLDS],
    },
    'protnone-vma-check': {
      about: 'with the check that FOLL_FORCE had got around: an inaccessible VMA has no hinting faults',
      source: '38e088546522 "mm: check VMA flags to avoid invalid PROT_NONE NUMA balancing" (2016)',
      expects: [HOLDS],
    },
  },
  merged: 'pv-numa',
  rows: [
    { name: '3.12.7, one CPU', variant: 'buggy', cpus: 1 },
    { name: '3.12.7, one CPU, lost frame number', variant: 'buggy', cpus: 1, knobs: { guest: 'small' } },
    { name: '3.12.7, the wrong page has an owner', variant: 'buggy' },
    { name: '3.12.7, the wrong page is written to', variant: 'buggy', knobs: { touch: 'write' } },
    { name: '3.12.7, a zap before the hinting fault', variant: 'buggy', knobs: { form: 'scanner' } },
    {
      name: '3.12.7, pagemap before the hinting fault',
      variant: 'buggy',
      knobs: { form: 'scanner', reader: 'pagemap' },
    },
    {
      name: '3.12.7, reclaim before the hinting fault',
      variant: 'buggy',
      knobs: { form: 'scanner', reader: 'reclaim' },
    },
    { name: '3.12.7, native', variant: 'buggy', knobs: { guest: 'native' } },
    { name: '3.12.7, native, scanner', variant: 'buggy', knobs: { guest: 'native', form: 'scanner' } },
    { name: '3.12.6, mprotect', variant: 'before-1667918b' },
    { name: '3.12.6, scanner', variant: 'before-1667918b', knobs: { form: 'scanner' } },
    { name: 'a9c8e4be, no migration', variant: 'xen-present', knobs: { form: 'mprotect' } },
    { name: 'a9c8e4be, scanner', variant: 'xen-present', knobs: { form: 'scanner' } },
    { name: 'a9c8e4be, save and restore', variant: 'xen-present' },
    { name: 'a9c8e4be, save and restore, page touched', variant: 'xen-present', knobs: { touch: 'read' } },
    { name: 'a9c8e4be reverted, scanner', variant: 'xen-present-reverted' },
    { name: 'pv-ops in the flag helpers', variant: 'pv-flags' },
    { name: '29c77870, mprotect', variant: 'pv-numa' },
    { name: '29c77870, scanner', variant: 'pv-numa', knobs: { form: 'scanner' } },
    { name: '29c77870, save and restore', variant: 'pv-numa', knobs: { form: 'save-restore' } },
    { name: 'c46a7c81, mprotect', variant: 'soft-bit' },
    { name: 'c46a7c81, scanner, Global set by Xen', variant: 'soft-bit', knobs: { form: 'scanner' } },
    { name: 'c46a7c81, scanner, no Global', variant: 'soft-bit', knobs: { form: 'scanner', xen_global: '0' } },
    { name: "the mail's design, mprotect", variant: 'protnone-vma' },
    { name: "the mail's design, scanner", variant: 'protnone-vma', knobs: { form: 'scanner' } },
    { name: "the mail's design, touched in a PROT_NONE VMA", variant: 'protnone-vma', knobs: { touch: 'protnone' } },
    { name: "the mail's design, save and restore", variant: 'protnone-vma', knobs: { form: 'save-restore' } },
    { name: "the mail's design, FOLL_FORCE", variant: 'protnone-vma', knobs: { form: 'foll-force' } },
    { name: '38e08854, FOLL_FORCE', variant: 'protnone-vma-check', knobs: { form: 'foll-force' } },
  ],
} satisfies Omit<ActorFacts, 'interrupts' | 'cpus' | 'phases' | 'delays'>;
