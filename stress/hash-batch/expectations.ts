/** What each variant of hash-batch is expected to do under its knobs. Read by about.ts. */

import type { Expectation, Knobs } from '../../lib/sdk/index.js';
import { BATCH_PENDING, FREED_FRAME, HASHPTE_MISMATCH, MACHINE_CHECK } from '../../lib/sdk/ppc64.js';
import { DUPLICATE_HPTE, REFAULT_LIVELOCK, STALE_ACCESS, STALE_RIGHTS } from './signatures.js';

export const HOLDS: readonly Expectation[] = [{}];

/** Returns the same where CPU 0 does `op`. */
export function where(when: Knobs, expects: readonly Expectation[]): Expectation[] {
  return expects.map((e) => ({ ...e, when: { ...when, ...e.when } }));
}

const FREED: Expectation = { fails: FREED_FRAME };
/** Which of the two comes is a matter of a microsecond: with four CPUs or on a fast host the walk as a rule, else the flush. */
const UNLESS_FLUSHED = {
  alsoFails: [DUPLICATE_HPTE],
  minority: 'the flush may take the older entry away before a walk meets both',
} as const;
/** What two entries of one page lead to. With `seed` all three occur. */
const DUPLICATE: readonly Expectation[] = [
  { when: { on_duplicate: 'refault' }, fails: REFAULT_LIVELOCK, ...UNLESS_FLUSHED },
  { when: { on_duplicate: 'stale' }, fails: STALE_ACCESS, ...UNLESS_FLUSHED },
  {
    when: { on_duplicate: 'seed' },
    fails: MACHINE_CHECK,
    alsoFails: [REFAULT_LIVELOCK, STALE_ACCESS, DUPLICATE_HPTE],
    minority: 'one of three is drawn',
  },
  { fails: MACHINE_CHECK, ...UNLESS_FLUSHED },
];
/**
 * The same, where the page may be free by then: an entry that hash_page() has made writable before Z2, or a translation that
 * the thread had before, leads to it.
 */
const DUPLICATE_OR_FREED: readonly Expectation[] = DUPLICATE.map((e) => ({
  ...e,
  alsoFails: [...(e.alsoFails ?? []), FREED_FRAME],
}));
/**
 * The entry outlives the PTE lock, until the gather is finished. An access that it allows does not fault: it goes to the
 * old page, which the gather still keeps. Only a page that goes back earlier has been freed by then.
 */
export const OUTLIVES_THE_LOCK: readonly Expectation[] = [
  { when: { rights: 'rw', page_free: 'gather' }, twin: { knobs: { page_free: 'unlock' } } },
  { when: { rights: 'rw' }, ...FREED },
  { when: { access: 'load', page_free: 'gather' }, twin: { knobs: { page_free: 'unlock' } } },
  { when: { access: 'load' }, ...FREED },
  ...where({ page_free: 'unlock' }, DUPLICATE_OR_FREED),
  ...DUPLICATE,
];
/**
 * A translation stays, and so does the access that it allows: one that the thread had before (tlb=warm), or one that it
 * found in the table a moment before the entry was taken out (tlb=cold: some in 10,000 trials).
 */
