/** What the instances of hash-batch hold, and their first state. */
import { WORD, fieldAt, struct, type ContextSwitch, type KnobValues } from '../../lib/sdk/index.js';
import {
  HPTE_R,
  HPTE_R_WORD,
  HPTE_V,
  HPTE_WORDS,
  HPTES_PER_GROUP,
  PPC_PAGE,
  PREEMPT_ENTER,
  PREEMPT_LEAVE,
  PREEMPT_QUEUE,
  PREEMPT_REST,
  PP_RWRW,
  PP_RXRX,
  groupOf,
  hashTableWords,
  hpte_encode_r,
  hpte_encode_v,
  makePpcPte,
  makeVpn,
  ppc64ContextSwitch,
  slotBits,
  type HashTable,
  type MultiHit,
} from '../../lib/sdk/ppc64.js';
import type { ABOUT } from './about.js';

/**
 * The instance: the address space, its PTE pages, the auditor's counts, the pages, then the hash table; with op=mprotect what
 * that needs behind it. All in front of the hash table fits into one line, since each line more costs a trial a tenth of its time.
 */
export const MM = struct({
  /** Guards the file's rmap; held over the whole of unmap_mapping_range(). */
  i_mmap_lock: WORD,
  /** Guards every PTE where PTE locks are not split. */
  page_table_lock: WORD,
  native_tlbie_lock: WORD,
  /** CPUs that run the address space; bit b is CPU b. CPU 0 is another process's, unless it calls mprotect(). */
  cpu_vm_mask: WORD,
});
/** What op=mprotect has beside that. */
export const MPROTECT = struct({
  /** 1 while mprotect() has it for writing: nobody else's fault gets any further meanwhile. */
  mmap_sem: WORD,
  /** 1 once mprotect() has flushed: the old rights are gone. */
  protected: WORD,
});
/** One PTE page: its lock, and the one PTE that is modelled, guarded by the lock against everybody but hash_page. */
export const PTE_PAGE = struct({ ptl: WORD, pte: WORD });
/** One page of memory: 1 while somebody owns it, and a word of what is in it. */
export const PAGE = struct({ count: WORD, content: WORD });

const VSID = 0x2a;
/** Other processes' segments; any two of them differ. */
const OTHER_VSID = 0x100;
const FIRST_PFN = 0x100;
/** Groups of the table: a page's primary and its secondary group are the two. */
const GROUPS = 2;
const ALL = -1;
const ALL_BUT_CPU_0 = -2;

export interface Config {
  /** Each PTE page has its own lock; [fix -] every PTE lock is mm.page_table_lock. */
  readonly splitPtl: boolean;
  /** [fix mail +] flush the pending batch before the PTE lock goes. */
  readonly flushBeforeUnlock: boolean;
  /** [fix a741e679 +] a batch is kept in lazy MMU mode alone. */
  readonly lazyMmu: boolean;
  /** Leave lazy MMU mode only after the PTE lock is gone. */
  readonly leaveAfterUnlock: boolean;
  /** The variant promises an empty batch and no orphaned entry when the PTE lock goes (I6, I10). */
  readonly promises: boolean;
  /** [candidate +] flush the pending batch before a new PTE is set in the place of the old one. */
  readonly flushBeforeSet: boolean;
  /** CPU 0 changes PTEs in place: gives the right to store, or takes it. */
  readonly mprotect: boolean;
  readonly grants: boolean;
  /** CPU 0 clears PTEs of the kernel's own range, which has no PTE lock, so that lazy MMU mode can be preempted. */
  readonly kernel: boolean;
  /** Where CPU 0's task gives its CPU up; -1: drawn for each trial. */
  readonly preemptAt: number;
  /** [fix b9ef323e +] lazy MMU mode disables preemption. */
  readonly lazyDisablesPreemption: boolean;
  readonly contextSwitch: ContextSwitch;
  readonly rights: string;
  readonly write: boolean;
  readonly secondary: boolean;
  readonly full: boolean;
  /** What the hardware does with two entries of a page; null: drawn for each trial. */
  readonly onDuplicate: MultiHit | null;
  readonly freeAtUnlock: boolean;
  readonly warmTlb: boolean;
  /** PTE pages that are unmapped. */
  readonly ptePages: number;
  /** Virtual pages that have a PTE: those of the range; with `kernel` two more, that the threads and CPU 0's task use. */
  readonly pages: number;
  readonly pageFrames: number;
  readonly table: HashTable;
  /** Word of MPROTECT. */
  readonly mprotectWords: number;
  readonly words: number;
}

