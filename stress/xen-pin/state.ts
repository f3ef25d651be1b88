/** What the instances of xen-pin hold, and their first state. */
import { WORD, fieldAt, struct, type KnobValues } from '../../lib/sdk/index.js';
import { _PAGE_ACCESSED, _PAGE_PRESENT, _PAGE_RW, _PAGE_USER, pfn_pte, type FlushBackEnd } from '../../lib/sdk/mm.js';
import {
  PG_pinned,
  PGT_l1_page_table,
  PGT_l2_page_table,
  PGT_l3_page_table,
  PGT_pinned,
  PGT_writable_page,
  PT_PAGE,
  ptPageOf,
  ptPageWords,
  type Domain,
} from '../../lib/sdk/xen.js';
import { W, type ABOUT } from './about.js';

/** The instance: the child's mm, the file it maps, the parent's mapping, then the pages. */
export const MM = struct({
  /** The domain's lock in the hypervisor. */
  domain_lock: WORD,
  /** Guards the mm over a whole pin or unpin; every PTE as well where PTE locks are not split. */
  page_table_lock: WORD,
  /** CPUs that use the mm, lazily or not (bit b is CPU b). Each CPU changes its own bit. */
  cpu_vm_mask: WORD,
  /** CPUs whose loaded cr3 is the mm's root. Each CPU changes its own bit. */
  xen_current_cr3: WORD,
  /** Guards `vma_visible`; held over every walk of the rmap. */
  i_mmap_lock: WORD,
  /** 1 while the child's VMA is in the file's prio tree. */
  vma_visible: WORD,
  /** Guards the parent's PTEs. */
  parent_ptl: WORD,
});
/** One page of the file, and the parent's PTE of it. `mapcount` is changed under the PTE lock of the mapping it counts. */
export const FILE_PAGE = struct({ mapcount: WORD, parent_pte: WORD });
export const PGD = 0;
/** Only with PAE. */
export const PMD = 1;
const FILE_PFN = 0x100;

export interface Config {
  readonly splitPtl: boolean;
  /** [fix] 74260714: PTE locks over pin and unpin. */
  readonly lockPte: boolean;
  readonly young: 'raw' | 'set_pte_at' | 'mmu_update' | 'mmu_update_ad' | 'pv_op_mmu_update' | 'pv_op';
  /** [fix] mail #3: in the rmap only while pinned. */
  readonly lateRmap: boolean;
  /** [fix] mail #3 in its sound form: pinned before it is in the rmap, unpinned behind that. */
  readonly pinFirst: boolean;
  /** Whether there is a hypervisor: without one page tables are plain memory, and nothing is pinned. */
  readonly hypervisor: boolean;
  /** [fix 617d34d9e5d8 +] vmalloc_sync_all() takes page_table_lock. */
  readonly pgtLock: boolean;
  readonly dropMmRef: 'full' | 'mask' | 'no';
  readonly flush: FlushBackEnd;
  readonly path: string;
  readonly writer: string;
  readonly accessed: string;
  readonly lazy: string;
  readonly ownMm: boolean;
  /** Three levels of tables instead of two. */
  readonly pae: boolean;
  /** Type that the root is pinned as. */
  readonly rootType: number;
  /** Frame number of the first PTE page; those before it are the upper levels. */
  readonly firstPtePage: number;
  readonly ptePages: number;
  readonly filePages: number;
  readonly domain: Domain;
  readonly words: number;
}

export const ptePage = (mm: number, c: Config, i: number): number => ptPageOf(c.domain, mm, c.firstPtePage + i);
export const filePage = (mm: number, c: Config, i: number): number => mm + c.filePages + i * FILE_PAGE.WORDS;
export const ptepOf = (page: number): number => page + PT_PAGE.entries;

/** The entry of the vmalloc area in an upper level, with writer=vmalloc_sync. */
export const kernelEntryOf = (page: number, c: Config): number => page + PT_PAGE.entries + c.ptePages;

/** Returns the lock of the PTEs in a PTE page: its own, or the mm's where PTE locks are not split. */
export function pte_lockptr(mm: number, c: Config, page: number): number {
  return c.splitPtl ? page + PT_PAGE.ptl : mm + MM.page_table_lock;
}

