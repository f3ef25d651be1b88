/** What the instances of numa-protnone hold, and their first state. */
import { WORD, struct, words, type KnobValues } from '../../lib/sdk/index.js';
import {
  PAGE_MAPPING_ANON,
  PG_swapbacked,
  PG_uptodate,
  STRUCT_PAGE,
  _PAGE_ACCESSED,
  _PAGE_DIRTY,
  _PAGE_PRESENT,
  _PAGE_RW,
  _PAGE_USER,
  pfn_pte,
} from '../../lib/sdk/mm.js';
import { INVALID_P2M_ENTRY, _PAGE_GLOBAL, _PAGE_PROTNONE, _PAGE_SPECIAL, type NumaRules } from '../../lib/sdk/xen.js';
import type { ABOUT } from './about.js';

/** One process: a VMA of one anonymous page. */
export const MM = struct({
  /** Guards `vm_flags`. A spinlock: readers exclude one another too. */
  mmap_sem: WORD,
  /** Guards the entry and the counters. */
  page_table_lock: WORD,
  vm_flags: WORD,
  pte: WORD,
  /** The PFN that the entry should lead to, 0 for none: what the checks go by. Cleared before the entry is, set before it is. */
  truth: WORD,
  rss_file: WORD,
  rss_anon: WORD,
  /** The first entry written that broke I15, and the step that wrote it; a note for the report. */
  mistagged: WORD,
  mistagged_at: WORD,
});

/** Pages of the guest: PFN 0, which is reserved, one page for each process, and a free one. */
const PFNS = 4;
const MFNS = 16;
export const PFN_A = 1;
export const PFN_B = 2;

/** The instance: the process that changes its protection, the frames of the machine, the process that owns the wrong page, the pages. */
export const INSTANCE = struct({
  a: words(MM.WORDS),
  p2m: words(PFNS),
  /** Times that the guest has been saved and restored. */
  restored: WORD,
  owned: WORD,
  m2p: words(MFNS),
  b: words(MM.WORDS),
  pages: words(PFNS * STRUCT_PAGE.WORDS),
});

/** @kernel VM_READ and so on, include/linux/mm.h */
export const VM_READ = 1;
export const VM_WRITE = 2;
export const VM_ACCESS = 7;
const VM_MAY = 0x70;
const VM_ACCOUNT = 0x100000;
export const VM_ANON = VM_MAY | VM_ACCOUNT;

/** What the processes store to their pages. */
export const CONTENT_A = 0xaaaa;
export const CONTENT_B = 0xbbbb;

export interface Config extends NumaRules {
  readonly form: string;
  readonly reader: string;
  readonly touch: string;
  /** I15 and I16 fail the trial where they are broken, not only by what the kernel itself notices. */
  readonly strict: boolean;
  /** [fix protnone-vma] hinting entries are PROT_NONE entries; the VMA tells them apart. */
  readonly protnone: boolean;
  /** [fix vma-check] a fault in an inaccessible VMA is no hinting fault. */
  readonly vmaCheck: boolean;
  /** [1667918b6483 +] mprotect() takes a hinting entry back before it changes the protection. */
  readonly clearsHints: boolean;
  /** do_page_fault() looks at the VMA first: a process that may not reach its page gets a SIGSEGV. */
  readonly accessError: boolean;
  /** MFN of each page, before and after a restore. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Name of the kernel in reports: the variant. */
  readonly release: string;
}

/** Word index of the process that changes its protection. */
export const mmA = (instance: number): number => instance + INSTANCE.a;
/** Word index of the process that owns the wrong page. */
export const mmB = (instance: number): number => instance + INSTANCE.b;
export const pageOf = (instance: number, pfn: number): number => instance + INSTANCE.pages + pfn * STRUCT_PAGE.WORDS;

/** Where the guest's pages lie in the machine: in a big guest the MFNs are numbers of its own pages too, in a small one they are not. Without a hypervisor they are the same. */
function frames(
  guest: string,
  pfn0: string,
): { readonly before: readonly number[]; readonly after: readonly number[] } {
  const first = (mfn: number): number => (pfn0 === 'mapped' ? mfn : INVALID_P2M_ENTRY);
  if (guest === 'native') return { before: [0, 1, 2, 3], after: [0, 1, 2, 3] };
  if (guest === 'big') return { before: [first(4), 2, 1, 3], after: [first(4), 3, 2, 1] };
  return { before: [first(8), 9, 10, 11], after: [first(12), 13, 14, 15] };
}

/** Returns what a variant does to the helpers; everything else is as in 3.12.7. */
function rulesOf(
  variant: string,
): Pick<
  Config,
  'translated' | 'numa' | 'numaMask' | 'specialWith' | 'pvFlags' | 'pvNuma' | 'protnone' | 'vmaCheck' | 'clearsHints'
