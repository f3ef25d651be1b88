/** What the instances of hash-batch hold, and their first state. */
import { RaceFault, WORD, fieldAt, struct, type ContextSwitch, type KnobValues } from '../../lib/sdk/index.js';
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
 * The instance: the address space, its PTE pages, the auditor's counts, the pages, then the hash table; behind it what some knobs
 * need besides. All in front of the hash table fits into one line, since each line more costs a trial a tenth of its time.
 */
export const MM = struct({
  /** Guards the file's rmap; held over the whole of unmap_mapping_range(). */
  i_mmap_lock: WORD,
  /** Guards every PTE where PTE locks are not split. */
  page_table_lock: WORD,
  native_tlbie_lock: WORD,
  /** CPUs that run the address space; bit b is CPU b. CPU 0 is another process's, unless it takes mmap_sem. */
  cpu_vm_mask: WORD,
});
/** What mprotect(), mremap() and fork() have beside that. */
export const SEM = struct({
  /** 1 while CPU 0 has it for writing: nobody else's fault gets any further meanwhile. */
  mmap_sem: WORD,
  /** 1 once CPU 0 has flushed: what it has taken away, rights or pages, is gone. */
  done: WORD,
});
/** What the MMUs beside the hash table have, before the slots of the TSB. */
export const OTHER_MMU = struct({
  /** Pages whose translations CPU 0 still owes a flush; bit b is page b. CPU 0's own. */
  pending: WORD,
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

/** ppc64's hash table; sparc64's TSB; a TLB that software fills, and what it does about an entry that may be there already. */
export type Mmu = 'hash' | 'tsb' | 'blind' | 'probe' | 'demap';

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
  readonly op: KnobValues<typeof ABOUT.knobs>['op'];
  readonly mprotect: boolean;
  readonly grants: boolean;
  /** CPU 0 moves pages to other addresses; each is `ptePages` behind its old one. */
  readonly mremap: boolean;
  /** CPU 0 write-protects PTEs in place, and a child shares the pages. */
  readonly fork: boolean;
  /** CPU 0 takes single pages out, as reclaim does: never in lazy MMU mode. */
  readonly rmap: boolean;
  /** mmap_sem keeps faults out meanwhile. */
  readonly hasSem: boolean;
  /** [before 2.6.15] one lock for all PTEs, which is held until the gather is finished. */
  readonly lockOverGather: boolean;
  /** What stands between PTEs and processor. */
  readonly mmu: Mmu;
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
  /** Word of SEM, and of OTHER_MMU, of instances that have them. */
  readonly semWords: number;
  readonly otherMmu: number;
  readonly words: number;
}

export const pteOf = (mm: number, i: number): number => mm + MM.WORDS + i * PTE_PAGE.WORDS + PTE_PAGE.pte;
export const mmap_sem = (mm: number, c: Config): number => mm + c.semWords + SEM.mmap_sem;
export const doneFlag = (mm: number, c: Config): number => mm + c.semWords + SEM.done;
export const pendingPages = (mm: number, c: Config): number => mm + c.otherMmu + OTHER_MMU.pending;
export const tsbSlot = (mm: number, c: Config, i: number): number => mm + c.otherMmu + OTHER_MMU.WORDS + i;
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

/** Variants that say something about the hash table alone. */
const OF_THE_HASH_TABLE = ['no-tlbie', 'primary-only', 'lazy-preempt', 'lazy-preempt-flush', 'lazy-preempt-off'];

/** Refuses another MMU where the model has nothing for it. */
function checkMmu(variant: string, { mmu, op }: Pick<KnobValues<typeof ABOUT.knobs>, 'mmu' | 'op'>): void {
  if (mmu === 'hash') return;
  if (OF_THE_HASH_TABLE.includes(variant))
    throw new RaceFault(
      `race hash-batch: variant ${variant} is about the hash table: it goes with mmu=hash, not ${mmu}`,
    );
  if (op !== 'unmap' && op !== 'mprotect')
    throw new RaceFault(`race hash-batch: mmu=${mmu} goes with op=unmap and op=mprotect, not ${op}`);
}

/** Returns the number of pages that have a PTE. */
function pagesOf(op: string, ptePages: number): number {
  if (op === 'mremap') return 2 * ptePages;
  return op === 'kernel' ? ptePages + 2 : ptePages;
}

/** Returns what a variant and its knobs mean for the protocol. */
export function configure(variant: string, knobs: KnobValues<typeof ABOUT.knobs>): Config {
  checkMmu(variant, knobs);
  const kernel = knobs.op === 'kernel';
  const hasSem = ['mprotect', 'mremap', 'fork'].includes(knobs.op);
  const ptePages = knobs.pte_pages;
  const pages = pagesOf(knobs.op, ptePages);
  const counts = MM.WORDS + pages * PTE_PAGE.WORDS;
  const pageFrames = counts + pages;
  const htab = groupAligned(pageFrames + 2 * pages * PAGE.WORDS);
  const semWords = htab + hashTableWords(GROUPS - 1);
  const otherMmu = semWords + (hasSem ? SEM.WORDS : 0);
  const lazyMmu = !['buggy', 'unsplit-ptl', 'flush-pending', 'ptl-over-gather'].includes(variant);
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
    splitPtl: variant !== 'unsplit-ptl' && variant !== 'ptl-over-gather',
    lockOverGather: variant === 'ptl-over-gather',
    flushBeforeUnlock: variant === 'flush-pending',
    lazyMmu,
    leaveAfterUnlock: variant === 'leave-after-unlock',
    promises: ['flush-pending', 'lazy-mmu', 'flush-before-set'].includes(variant),
    flushBeforeSet: variant === 'flush-before-set',
    op: knobs.op,
    mprotect: knobs.op === 'mprotect',
    mremap: knobs.op === 'mremap',
    fork: knobs.op === 'fork',
    rmap: knobs.op === 'rmap',
    hasSem,
    mmu: knobs.mmu,
    semWords,
    otherMmu,
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
    words: knobs.mmu === 'hash' ? otherMmu : otherMmu + OTHER_MMU.WORDS + pages,
  });
}