/** What the proposals are without a hypervisor: the generic helpers load and store, the pv-op is one instruction. */
const BARE_YOUNG = {
  raw: 'raw',
  set_pte_at: 'set_pte_at',
  mmu_update: 'set_pte_at',
  mmu_update_ad: 'set_pte_at',
  pv_op_mmu_update: 'raw',
  pv_op: 'raw',
} as const;

/** Returns what a variant and its knobs mean for the protocol. */
export function configure(variant: string, knobs: KnobValues<typeof ABOUT.knobs>): Config {
  const ptePages = knobs.pte_pages;
  const pae = knobs.pae;
  const firstPtePage = pae ? 2 : 1;
  const entries = knobs.writer === 'vmalloc_sync' ? ptePages + 1 : ptePages;
  const filePages = MM.WORDS + (firstPtePage + ptePages) * ptPageWords(entries);
  const young = {
    'mail1-set-pte-at': 'set_pte_at',
    'mail1-mmu-update': 'mmu_update',
    'mail1-preserve-ad': 'mmu_update_ad',
    'mail2-mmu-update': 'pv_op_mmu_update',
    'mail2-pv-op': 'pv_op',
  } as const;
  const bare = knobs.hypervisor === 'none';
  const how = young[variant as keyof typeof young] ?? 'raw';
  const dropMmRef = { 'exit-no-drop-mm-ref': 'no', 'exit-stale-cr3': 'mask' } as const;
  const splitPtl = knobs.split_ptl && variant !== 'split-ptl-off';
  const lockPte = ['pte-lock', 'pte-lock-ipi', 'exit-no-drop-mm-ref', 'exit-stale-cr3'].includes(variant);
  const promisedLock: Domain['promisedLock'] = splitPtl ? (lockPte ? 'page' : null) : MM.page_table_lock;
  return Object.freeze({
    splitPtl,
    lockPte,
    young: bare ? BARE_YOUNG[how] : how,
    lateRmap: variant === 'mail3-late-rmap',
    pinFirst: variant === 'mail3-pin-first',
    hypervisor: !bare,
    pgtLock: knobs.pgt_lock,
    dropMmRef: dropMmRef[variant as keyof typeof dropMmRef] ?? 'full',
    flush: knobs.flush,
    path: knobs.path,
    writer: knobs.writer,
    accessed: knobs.accessed,
    lazy: knobs.lazy,
    ownMm: knobs.own_mm,
    pae,
    rootType: pae ? PGT_l3_page_table : PGT_l2_page_table,
    firstPtePage,
    ptePages,
    filePages,
    domain: {
      lock: MM.domain_lock,
      bigLock: knobs.biglock,
      pages: MM.WORDS,
      promisedLock,
      entries,
      windowReadOnlyNotTyped: W.W_RO_NOT_PINNED,
      windowUntypedNotWritable: W.W_UNTYPED_NOT_RW,
      windowTypeInFlux: W.W_TYPE_IN_FLUX,
    },
    words: filePages + ptePages * FILE_PAGE.WORDS,
  });
}

/** Before a fork the table is plain memory; before an exit, or while the process runs, it is pinned and in use. */
export function reset(mem: Int32Array, mm: number, c: Config): void {
  const live = c.path === 'exit' || c.path === 'run';
  for (let w = mm; w < mm + c.words; w++) mem[w] = 0;
  const young = c.accessed === 'hw' ? _PAGE_ACCESSED : 0;
  for (let i = 0; i < c.firstPtePage + c.ptePages; i++) resetPage(mem, ptPageOf(c.domain, mm, i), live && c.hypervisor);
  for (let i = 0; i < c.ptePages; i++) {
    mem[ptPageOf(c.domain, mm, c.firstPtePage - 1) + PT_PAGE.entries + i] = pfn_pte(
      c.firstPtePage + i,
      _PAGE_PRESENT | _PAGE_RW | _PAGE_USER,
    );
    const pte = pfn_pte(FILE_PFN + i, _PAGE_PRESENT | _PAGE_RW | _PAGE_USER);
    mem[filePage(mm, c, i) + FILE_PAGE.parent_pte] = pte;
    mem[filePage(mm, c, i) + FILE_PAGE.mapcount] = live ? 2 : 1;
    if (live) mem[ptepOf(ptePage(mm, c, i))] = pte | young;
  }
  if (c.pae) mem[ptPageOf(c.domain, mm, PGD) + PT_PAGE.entries] = pfn_pte(PMD, _PAGE_PRESENT);
  if (live) resetLive(mem, mm, c);
}

