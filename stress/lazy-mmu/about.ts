/** What lazy-mmu says about itself: indexes, steps, knobs, variants and what is expected of each. Called by race.ts. */

import { choice, flag, indexes, steps, type Expectation, type ActorFacts } from '../../lib/sdk/index.js';
import {
  BUG_LAZY_MODE,
  BUG_VMALLOC_FAULT,
  FLAGS_MISPLACED,
  KMAP_SLOT_LOST,
  QUEUE_OVERFLOW,
  RULES,
  RULE_SIGNATURE,
  RULE_TEXT,
  UPDATE_STRANDED,
  VMALLOC_LIVELOCK,
  VMALLOC_REFAULT,
  type Rule,
} from '../../lib/sdk/paravirt.js';
import { EXPLAIN } from './explain.js';

const STEPS = [
  ...(['T0', 'T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'T7', 'T8', 'T9'] as const),
  ...(['P1', 'P2', 'P3', 'P4', 'P5'] as const),
  ...(['V1', 'V2', 'V3', 'V4', 'V5', 'I1', 'R1'] as const),
] as const;
export const S = steps(STEPS);
const WINDOWS = ['W_LAZY_MODE', 'W_KMAP'] as const;
export const W = indexes(WINDOWS);

/** The fault comes again and again; a call that is taken late, in its loop, flushes the queue by its kmap_atomic(), and the access goes on. */
const LOOPS_OR_IS_INTERRUPTED = { fails: VMALLOC_LIVELOCK, alsoFails: [VMALLOC_REFAULT] } as const;

/** What an unflushed vmalloc fault leads to. */
const UNFLUSHED: Expectation[] = [
  { when: { paging: 'compare64' }, fails: BUG_VMALLOC_FAULT },
  { when: { paging: 'shadow' }, ...LOOPS_OR_IS_INTERRUPTED },
  { when: { queue: 'inf' }, ...LOOPS_OR_IS_INTERRUPTED },
  { fails: VMALLOC_REFAULT },
];

/** What happens when a rule is broken and nobody checks: the signature, or nothing. */
const UNCHECKED: Readonly<Partial<Record<Rule, string>>> = {
  R1: UPDATE_STRANDED,
  R2: UPDATE_STRANDED,
  R3: KMAP_SLOT_LOST,
  R4: VMALLOC_REFAULT,
  B: UPDATE_STRANDED,
  C: BUG_LAZY_MODE,
  D: UPDATE_STRANDED,
};

const PREEMPT_AT = ['drawn', 'before-flush', 'enter', 'set_pte', 'flush', 'leave', 'flags', 'kmap', 'fault'] as const;
type PreemptAt = (typeof PREEMPT_AT)[number];

/** The rules whose consequence needs a task that is preempted, and at which places it has one. */
const PREEMPTED_AT: Readonly<Partial<Record<Rule, readonly PreemptAt[]>>> = {
  R1: ['drawn', 'before-flush', 'set_pte', 'flush', 'leave'],
  R3: ['drawn', 'kmap', 'set_pte'],
  R4: ['drawn', 'fault'],
};

/** What else may happen: a task that enters or leaves the mode on a CPU whose task has gone finds it as that one has left it. */
const BESIDE: Readonly<Partial<Record<Rule, Pick<Expectation, 'alsoFails' | 'minority'>>>> = {
  R1: { alsoFails: [BUG_LAZY_MODE], minority: 'the task that comes in exchange may enter the mode first' },
};

/** A kmap() breaks R2 only in lazy mode. */
const brokenBy = (rule: Rule): Record<string, string> =>
  rule === 'R2' ? { broken: rule, kmap_at: 'inside' } : { broken: rule };

/** Returns what a rule that is broken and not checked leads to. */
function consequencesOf(rule: Rule): Expectation[] {
  const fails = UNCHECKED[rule];
  if (fails === undefined) return [];
  const when = { ...brokenBy(rule), checks: '0' };
  const places = PREEMPTED_AT[rule] ?? PREEMPT_AT;
  const harmless = PREEMPT_AT.filter((at) => !places.includes(at));
  const never: Expectation = { when: { ...when, migrate: 'never' }, twin: { knobs: { migrate: 'always' } } };
  return [
    ...(harmless.length === 0 ? [] : [never]),
    ...harmless.map((at): Expectation => ({
      when: { ...when, preempt_at: at },
      twin: { knobs: { preempt_at: places[1] } },
    })),
    { when, fails, ...BESIDE[rule] },
  ];
}

/** A broken rule is reported where it is checked, and has its consequence where it is not; `rest` is what is expected otherwise. */
function whereBroken(
  checked: readonly Rule[],
  consequences: readonly Rule[],
  rest: readonly Expectation[],
): Expectation[] {
  const reported = checked.map((rule): Expectation => ({
    when: { ...brokenBy(rule), checks: '1' },
    fails: RULE_SIGNATURE[rule],
  }));
  return [...reported, ...consequences.flatMap(consequencesOf), ...rest];
}

const HOLDS: Expectation[] = [{}];
/** A task that is preempted a moment later has its flags, and leaves its queue and its mode behind. */
const OR_LEFT_BEHIND = {
  alsoFails: [UPDATE_STRANDED, BUG_LAZY_MODE],
  minority: 'the task that comes in exchange may meet what is left behind first',
} as const;
/** Between the mode that it has read and the mode that it leaves, the task has gone. */
const LEAVES_ANOTHER: Expectation[] = [
  { when: { broken: 'R1', checks: '0', migrate: 'never' }, twin: { knobs: { migrate: 'always' } } },
  {
    when: { broken: 'R1', checks: '0', preempt_at: 'flush' },
    fails: BUG_LAZY_MODE,
    alsoFails: [UPDATE_STRANDED],
    minority: 'the task that comes in exchange may go to user mode first',
  },
];
/** The flush cannot be preempted. */
const FLUSH_STAYS: Expectation[] = [
  { when: { broken: 'R1', checks: '0', preempt_at: 'flush' }, twin: { variant: 'flush-set-pmd' } },
];
/** A fix for callers who break R1: without it, the flush alone. */
const R1_DOES_NO_HARM: Expectation[] = [
  { when: { broken: 'R1', checks: '0' }, twin: { variant: 'flush-set-pmd', knobs: { preempt_at: 'before-flush' } } },
];
const BY_RULES = whereBroken(RULES, RULES, HOLDS);
const OF_TASK = ['R2', 'R3', 'R4', 'B', 'C'] as const;
const OF_TASK_COUNT = ['R2', 'R3', 'R4', 'B'] as const;

const MAIL = 'the mail';
const R1_UNCHECKED = { broken: 'R1', checks: '0', migrate: 'always' } as const;
/** The place that the mail speaks of. */
const R1_BEFORE_FLUSH = { ...R1_UNCHECKED, preempt_at: 'before-flush' } as const;
const FLUSH_64 = '1160c2779b826c6f5c08e5cc542de58fd1f667d5';

export const ABOUT = {
  name: 'lazy-mmu',
  question: 'Can a page-table update be held back in a lazy MMU queue where it is needed at once?',
  group: 'lazy modes',
  year: '2007',
  mail: 'Zachary Amsden, 2007-09-05, "Re: [PATCH] Fix preemptible lazy mode bug", https://lore.kernel.org/all/1189036175.21516.31.camel@bodhitayantram.eng.vmware.com/',
  commits: [
    `${FLUSH_64} "x86, mm, paravirt: Fix vmalloc_fault oops during lazy MMU updates" (2013)`,
    '8965c1c0950d "paravirt: clean up lazy mode handling"',
    'b9ef323ea168 "powerpc/64s: Disable preemption in hash lazy mmu mode" (2022)',
    'a1d416bf9faf "sparc/mm: disable preemption in lazy mmu mode" (2025)',
    '5ab246749569 "mm: enable lazy_mmu sections to nest" (2025)',
  ],
  explain: EXPLAIN,
  steps: STEPS,
  windows: WINDOWS,
  signatures: {
    [VMALLOC_REFAULT]: 'an access faulted again after its fault had been handled, until the queue was issued (I7)',
    [VMALLOC_LIVELOCK]: 'an access faults for ever (I7)',
    [BUG_VMALLOC_FAULT]: 'the 64-bit fault handler does not find the entry that it has just set',
    [KMAP_SLOT_LOST]: "a task uses the kmap_atomic() slot of a CPU that it has left, and finds another task's page",
    [UPDATE_STRANDED]: 'a page-table update has not taken effect where it is needed (I7), or is left in a queue (I6)',
    [BUG_LAZY_MODE]: 'lazy mode is entered or left in a state that it cannot be in (I5)',
    [FLAGS_MISPLACED]: 'interrupt flags are saved on one CPU and restored on another (I5)',
    [QUEUE_OVERFLOW]: 'a queue without limit is full',
    ...Object.fromEntries(RULES.map((rule) => [RULE_SIGNATURE[rule], RULE_TEXT[rule]])),
  },
  knobs: {
    paging: choice(
      ['direct', 'shadow', 'compare64'],
      'the hardware walks the tables of the guest (Xen), a shadow of them (VMI), or the former with the 64-bit fault handler',
    ),
    section: choice(
      ['zap', 'copy'],
      'the lazy section of CPU 0: zap_pte_range of an exit, or copy_pte_range of a fork, one for each PTE',
    ),
    kmap_at: choice(
      ['inside', 'before', 'break'],
      'with broken=R2: where kmap is called: in the lazy section, in front of the first one, or behind each',
    ),
    queue: choice(['1', '4', '32', 'inf'], 'updates that the queue holds before it is issued', '32'),
    broken: choice(
      ['none', ...RULES],
      'the rule of the mail that a caller breaks; the one that breaks R1 breaks A as well',
    ),
    checks: flag(true, 'whether every operation asserts the rules of the mail'),
    migrate: choice(
      ['sometimes', 'always', 'never'],
      'how often the task on CPU 1 is preempted, and continues on another CPU: in every eighth trial, in each, in none',
    ),
    preempt_at: choice(
      PREEMPT_AT,
      'where that is, if preemption is on there: at P2; in enter_lazy(), set_pte(), the flush, leave_lazy() or xen_mc_batch() between a per-CPU word or address and its use; in kmap_atomic() behind the slot, in vmalloc_fault() behind cr3; or at a place drawn for each trial',
      'drawn',
    ),
  },
  variants: {
    buggy: {
      about: 'the vmalloc fault does not flush',
      source: `${MAIL}; before August 2007`,
      expects: whereBroken(RULES, [], UNFLUSHED),
    },
    'flush-set-pmd': {
      about: 'flush the queue behind set_pmd()',
      source: `${MAIL}; in 2.6.24, i386`,
      expects: [...LEAVES_ANOTHER, ...BY_RULES],
    },
    'flush-preempt-off': {
      about:
        'the same, with preemption off in the flush: no difference while the rules hold, no help where R1 is broken',
      source: `${MAIL}: the patch under discussion`,
      expects: [...FLUSH_STAYS, ...BY_RULES],
    },
    'flush-set-pgd-64': {
      about: 'flush behind set_pgd() in the 64-bit fault handler; the 32-bit one stays as it is',
      source: FLUSH_64,
      needs: { paging: 'compare64' },
      expects: [
        ...RULES.map((rule): Expectation => ({
          when: { ...brokenBy(rule), checks: '1' },
          fails: RULE_SIGNATURE[rule],
        })),
        ...UNFLUSHED.filter(({ when }) => when?.paging === 'shadow'),
        { when: { paging: 'direct', queue: 'inf' }, ...LOOPS_OR_IS_INTERRUPTED },
        { when: { paging: 'direct' }, fails: VMALLOC_REFAULT },
        ...LEAVES_ANOTHER,
        ...BY_RULES,
      ],
    },
    'enter-preempt-off': {
      about: 'entering lazy mode disables preemption, so that a caller who has it on does no harm',
      source: 'b9ef323ea168 (powerpc, 2022), a1d416bf9faf (sparc, 2025), with the flush of the fault handler',
      expects: whereBroken(
        RULES.filter((rule) => rule !== 'R1'),
        RULES.filter((rule) => rule !== 'R1'),
        [...R1_DOES_NO_HARM, ...HOLDS],
      ),
    },
    'task-flag-no-flush': {
      about:
        'the mode follows the task over a context switch and reads as none in interrupts, but a fault is no interrupt',
      source: 'x86 from 2009 to 2013, from memory; the oops of 3.6.10 in the bug tracker',
      expects: whereBroken(OF_TASK, [], UNFLUSHED),
    },
    'task-flag': {
      about: 'the same, with the flush in the fault handler',
      source: `x86 since 2009, from memory, and ${FLUSH_64}`,
      expects: whereBroken(OF_TASK, OF_TASK, [...R1_DOES_NO_HARM, ...HOLDS]),
    },
    'task-count': {
      about: 'counters of the task: sections nest, the fault handler pauses them, interrupts ignore them',
      source: '691ee97e1a9d, 5ab246749569 (2025)',
      expects: whereBroken(OF_TASK_COUNT, OF_TASK_COUNT, [...R1_DOES_NO_HARM, ...HOLDS]),
    },
    'early-mc-batch': {
      about:
        'flush behind set_pmd(); interrupt flags are saved straight into a per-CPU word, whose address is taken before they are off',
      source: 'xen_mc_batch() of 2.6.23-rc9; the hazard is analysis',
      needs: { ...R1_UNCHECKED, preempt_at: 'flags' },
      expects: [
        ...LEAVES_ANOTHER,
        { when: { broken: 'R1', checks: '0', preempt_at: 'flags' }, fails: FLAGS_MISPLACED, ...OR_LEFT_BEHIND },
        {
          when: { broken: 'R1', checks: '0', preempt_at: 'drawn' },
          fails: UPDATE_STRANDED,
          alsoFails: [BUG_LAZY_MODE, FLAGS_MISPLACED],
          minority: 'the place is drawn, and decides what comes',
        },
        ...BY_RULES,
      ],
    },
  },
  merged: 'flush-set-pmd',
  rows: [
    { name: 'no flush, direct paging', variant: 'buggy' },
    { name: 'no flush, queue of one', variant: 'buggy', knobs: { queue: '1' } },
    { name: 'no flush, queue without limit', variant: 'buggy', knobs: { queue: 'inf' } },
    { name: 'no flush, shadow paging', variant: 'buggy', knobs: { paging: 'shadow' } },
    { name: 'no flush, 64 bit', variant: 'buggy', knobs: { paging: 'compare64' } },
    { name: 'flush, rules hold', variant: 'flush-set-pmd', knobs: { migrate: 'always' } },
    { name: 'flush with preemption off, rules hold', variant: 'flush-preempt-off', knobs: { migrate: 'always' } },
    { name: 'flush, R1 broken', variant: 'flush-set-pmd', knobs: R1_BEFORE_FLUSH },
    { name: 'flush with preemption off, R1 broken', variant: 'flush-preempt-off', knobs: R1_BEFORE_FLUSH },
    {
      name: 'flush with preemption off, R1 broken, preempted between mode and update',
      variant: 'flush-preempt-off',
      knobs: { ...R1_UNCHECKED, preempt_at: 'set_pte' },
    },
    { name: 'flush, R1 broken and checked', variant: 'flush-set-pmd', knobs: { broken: 'R1' } },
    { name: 'flush, kmap in lazy mode', variant: 'flush-set-pmd', knobs: { broken: 'R2' } },
    { name: 'flush, kmap_atomic with preemption on and checked', variant: 'flush-set-pmd', knobs: { broken: 'R3' } },
    {
      name: 'flush, kmap_atomic with preemption on',
      variant: 'flush-set-pmd',
      knobs: { broken: 'R3', checks: '0', migrate: 'always', preempt_at: 'kmap' },
    },
    { name: 'flush, vmalloc sync with interrupts on and checked', variant: 'flush-set-pmd', knobs: { broken: 'R4' } },
    {
      name: 'flush, vmalloc sync with interrupts on',
      variant: 'flush-set-pmd',
      knobs: { broken: 'R4', checks: '0', migrate: 'always', preempt_at: 'fault' },
    },
    { name: 'flush, lazy mode for kernel PTEs: asserted only', variant: 'flush-set-pmd', knobs: { broken: 'A' } },
    {
      name: 'flush, lazy mode for kernel PTEs under a lock: no harm by itself',
      variant: 'flush-set-pmd',
      knobs: { broken: 'A', checks: '0', migrate: 'always' },
    },
    { name: 'flush, a user mapping needed in lazy mode', variant: 'flush-set-pmd', knobs: { broken: 'B' } },
    { name: 'flush, lazy mode in an interrupt', variant: 'flush-set-pmd', knobs: { broken: 'C' } },
    {
      name: 'flush, page attributes changed in an interrupt',
      variant: 'flush-set-pmd',
      knobs: { broken: 'D', checks: '0' },
    },
    { name: 'PTE copy, swap_map in lazy mode, no flush', variant: 'buggy', knobs: { section: 'copy' } },
    { name: 'PTE copy, swap_map in lazy mode, flush', variant: 'flush-set-pmd', knobs: { section: 'copy' } },
    {
      name: 'PTE copy, kmap in copy_one_pte',
      variant: 'flush-set-pmd',
      knobs: { section: 'copy', broken: 'R2', checks: '0' },
    },
    {
      name: 'PTE copy, kmap in front of lazy mode',
      variant: 'flush-set-pmd',
      knobs: { section: 'copy', broken: 'R2', kmap_at: 'before' },
    },
    {
      name: 'PTE copy, kmap where another task is to run',
      variant: 'flush-set-pmd',
      knobs: { section: 'copy', broken: 'R2', kmap_at: 'break' },
    },
    { name: 'flush of 64 bit', variant: 'flush-set-pgd-64' },
    { name: 'flush of 64 bit on 32 bit', variant: 'flush-set-pgd-64', knobs: { paging: 'shadow' } },
    { name: 'early xen_mc_batch, R1 broken', variant: 'early-mc-batch' },
    { name: 'early xen_mc_batch, rules hold', variant: 'early-mc-batch', knobs: { broken: 'none', checks: '1' } },
    { name: 'enter disables preemption, R1 broken by the caller', variant: 'enter-preempt-off', knobs: R1_UNCHECKED },
    { name: 'mode of the task, R1 broken', variant: 'task-flag', knobs: R1_UNCHECKED },
    { name: 'mode of the task, 64 bit, no flush', variant: 'task-flag-no-flush', knobs: { paging: 'compare64' } },
    { name: 'counters of the task, R1 broken', variant: 'task-count', knobs: R1_UNCHECKED },
    { name: 'counters of the task, lazy mode in an interrupt', variant: 'task-count', knobs: { broken: 'C' } },
  ],
} satisfies Omit<ActorFacts, 'interrupts' | 'cpus' | 'phases' | 'delays'>;