> {
  const softBit = variant === 'soft-bit' || variant === 'soft-bit-special';
  const numa = softBit ? _PAGE_SPECIAL : _PAGE_PROTNONE;
  const protnone = variant === 'protnone-vma' || variant === 'protnone-vma-check';
  return {
    translated: variant === 'xen-present' ? _PAGE_PRESENT | _PAGE_PROTNONE | numa : _PAGE_PRESENT,
    numa,
    numaMask: numa | _PAGE_PRESENT | (softBit ? _PAGE_PROTNONE : 0),
    specialWith:
      { 'soft-bit': _PAGE_PRESENT, 'soft-bit-special': _PAGE_PRESENT | _PAGE_PROTNONE }[variant] ?? _PAGE_SPECIAL,
    pvFlags: variant === 'pv-flags',
    pvNuma: variant === 'pv-numa' || softBit,
    protnone,
    vmaCheck: variant === 'protnone-vma-check',
    clearsHints: variant !== 'before-1667918b' && !protnone,
  };
}

/** Returns what a variant and its knobs mean for the protocol. */
export function configure(variant: string, knobs: KnobValues<typeof ABOUT.knobs>): Config {
  return Object.freeze({
    ...rulesOf(variant),
    ...frames(knobs.guest, knobs.pfn0),
    p2m: INSTANCE.p2m,
    m2p: INSTANCE.m2p,
    owned: INSTANCE.owned,
    pfns: PFNS,
    mfns: MFNS,
    setsGlobal: knobs.xen_global && knobs.guest !== 'native',
    accessError: true,
    form: knobs.form,
    reader: knobs.reader,
    touch: knobs.touch,
    strict: knobs.checks === 'invariants',
    release: variant,
  });
}

/** Returns the protection bits of an entry in a VMA with these flags. @kernel protection_map, mm/mmap.c */
export function vm_get_page_prot(vm_flags: number): number {
  if ((vm_flags & VM_ACCESS) === 0) return _PAGE_PROTNONE;
  return _PAGE_PRESENT | _PAGE_USER | ((vm_flags & VM_WRITE) === 0 ? 0 : _PAGE_RW);
}

/** The first process has touched nothing yet; the second one's page is in use. */
export function reset(mem: Int32Array, instance: number, c: Config): void {
  for (let w = instance; w < instance + INSTANCE.WORDS; w++) mem[w] = 0;
  mem[mmA(instance) + MM.vm_flags] = VM_ANON | VM_READ | VM_WRITE;
  resetFrames(mem, instance, c);
  resetOwner(mem, instance, c);
}

/** A frame that is not the guest's has some PFN of another domain's in the m2p. */
function resetFrames(mem: Int32Array, instance: number, c: Config): void {
  for (let mfn = 0; mfn < MFNS; mfn++) mem[instance + INSTANCE.m2p + mfn] = mfn % PFNS;
  for (let pfn = 0; pfn < PFNS; pfn++) {
    const mfn = c.before[pfn];
    mem[instance + INSTANCE.p2m + pfn] = mfn;
    if (mfn === INVALID_P2M_ENTRY) continue;
    mem[instance + INSTANCE.m2p + mfn] = pfn;
    mem[instance + INSTANCE.owned] |= 1 << mfn;
  }
}

function resetOwner(mem: Int32Array, instance: number, c: Config): void {
  const mm = mmB(instance);
  const page = pageOf(instance, PFN_B);
  const global = c.setsGlobal ? _PAGE_GLOBAL : 0;
  mem[mm + MM.vm_flags] = VM_ANON | VM_READ | VM_WRITE;
  mem[mm + MM.pte] = pfn_pte(
    c.before[PFN_B],
    _PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED | _PAGE_DIRTY | global,
  );
  mem[mm + MM.truth] = PFN_B;
  mem[mm + MM.rss_anon] = 1;
  mem[page + STRUCT_PAGE.flags] = PG_uptodate | PG_swapbacked;
  mem[page + STRUCT_PAGE.count] = 1;
  mem[page + STRUCT_PAGE.mapcount] = 1;
  mem[page + STRUCT_PAGE.mapping] = ((mm + MM.pte) << 1) | PAGE_MAPPING_ANON;
  mem[page + STRUCT_PAGE.content] = CONTENT_B;
  mem[pageOf(instance, 0) + STRUCT_PAGE.count] = 1;
}

const nameIn = (fields: Record<string, number>, at: number): string =>
  Object.keys(fields).find((name) => fields[name] === at) ?? `+${at}`;

/** Returns the name of the word at `offset` of an instance. */
export function symbol(offset: number): string {
  if (offset < INSTANCE.a + MM.WORDS) return `mm.${nameIn(MM, offset - INSTANCE.a)}`;
  if (offset >= INSTANCE.pages) {
    const at = offset - INSTANCE.pages;
    return `page[${Math.floor(at / STRUCT_PAGE.WORDS)}].${nameIn(STRUCT_PAGE, at % STRUCT_PAGE.WORDS)}`;
  }
  if (offset >= INSTANCE.b) return `owner_mm.${nameIn(MM, offset - INSTANCE.b)}`;
  if (offset >= INSTANCE.m2p) return `m2p[${offset - INSTANCE.m2p}]`;
  if (offset === INSTANCE.owned) return 'owned';
  return offset === INSTANCE.restored ? 'restored' : `p2m[${offset - INSTANCE.p2m}]`;
}
