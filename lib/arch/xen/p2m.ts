/**
 * Translates between the frame numbers of a guest and of the machine. Called on a CPU's thread by the race
 * numa-protnone and numaPte.ts.
 */

import { READ_ONCE, WRITE_ONCE, checkWord } from '../../machine/access.js';
import type { Cpu } from '../../machine/cpu.js';
import { die } from '../../machine/outcome.js';
import { PAGE_SHIFT, _PAGE_PRESENT, _PAGE_USER } from '../../mm/pgtable.js';
import { MULTICALL_FAILED } from './multicall.js';

/**
 * Bit 8 has two meanings on x86: the hardware's Global while an entry is present, PROT_NONE while it is not.
 *
 * @kernel arch/x86/include/asm/pgtable_types.h
 */
export const _PAGE_GLOBAL = 0x100;
export const _PAGE_PROTNONE = _PAGE_GLOBAL;
export const _PAGE_SPECIAL = 0x200;

/** What the p2m holds for a page without a frame. @kernel INVALID_P2M_ENTRY, ~0UL */
export const INVALID_P2M_ENTRY = -1;
/** Machine frames that can be told apart: the owners are bits of one word. */
export const MFNS_MAX = 32;

/**
 * Where an instance keeps who has which machine frame, as word offsets. A guest numbers its pages from 0 (PFN) and its
 * page tables hold the machine's numbers (MFN); the p2m is the guest's, the m2p the hypervisor's and one for the whole
 * machine. Both change in `renumberFrames` alone.
 */
export interface FrameTables {
  /** `pfns` words: MFN of each page of the guest, or INVALID_P2M_ENTRY. */
  readonly p2m: number;
  /** `mfns` words: PFN of each machine frame in the domain that owns it, whichever that is. */
  readonly m2p: number;
  /** One word of the hypervisor's frame table: bit m is set if the guest owns MFN m. */
  readonly owned: number;
  readonly pfns: number;
  readonly mfns: number;
  /** An entry with one of these bits holds an MFN, as the guest takes it: what `xen_pte_val` and `xen_make_pte` go by. */
  readonly translated: number;
  /** Whether the hypervisor makes user entries global, as Xen does for 64-bit guests. */
  readonly setsGlobal: boolean;
}

/**
 * Returns the MFN of a page of the guest, or INVALID_P2M_ENTRY.
 *
 * @kernel get_phys_to_machine, arch/x86/xen/p2m.c
 */
export function get_phys_to_machine(cpu: Cpu, t: FrameTables, pfn: number): number {
  return pfn < t.pfns ? READ_ONCE(cpu, cpu.instance + t.p2m + pfn) : INVALID_P2M_ENTRY;
}

/**
 * Returns the PFN of a machine frame, or -1 if the guest's own table does not agree with the machine's: the frame is
 * not the guest's.
 *
 * @kernel mfn_to_pfn, arch/x86/include/asm/xen/page.h. Differs: no m2p overrides, no identity frames.
 */
export function mfn_to_pfn(cpu: Cpu, t: FrameTables, mfn: number): number {
  if (mfn >= t.mfns) return -1;
  const pfn = READ_ONCE(cpu, cpu.instance + t.m2p + mfn);
  return get_phys_to_machine(cpu, t, pfn) === mfn ? pfn : -1;
}

/**
 * Returns the value of an entry as the rest of the kernel sees it, with a PFN. A frame that is not the guest's is lost:
 * PFN 0, not present.
 *
 * @kernel xen_pte_val and pte_mfn_to_pfn, arch/x86/xen/mmu.c
 */
export function xen_pte_val(cpu: Cpu, t: FrameTables, pte: number): number {
  if ((pte | 0) !== pte) checkWord('xen_pte_val: pte', pte);
  if ((pte & t.translated) === 0) return pte;
  const pfn = mfn_to_pfn(cpu, t, pte >>> PAGE_SHIFT);
  const flags = pte & ((1 << PAGE_SHIFT) - 1);
  return pfn < 0 ? flags & ~_PAGE_PRESENT : (pfn << PAGE_SHIFT) | flags;
}

/**
 * Returns the entry for a value with a PFN. A page without a frame makes an empty entry: `xen_pte_val` does not bring
 * it back.
 *
 * @kernel xen_make_pte and pte_pfn_to_mfn, arch/x86/xen/mmu.c
 */