export const TRANSLATIONS_STAY: readonly Expectation[] = [FREED];
/** The entry stays for good, if it is in the secondary group. */
export const OUTLIVES_THE_FLUSH: readonly Expectation[] = [
  { when: { group: 'primary' }, twin: { variant: 'primary-only', knobs: { group: 'secondary' } } },
  { when: { rights: 'rw' }, ...FREED },
  { when: { access: 'load' }, ...FREED },
  ...DUPLICATE_OR_FREED,
];
/** The new PTE says that there is no entry, and the old one is valid until the queue is flushed. */
export const SET_BEFORE_FLUSH: readonly Expectation[] = where({ op: 'mprotect' }, [
  { when: { rights: 'rw' }, twin: { variant: 'no-tlbie', knobs: { tlb: 'warm' } } },
  { when: { access: 'load' }, twin: { knobs: { access: 'store' } } },
  { when: { on_duplicate: 'refault' }, fails: REFAULT_LIVELOCK, ...UNLESS_FLUSHED },
  { when: { on_duplicate: 'stale' }, fails: DUPLICATE_HPTE },
  {
    when: { on_duplicate: 'seed' },
    fails: MACHINE_CHECK,
    alsoFails: [REFAULT_LIVELOCK, DUPLICATE_HPTE],
    minority: 'one of three is drawn',
  },
  { fails: MACHINE_CHECK, ...UNLESS_FLUSHED },
]);
/** The old entry, or a translation made from it, outlives the flush: it allows what mprotect() has forbidden. */
export const RIGHTS_STAY: readonly Expectation[] = where({ op: 'mprotect', rights: 'rw', access: 'store' }, [
  { fails: STALE_RIGHTS },
]);
/** A page that another process shares is copied: its old entry is not flushed, since the CPU seems to be in lazy MMU mode. */
const COPIED: readonly Expectation[] = [
  { when: { rights: 'rw' }, twin: { knobs: { rights: 'ro' } } },
  { when: { access: 'load' }, twin: { knobs: { access: 'store' } } },
  ...DUPLICATE,
];
/** The CPU that was left is in lazy MMU mode: a copy that the other task makes there may come first. */
const OR_COPIED = {
  alsoFails: [MACHINE_CHECK, REFAULT_LIVELOCK, STALE_ACCESS, DUPLICATE_HPTE],
  minority: 'the task that comes in exchange may copy its page first',
} as const;
/** A task that is preempted in lazy MMU mode. What it has queued stays where it was. */
export const LEFT_BEHIND: readonly Expectation[] = [
  ...where({ op: 'kernel', preempt_at: 'enter' }, COPIED),
  { when: { op: 'kernel', preempt_at: 'queue' }, fails: HASHPTE_MISMATCH, ...OR_COPIED },
  {
    when: { op: 'kernel', preempt_at: 'drawn' },
    fails: BATCH_PENDING,
    alsoFails: [HASHPTE_MISMATCH, MACHINE_CHECK, REFAULT_LIVELOCK, STALE_ACCESS, DUPLICATE_HPTE],
    minority: 'the place is drawn, and decides what comes',
  },
  { when: { op: 'kernel' }, fails: BATCH_PENDING, ...OR_COPIED },
];
/** What fails at such a place without the fix. */
export const UNLESS_PREEMPTED: readonly Expectation[] = [{ twin: { variant: 'lazy-preempt' } }];
/** The same without lazy MMU mode: there is nothing to be entered or left. */
export const LEFT_WITHOUT_LAZY: readonly Expectation[] = [
  ...where({ op: 'kernel', preempt_at: 'enter' }, UNLESS_PREEMPTED),
  ...where({ op: 'kernel', preempt_at: 'leave' }, UNLESS_PREEMPTED),
  ...LEFT_BEHIND,
];
/** The switch flushes; but a task that was preempted in front of the use of an address uses another CPU's batch. */
export const WRONG_BATCH: readonly Expectation[] = [
  ...where({ op: 'kernel', preempt_at: 'rest' }, UNLESS_PREEMPTED),
  ...where({ op: 'kernel', preempt_at: 'queue' }, UNLESS_PREEMPTED),
  ...where({ op: 'kernel' }, COPIED),
];

