/**
 * Page-table entries of x86. Used on a CPU's thread by races, lib/arch/xen and lib/arch/paravirt, and on the host by
 * reports.
 */

/**
 * Bits of an x86 page-table entry. A PTE is one 32-bit word: 20 bits of frame number, 12 of flags.
 * Differs from PAE and x86-64: one word, no NX; what needs the two halves of a PAE entry models them apart.
 *
 * @kernel include/asm-x86/pgtable.h
 */
export const _PAGE_PRESENT = 0x001;
/** @kernel _PAGE_RW */
export const _PAGE_RW = 0x002;
/** @kernel _PAGE_USER */
export const _PAGE_USER = 0x004;
/** @kernel _PAGE_ACCESSED */
export const _PAGE_ACCESSED = 0x020;
/** @kernel _PAGE_DIRTY */
export const _PAGE_DIRTY = 0x040;
/** @kernel PAGE_SHIFT */
export const PAGE_SHIFT = 12;
/** Start of the kernel's linear map. @kernel PAGE_OFFSET, i386 with the usual 3:1 split */
export const PAGE_OFFSET = 0xc0000000;

/**
 * @kernel pfn_pte
 */
export function pfn_pte(pfn: number, flags: number): number {
  return (pfn << PAGE_SHIFT) | flags;
}

/**
 * @kernel pte_pfn
 */
export function pte_pfn(pte: number): number {
  return pte >>> PAGE_SHIFT;
}

/**
 * @kernel pte_present
 */
export function pte_present(pte: number): boolean {
  return (pte & _PAGE_PRESENT) !== 0;
}

/**
 * @kernel pte_young
 */
export function pte_young(pte: number): boolean {
  return (pte & _PAGE_ACCESSED) !== 0;
}

/**
 * @kernel pte_mkold
 */
export function pte_mkold(pte: number): number {
  return pte & ~_PAGE_ACCESSED;
}