export function xen_make_pte(cpu: Cpu, t: FrameTables, val: number): number {
  if ((val | 0) !== val) checkWord('xen_make_pte: val', val);
  if ((val & t.translated) === 0) return val;
  const mfn = get_phys_to_machine(cpu, t, val >>> PAGE_SHIFT);
  return mfn === INVALID_P2M_ENTRY ? 0 : (mfn << PAGE_SHIFT) | (val & ((1 << PAGE_SHIFT) - 1));
}

/**
 * Writes an entry of a page table in use. The hypervisor looks at present entries only: it refuses a frame that is not
 * the guest's, and sets Global in a user entry.
 *
 * @kernel xen_set_pte and xen_ptep_modify_prot_commit, arch/x86/xen/mmu.c; mod_l1_entry and adjust_guest_l1e,
 * xen/arch/x86/mm.c. Differs: A and D bits that the hardware sets meanwhile are not modelled.
 */
export function xen_set_pte(cpu: Cpu, t: FrameTables, ptep: number, pte: number): void {
  let entry = pte;
  if ((pte & _PAGE_PRESENT) !== 0) {
    const owned = READ_ONCE(cpu, cpu.instance + t.owned);
    if (((owned >>> (pte >>> PAGE_SHIFT)) & 1) === 0)
      die(cpu, MULTICALL_FAILED, 'multicall(s) failed', ptep, pte, owned);
    if (t.setsGlobal && (pte & _PAGE_USER) !== 0) entry |= _PAGE_GLOBAL;
  }
  WRITE_ONCE(cpu, ptep, entry);
}

/**
 * Whether an entry says what it should of the page `pfn`, 0 for none (I15). A present entry holds the MFN of a frame
 * that the guest owns and both tables agree on; any other holds the PFN. A check of the harness's, of tables that are
 * at rest under the lock of the entry.
 */
export function isTaggedRight(cpu: Cpu, t: FrameTables, entry: number, pfn: number): boolean {
  if ((entry | 0) !== entry) checkWord('isTaggedRight: entry', entry);
  if ((pfn | 0) !== pfn) checkWord('isTaggedRight: pfn', pfn);
  const { instance } = cpu;
  const frame = entry >>> PAGE_SHIFT;
  if (entry === 0 || pfn === 0) return entry === 0 && pfn === 0;
  if ((entry & _PAGE_PRESENT) === 0) return frame === pfn && frame < t.pfns;
  const owned = frame < t.mfns && ((READ_ONCE(cpu, instance + t.owned) >>> frame) & 1) !== 0;
  return owned && READ_ONCE(cpu, instance + t.m2p + frame) === pfn && READ_ONCE(cpu, instance + t.p2m + pfn) === frame;
}

/** Gives the guest other machine frames, as a restore on another host does: page p gets MFN `to[p]`. */
export function renumberFrames(cpu: Cpu, t: FrameTables, to: readonly number[]): void {
  let owned = 0;
  for (let pfn = 0; pfn < t.pfns; pfn++) {
    WRITE_ONCE(cpu, cpu.instance + t.p2m + pfn, to[pfn]);
    if (to[pfn] === INVALID_P2M_ENTRY) continue;
    WRITE_ONCE(cpu, cpu.instance + t.m2p + to[pfn], pfn);
    owned |= 1 << to[pfn];
  }
  WRITE_ONCE(cpu, cpu.instance + t.owned, owned);
}

/**
 * Brings an entry over to other machine frames, as the toolstack does with the page tables of a saved guest: only a
 * present entry is known to hold an MFN, every other is left as it is. `pfn` is what the MFN meant before.
 *
 * Source: canonicalize_pagetable and uncanonicalize_pagetable, tools/libxc/xc_domain_save.c and xc_domain_restore.c.
 */
export function rewriteEntry(cpu: Cpu, ptep: number, entry: number, pfn: number, to: readonly number[]): void {
  if ((entry | 0) !== entry) checkWord('rewriteEntry: entry', entry);
  if ((pfn | 0) !== pfn) checkWord('rewriteEntry: pfn', pfn);
  if ((entry & _PAGE_PRESENT) === 0) return;
  WRITE_ONCE(cpu, ptep, (to[pfn] << PAGE_SHIFT) | (entry & ((1 << PAGE_SHIFT) - 1)));
}