function resetPage(mem: Int32Array, page: number, live: boolean): void {
  mem[page + PT_PAGE.lin] = pfn_pte(page, live ? _PAGE_PRESENT : _PAGE_PRESENT | _PAGE_RW);
  mem[page + PT_PAGE.type] = live ? 0 : PGT_writable_page | 1;
  mem[page + PT_PAGE.flags] = live ? PG_pinned : 0;
}

/** CPU 0 runs the mm; with `lazy`, CPU 1's kernel thread still has its cr3: in the mask too, unless it has moved on. */
function resetLive(mem: Int32Array, mm: number, c: Config): void {
  const lazyCr3 = c.lazy === 'off' ? 0 : 2;
  mem[mm + MM.vma_visible] = 1;
  mem[mm + MM.cpu_vm_mask] = c.lazy === 'borrowed' ? 3 : 1;
  mem[mm + MM.xen_current_cr3] = 1 | lazyCr3;
  if (!c.hypervisor) return;
  mem[ptPageOf(c.domain, mm, PGD) + PT_PAGE.type] = c.rootType | PGT_pinned | (lazyCr3 === 0 ? 2 : 3);
  if (c.pae) mem[ptPageOf(c.domain, mm, PMD) + PT_PAGE.type] = PGT_l2_page_table | 1;
  const pte = c.lockPte && c.splitPtl ? PGT_pinned | 2 : 1;
  for (let i = 0; i < c.ptePages; i++) mem[ptePage(mm, c, i) + PT_PAGE.type] = PGT_l1_page_table | pte;
}

/** Returns the name of the word at `offset` of an instance. */
export function symbol(offset: number, c: Config): string {
  if (offset < MM.WORDS) return `mm.${fieldAt(MM, offset)}`;
  if (offset >= c.filePages) {
    const at = offset - c.filePages;
    return `page[${Math.floor(at / FILE_PAGE.WORDS)}].${fieldAt(FILE_PAGE, at % FILE_PAGE.WORDS)}`;
  }
  const pageWords = ptPageWords(c.domain.entries);
  const frame = Math.floor((offset - MM.WORDS) / pageWords);
  const at = (offset - MM.WORDS) % pageWords;
  const page = frame >= c.firstPtePage ? `pte_page[${frame - c.firstPtePage}]` : frame === PGD ? 'pgd' : 'pmd';
  return at < PT_PAGE.entries ? `${page}.${fieldAt(PT_PAGE, at)}` : `${page}.entry[${at - PT_PAGE.entries}]`;
}

/** Actors of the other CPUs, where they are not reclaim. */
const WRITERS: Partial<Record<string, { readonly actor: string; readonly comm: string }>> = {
  truncate: { actor: 'truncate_inode_pages', comm: 'truncate' },
  vmalloc_sync: { actor: 'vmalloc_sync_one', comm: 'modprobe' },
};

/** Which actor a CPU runs, and the name of its task. */
export function role(cpu: number, c: Config): { actor: string; comm: string } {
  if (cpu > 0) return WRITERS[c.writer] ?? { actor: 'shrink_page_list', comm: 'cc1' };
  if (c.path === 'run') return { actor: 'user_store', comm: 'sh' };
  if (c.path === 'exit') return { actor: 'exit_mmap', comm: 'sh' };
  if (c.path === 'exec') return { actor: 'exec_mmap', comm: 'sh' };
  return c.path === 'fork' ? { actor: 'dup_mmap', comm: 'make' } : { actor: 'fork_and_exit', comm: 'make' };
}