/** A group fills a cache line; the harness puts four words in front of an instance. */
function groupAligned(offset: number): number {
  return Math.ceil((offset + 4) / 16) * 16 - 4;
}

/** Every page is mapped and hashed, with the rights that the knob says; the other slots are free, or other processes'. */
export function reset(mem: Int32Array, mm: number, c: Config): void {
  for (let w = mm; w < mm + c.words; w++) mem[w] = 0;
  mem[mm + MM.cpu_vm_mask] = c.hasSem ? ALL : ALL_BUT_CPU_0;
  if (c.full) fillGroups(mem, mm, c);
  const mapped = c.mremap ? c.ptePages : c.pages;
  for (let i = 0; i < mapped; i++) {
    if (c.mmu === 'hash') resetPage(mem, mm, c, i);
    else resetElsewhere(mem, mm, c, i);
  }
}

/** Without a hash table: the TSB, if there is one, has the translation. */
function resetElsewhere(mem: Int32Array, mm: number, c: Config, i: number): void {
  const dirty = c.rights === 'rw';
  const flags = PPC_PAGE.PRESENT | PPC_PAGE.USER | PPC_PAGE.ACCESSED | (isWritable(c, i) ? PPC_PAGE.RW : 0);
  mem[pteOf(mm, i)] = makePpcPte(oldFrame(i), dirty ? flags | PPC_PAGE.DIRTY : flags);
  if (c.mmu === 'tsb') mem[tsbSlot(mm, c, i)] = hpte_encode_r(oldFrame(i)) | HPTE_R.R | (dirty ? PP_RWRW : PP_RXRX);
  mem[pageOfFrame(mm, c, oldFrame(i)) + PAGE.count] = 1;
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
  if (offset >= c.otherMmu + OTHER_MMU.WORDS) return `tsb[${offset - c.otherMmu - OTHER_MMU.WORDS}]`;
  if (offset >= c.otherMmu) return fieldAt(OTHER_MMU, offset - c.otherMmu);
  if (offset >= c.semWords) return fieldAt(SEM, offset - c.semWords);
  const slot = Math.floor((offset - c.table.htab) / HPTE_WORDS);
  const word = (offset - c.table.htab) % HPTE_WORDS === HPTE_R_WORD ? 'r' : 'v';
  return `htab[${Math.floor(slot / HPTES_PER_GROUP)}].hpte[${slot % HPTES_PER_GROUP}].${word}`;
}