export const pteOf = (mm: number, i: number): number => mm + MM.WORDS + i * PTE_PAGE.WORDS + PTE_PAGE.pte;
export const mmap_sem = (mm: number, c: Config): number => mm + c.mprotectWords + MPROTECT.mmap_sem;
export const protectedFlag = (mm: number, c: Config): number => mm + c.mprotectWords + MPROTECT.protected;
export const vpnOfPage = (i: number): number => makeVpn(VSID, i);
/** Frames come in pairs: the page that is mapped at first, and the one that a fault maps in its place. */
export const oldFrame = (i: number): number => FIRST_PFN + 2 * i;
export const newFrame = (i: number): number => FIRST_PFN + 2 * i + 1;
export const pageOfFrame = (mm: number, c: Config, pfn: number): number =>
  mm + c.pageFrames + (pfn - FIRST_PFN) * PAGE.WORDS;

/** Returns the lock of the PTEs in a PTE page: its own, or the address space's where PTE locks are not split. */
export function pte_lockptr(mm: number, c: Config, i: number): number {
  return c.splitPtl ? mm + MM.WORDS + i * PTE_PAGE.WORDS + PTE_PAGE.ptl : mm + MM.page_table_lock;
}

const ON_DUPLICATE: Readonly<Record<string, MultiHit | null>> = {
  'machine-check': 'machine-check',
  refault: 'weaker',
  stale: 'weaker-load',
  seed: null,
};

/** What `preempt_at` names. */
const PLACES: Readonly<Record<string, number>> = {
  drawn: -1,
  enter: PREEMPT_ENTER,
  queue: PREEMPT_QUEUE,
  rest: PREEMPT_REST,
  leave: PREEMPT_LEAVE,
};

/** Returns what a variant and its knobs mean for the protocol. */
export function configure(variant: string, knobs: KnobValues<typeof ABOUT.knobs>): Config {
  const kernel = knobs.op === 'kernel';
  const ptePages = knobs.pte_pages;
  const pages = ptePages + (kernel ? 2 : 0);
  const counts = MM.WORDS + pages * PTE_PAGE.WORDS;
  const pageFrames = counts + pages;
  const htab = groupAligned(pageFrames + 2 * pages * PAGE.WORDS);
  const mprotectWords = htab + hashTableWords(GROUPS - 1);
  const lazyMmu = !['buggy', 'unsplit-ptl', 'flush-pending'].includes(variant);
  const table: HashTable = Object.freeze({
    htab,
    mask: GROUPS - 1,
    native_tlbie_lock: MM.native_tlbie_lock,
    cpu_vm_mask: MM.cpu_vm_mask,
    counts,
    firstVpn: vpnOfPage(0),
    pages,
    preemptible: kernel,
    needFlushPins: variant === 'lazy-preempt-flush' || variant === 'lazy-preempt-off',
    flushTlbie: variant !== 'no-tlbie',
    flushSearchesPrimary: variant === 'primary-only',
    evicts: knobs.fill === 'full',
  });
  return Object.freeze({
    splitPtl: variant !== 'unsplit-ptl',
    flushBeforeUnlock: variant === 'flush-pending',
    lazyMmu,
    leaveAfterUnlock: variant === 'leave-after-unlock',
    promises: ['flush-pending', 'lazy-mmu', 'flush-before-set'].includes(variant),
    flushBeforeSet: variant === 'flush-before-set',
    mprotect: knobs.op === 'mprotect',
    mprotectWords,
    grants: knobs.rights === 'ro',
    kernel,
    preemptAt: PLACES[knobs.preempt_at],
    lazyDisablesPreemption: variant === 'lazy-preempt-off',
    contextSwitch: ppc64ContextSwitch(table, variant === 'lazy-preempt-flush' || variant === 'lazy-preempt-off'),
    rights: knobs.rights,
    write: knobs.access === 'store',
    secondary: knobs.group === 'secondary',
    full: knobs.fill === 'full',
    onDuplicate: ON_DUPLICATE[knobs.on_duplicate],
    freeAtUnlock: knobs.page_free === 'unlock',
    warmTlb: knobs.tlb === 'warm',
    ptePages,
    pages,
    pageFrames,
    table,
    words: knobs.op === 'mprotect' ? mprotectWords + MPROTECT.WORDS : mprotectWords,
  });
}

/** A group fills a cache line; the harness puts four words in front of an instance. */
function groupAligned(offset: number): number {
  return Math.ceil((offset + 4) / 16) * 16 - 4;
}