/** Paths that clear a PTE, or change it in place and keep HASHPTE: nothing goes wrong with them, with or without a fix. */
export const OTHER_PATHS_HOLD: readonly Expectation[] = [
  { when: { op: 'mremap' }, twin: { variant: 'no-tlbie', knobs: { tlb: 'warm', rights: 'rw' } } },
  { when: { op: 'fork' }, twin: { variant: 'no-tlbie', knobs: { tlb: 'warm', rights: 'rw', access: 'store' } } },
  { when: { op: 'rmap' }, twin: { variant: 'no-tlbie', knobs: { tlb: 'warm', rights: 'rw' } } },
];
/** They fail where translations outlive the flush. */
export const OTHER_PATHS_WITHOUT_TLBIE: readonly Expectation[] = [
  { when: { op: 'mremap', tlb: 'warm', rights: 'rw' }, fails: STALE_ACCESS },
  { when: { op: 'mremap', tlb: 'warm', access: 'load' }, fails: STALE_ACCESS },
  { when: { op: 'mremap' }, twin: { variant: 'no-tlbie', knobs: { tlb: 'warm', rights: 'rw' } } },
  { when: { op: 'fork', tlb: 'warm', rights: 'rw', access: 'store' }, fails: STALE_RIGHTS },
  { when: { op: 'fork' }, twin: { variant: 'no-tlbie', knobs: { tlb: 'warm', rights: 'rw', access: 'store' } } },
  { when: { op: 'rmap' }, ...FREED },
];
/** Or where entries do: those of the secondary group. */
export const OTHER_PATHS_PRIMARY_ONLY: readonly Expectation[] = [
  { when: { op: 'mremap', group: 'secondary' }, fails: STALE_ACCESS },
  { when: { op: 'fork', group: 'secondary', rights: 'rw', access: 'store' }, fails: STALE_RIGHTS },
  // An entry that hash_page() has made writable before F2 allows the store.
  ...where({ op: 'fork', group: 'secondary', access: 'store' }, DUPLICATE).map((e) => ({
    ...e,
    alsoFails: [...(e.alsoFails ?? []), STALE_RIGHTS],
  })),
  { when: { op: 'mremap' }, twin: { variant: 'primary-only', knobs: { group: 'secondary', rights: 'rw' } } },
  {
    when: { op: 'fork' },
    twin: { variant: 'primary-only', knobs: { group: 'secondary', rights: 'rw', access: 'store' } },
  },
  ...where({ op: 'rmap' }, OUTLIVES_THE_FLUSH),
];

/** Of other MMUs: none can have two entries of a page after mprotect(), since a fault that changes an entry finds it. */
const CHANGED_ELSEWHERE: Expectation = {
  when: { op: 'mprotect' },
  twin: { variant: 'buggy', knobs: { mmu: 'hash', rights: 'ro', access: 'store' } },
};
const OTHER_MMUS = ['tsb', 'blind', 'probe', 'demap'];
/** A blind refill makes a second entry where the first one denies the store. */
const BLIND: Expectation = { when: { mmu: 'blind', rights: 'ro', access: 'store' }, fails: MACHINE_CHECK };
/** What shows where translations outlive the PTE lock: two entries, or a page that goes back with the lock. */
const showsOf = (mmu: string): Expectation =>
  mmu === 'blind'
    ? { twin: { variant: 'buggy', knobs: { tlb: 'warm', rights: 'ro', access: 'store' } } }
    : { twin: { variant: 'buggy', knobs: { tlb: 'warm', rights: 'rw', page_free: 'unlock' } } };
/** Translations outlive the PTE lock. The page is there until the gather is finished. */
export const ELSEWHERE: readonly Expectation[] = OTHER_MMUS.flatMap((mmu) =>
  where({ mmu }, [
    CHANGED_ELSEWHERE,
    ...(mmu === 'blind' ? [...where({ page_free: 'unlock' }, [{ ...BLIND, alsoFails: [FREED_FRAME] }]), BLIND] : []),
    { when: { page_free: 'unlock' }, ...FREED },
    showsOf(mmu),
  ]),
);
/** None outlives it. */
export const ELSEWHERE_HOLDS: readonly Expectation[] = OTHER_MMUS.flatMap((mmu) =>
  where({ mmu }, [CHANGED_ELSEWHERE, showsOf(mmu)]),
);
