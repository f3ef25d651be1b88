/** What the instances of lazy-mmu hold, and their first state. */
import { WORD, struct, words, type ContextSwitch, type KnobValues } from '../../lib/sdk/index.js';
import { _PAGE_PRESENT, _PAGE_RW, _PAGE_USER, pfn_pte } from '../../lib/sdk/mm.js';
import {
  MAPPING_WORDS,
  PREEMPT_FAULT,
  PREEMPT_FLAGS,
  PREEMPT_KMAP,
  PREEMPT_LAZY_ENTER,
  PREEMPT_LAZY_FLUSH,
  PREEMPT_LAZY_LEAVE,
  PREEMPT_SET_PTE,
  QUEUE_ROOM,
  RULES,
  paravirtContextSwitch,
  type Rule,
  type RuleChecks,
  type VmallocSync,
} from '../../lib/sdk/paravirt.js';
import { S, type ABOUT } from './about.js';

/** User pages that are unmapped, and kernel pages that are mapped, in one trial. */
export const USER_PAGES = 2;
export const KERNEL_PAGES = 2;

/** The instance. An entry is the guest's word, then its shadow. */
export const MM = struct({
  /** Guards the user PTEs. */
  ptl: WORD,
  /** Guards the kernel's mappings, where the caller takes it (init_mm.page_table_lock). */
  init_mm_lock: WORD,
  /** 0, or 1 once there is a vmalloc area that the accounting uses; written once, by the CPU that makes it. */
  memcg_stat: WORD,
  /** The upper-level entry of the vmalloc area in the mm that exits; changed by the CPUs that have it loaded, without a lock. */
  pmd: words(MAPPING_WORDS),
  /** The same entry of the mm that the other CPUs have loaded. */
  other_pmd: words(MAPPING_WORDS),
  /** The same entry of init_mm, from which the others are copied; written once. */
  init_pmd: words(MAPPING_WORDS),
  /** PTEs of the vmalloc area; all address spaces share them. */
  kernel_pte: words(KERNEL_PAGES * MAPPING_WORDS),
  /** A slot of kmap(). */
  pkmap_pte: words(MAPPING_WORDS),
  /** An entry of the linear map whose attributes are changed. */
  linear_pte: words(MAPPING_WORDS),
  /** PTEs of the process. Guarded by `ptl`. */
  user_pte: words(USER_PAGES * MAPPING_WORDS),
});

/** Page frames. */
export const PFN = Object.freeze({
  user: 0x100,
  vmalloc: 0x200,
  kmap: 0x300,
  vmallocTable: 0x400,
  linear: 0x500,
  anonymous: 0x600,
});

export const kernelPte = (mm: number, i: number): number => mm + MM.kernel_pte + i * MAPPING_WORDS;
export const userPte = (mm: number, i: number): number => mm + MM.user_pte + i * MAPPING_WORDS;

/** The rule that the run breaks; '' for none. */
export type Broken = Rule | '';

export interface Config {
  readonly pv: VmallocSync;
  /** CPU 0 forks: its lazy sections are those of copy_pte_range(). */
  readonly copies: boolean;
  /** Where kmap() is called if R2 is broken. */
  readonly kmapAt: 'inside' | 'before' | 'break';
  readonly broken: Broken;
  /** Tasks can be preempted in every n-th trial; 0 for none. */
  readonly moveEvery: number;
  /** Where the task of CPU 1 gives its CPU up; 0: at one of its first `places`, drawn for each trial. */
  readonly preemptAt: number;
  readonly places: number;
  /** How long the task on CPU 0 waits for it. */
  readonly looks: Looks;
  /** The context switches of the process that exits, of the task on CPU 1, and of a kernel thread. */
  readonly exiting: ContextSwitch;
  readonly creating: ContextSwitch;
  readonly kernelThread: ContextSwitch;
}

/** The race's own place: between the update and its flush. The others belong to the code of lazy mode. */
export const PREEMPT_BEFORE_FLUSH = 8;

/** What `preempt_at` names. */
const PLACES: Readonly<Record<string, number>> = {
  drawn: 0,
  flags: PREEMPT_FLAGS,
  enter: PREEMPT_LAZY_ENTER,
  leave: PREEMPT_LAZY_LEAVE,
  flush: PREEMPT_LAZY_FLUSH,
  set_pte: PREEMPT_SET_PTE,
  kmap: PREEMPT_KMAP,
  fault: PREEMPT_FAULT,
  'before-flush': PREEMPT_BEFORE_FLUSH,
};
/** Looks of a task that lets another have its CPU, at three of its places; none for 0. */
interface Looks {
  readonly begin: number;
  readonly middle: number;
  readonly end: number;
}

/**
 * A place that was chosen is waited for. That of the fault comes late in a trial. What goes wrong at the two others shows only
 * while the task that comes in exchange has something left to do.
 */
function looksFor(preemptAt: string): Looks {
  if (preemptAt === 'drawn') return { begin: 50, middle: 1, end: 1 };
  if (preemptAt === 'fault') return { begin: 0, middle: 0, end: 600 };
  if (preemptAt === 'flags' || preemptAt === 'kmap') return { begin: 300, middle: 300, end: 0 };
  return { begin: 300, middle: 1, end: 300 };
}

/** Places that the task on CPU 1 reaches, about: most of them are in lazy mode. */
const PLACES_OF: Readonly<Partial<Record<Rule, number>>> = { R1: 12, R3: 7, R4: 5 };
const PLACES_OTHERWISE = 3;