/** Every page is mapped and hashed, with the rights that the knob says; the other slots are free, or other processes'. */
export function reset(mem: Int32Array, mm: number, c: Config): void {
  for (let w = mm; w < mm + c.words; w++) mem[w] = 0;
  mem[mm + MM.cpu_vm_mask] = c.mprotect ? ALL : ALL_BUT_CPU_0;
  if (c.full) fillGroups(mem, mm, c);
  for (let i = 0; i < c.pages; i++) resetPage(mem, mm, c, i);
}

/** Page `i` has the slot i / GROUPS of its group: neighbours hash to different groups. */
function resetPage(mem: Int32Array, mm: number, c: Config, i: number): void {
  const dirty = c.rights === 'rw' ? PPC_PAGE.DIRTY : 0;
  const slot = Math.floor(i / GROUPS);
  const inGroup = slotBits(c.secondary ? slot | 8 : slot);
  const hpte = mm + c.table.htab + (groupOf(c.table, vpnOfPage(i), c.secondary) + slot) * HPTE_WORDS;
  const flags = PPC_PAGE.PRESENT | PPC_PAGE.USER | PPC_PAGE.ACCESSED | PPC_PAGE.HASHPTE;
  const writable = isWritable(c, i) ? PPC_PAGE.RW : 0;
  mem[pteOf(mm, i)] = makePpcPte(oldFrame(i), flags | writable | dirty | inGroup);
  mem[hpte] = hpte_encode_v(vpnOfPage(i)) | HPTE_V.VALID | (c.secondary ? HPTE_V.SECONDARY : 0);
  mem[hpte + HPTE_R_WORD] =
    hpte_encode_r(oldFrame(i)) | HPTE_R.R | HPTE_R.N | (dirty === 0 ? PP_RXRX : PP_RWRW | HPTE_R.C);
  mem[mm + c.table.counts + i] = 1;
  mem[pageOfFrame(mm, c, oldFrame(i)) + PAGE.count] = 1;
}

/**
 * Whether the PTE of page `i` allows stores at first. Where rights=ro, a page that is unmapped is only clean; one that
 * mprotect() works on is read-only, and so are those that a store copies (op=kernel).
 */
function isWritable(c: Config, i: number): boolean {
  return c.rights === 'rw' || !(c.mprotect || (c.kernel && i >= c.ptePages));
}

/** Entries of other processes in every slot; the kernel's own, which are bolted, in the last of each group. */
function fillGroups(mem: Int32Array, mm: number, c: Config): void {
  for (let slot = 0; slot < GROUPS * HPTES_PER_GROUP; slot++) {
    const group = Math.floor(slot / HPTES_PER_GROUP);
    const vsid = OTHER_VSID + 2 * slot;
    const bolted = slot % HPTES_PER_GROUP === HPTES_PER_GROUP - 1 ? HPTE_V.BOLTED : 0;
    const hpte = mm + c.table.htab + slot * HPTE_WORDS;
    mem[hpte] = hpte_encode_v(makeVpn(vsid, group)) | HPTE_V.VALID | bolted;
    mem[hpte + HPTE_R_WORD] = hpte_encode_r(slot) | HPTE_R.R | HPTE_R.N | PP_RXRX;
  }
}

/** Returns the name of the word at `offset` of an instance. */
export function symbol(offset: number, c: Config): string {
  const inArray = (name: string, fields: Record<string, number>, words: number, at: number): string =>
    `${name}[${Math.floor(at / words)}].${fieldAt(fields, at % words)}`;
  if (offset < MM.WORDS) return `mm.${fieldAt(MM, offset)}`;
  if (offset < c.table.counts) return inArray('pte_page', PTE_PAGE, PTE_PAGE.WORDS, offset - MM.WORDS);
  if (offset < c.pageFrames) return `hptes_of_page[${offset - c.table.counts}]`;
  const pagesEnd = c.pageFrames + 2 * c.pages * PAGE.WORDS;
  if (offset < pagesEnd) return inArray('page', PAGE, PAGE.WORDS, offset - c.pageFrames);
  if (offset < c.table.htab) return `pad+${offset - pagesEnd}`;
  if (offset >= c.mprotectWords) return fieldAt(MPROTECT, offset - c.mprotectWords);
  const slot = Math.floor((offset - c.table.htab) / HPTE_WORDS);
  const word = (offset - c.table.htab) % HPTE_WORDS === HPTE_R_WORD ? 'r' : 'v';
  return `htab[${Math.floor(slot / HPTES_PER_GROUP)}].hpte[${slot % HPTES_PER_GROUP}].${word}`;
}