/** What a variant changes. */
export interface Fix {
  readonly flushAfterSync?: 'always' | '64-bit';
  readonly flushPreemptOff?: boolean;
  readonly enterPreemptOff?: boolean;
  readonly taskFlag?: boolean;
  readonly taskCount?: boolean;
  readonly flagsToPerCpuWord?: boolean;
}

export const FIXES: Readonly<Record<string, Fix>> = {
  buggy: {},
  'flush-set-pmd': { flushAfterSync: 'always' },
  'flush-preempt-off': { flushAfterSync: 'always', flushPreemptOff: true },
  'flush-set-pgd-64': { flushAfterSync: '64-bit' },
  'enter-preempt-off': { flushAfterSync: 'always', enterPreemptOff: true },
  'task-flag-no-flush': { taskFlag: true },
  'task-flag': { flushAfterSync: 'always', taskFlag: true },
  'task-count': { taskFlag: true, taskCount: true },
  'early-mc-batch': { flushAfterSync: 'always', flagsToPerCpuWord: true },
};

/** Returns what a variant and its knobs mean for the protocol. */
export function configure(variant: string, knobs: KnobValues<typeof ABOUT.knobs>): Config {
  const fix = FIXES[variant];
  const compares = knobs.paging === 'compare64';
  const broken: Broken = RULES.find((rule) => rule === knobs.broken) ?? '';
  const pv: VmallocSync = Object.freeze({
    queueLimit: knobs.queue === 'inf' ? QUEUE_ROOM : Number(knobs.queue),
    hardware: knobs.paging === 'shadow' ? 1 : 0,
    compares,
    flushAfterSync: fix.flushAfterSync === 'always' || (fix.flushAfterSync === '64-bit' && compares),
    flushPreemptOff: fix.flushPreemptOff ?? false,
    enterPreemptOff: fix.enterPreemptOff ?? false,
    taskFlag: fix.taskFlag ?? false,
    taskCount: fix.taskCount ?? false,
    flagsToPerCpuWord: fix.flagsToPerCpuWord ?? false,
    faultEnablesIrqs: broken === 'R4',
    checks: checksOf(fix, broken, knobs.checks),
    steps: { trap: S.T4, sync: S.T5, compare: S.T6, iret: S.T7 },
  });
  return Object.freeze({
    broken,
    pv,
    copies: knobs.section === 'copy',
    kmapAt: knobs.kmap_at,
    moveEvery: { never: 0, sometimes: 8, always: 1 }[knobs.migrate],
    preemptAt: PLACES[knobs.preempt_at],
    looks: looksFor(knobs.preempt_at),
    places: broken === '' ? PLACES_OTHERWISE : (PLACES_OF[broken] ?? PLACES_OTHERWISE),
    exiting: paravirtContextSwitch(pv, MM.pmd),
    creating: paravirtContextSwitch(pv, broken === 'R4' ? -1 : MM.other_pmd),
    kernelThread: paravirtContextSwitch(pv, -1),
  });
}

/**
 * Returns the rules that are asserted. What breaks R1 breaks A as well, and is reported for R1. A mode that belongs to
 * the task does without R1 and A, and does not show in interrupts, so that they cannot break D; counters of the task
 * let them enter it as well.
 */
function checksOf(fix: Fix, broken: Broken, on: boolean): RuleChecks {
  const ofTask = fix.taskFlag ?? false;
  return Object.freeze({
    R1: on && !ofTask,
    R2: on,
    R3: on,
    R4: on,
    A: on && !ofTask && broken !== 'R1',
    B: on,
    C: on && !(fix.taskCount ?? false),
    D: on && !ofTask,
  });
}

/** The process's pages are mapped; of the vmalloc area there is nothing yet. */
export function reset(mem: Int32Array, mm: number): void {
  for (let w = mm; w < mm + MM.WORDS; w++) mem[w] = 0;
  for (let i = 0; i < USER_PAGES; i++)
    setBoth(mem, userPte(mm, i), pfn_pte(PFN.user + i, _PAGE_PRESENT | _PAGE_RW | _PAGE_USER));
  setBoth(mem, mm + MM.linear_pte, pfn_pte(PFN.linear, _PAGE_PRESENT | _PAGE_RW));
}

function setBoth(mem: Int32Array, entry: number, pte: number): void {
  mem[entry] = pte;
  mem[entry + 1] = pte;
}

const FIELDS = Object.keys(MM).filter((name) => name !== 'WORDS') as (keyof typeof MM)[];
const ENTRIES: readonly (keyof typeof MM)[] = [
  'pmd',
  'other_pmd',
  'init_pmd',
  'kernel_pte',
  'pkmap_pte',
  'linear_pte',
  'user_pte',
];

/** Returns the name of the word at `offset` of an instance. */
export function symbol(offset: number): string {
  const name = FIELDS.findLast((field) => MM[field] <= offset) ?? 'ptl';
  const at = offset - MM[name];
  const owner = name.startsWith('init_')
    ? name.replace('init_mm_lock', 'init_mm.page_table_lock').replace('init_pmd', 'init_mm.pmd')
    : name === 'other_pmd'
      ? 'other_mm.pmd'
      : `mm.${name}`;
  if (!ENTRIES.includes(name)) return owner;
  const index = name === 'kernel_pte' || name === 'user_pte' ? `[${Math.floor(at / MAPPING_WORDS)}]` : '';
  return `${owner}${index}${at % MAPPING_WORDS === 0 ? '' : '.shadow'}`;
}
