/**
 * A page table of three levels in one instance: the root (frame 0), a PMD page (frame 1) and PTE pages (from frame 2 on),
 * all of them plain writable memory at first, as a fork leaves them.
 */
import { _PAGE_PRESENT, _PAGE_RW, pfn_pte } from '../../../lib/mm/pgtable.js';
import { ptPageOf, ptPageWords, type Domain } from '../../../lib/arch/xen/domain.js';
import { LOST_DIRTY } from '../../../lib/machine/signatures.js';
import { MMU, MMU_UPDATE_FAILED, PTE_PAGE_UNGUARDED, executeEntry } from '../../../lib/arch/xen/hypercall.js';
import {
  PGT_count_mask,
  PGT_l1_page_table,
  PGT_l3_page_table,
  PGT_pinned,
  PGT_writable_page,
  PT_PAGE,
  typeName,
} from '../../../lib/arch/xen/ptPage.js';
import { SIGNATURES, boot, type Machine } from '../../machine/boot.js';

export const ENTRIES = 4;
export const W_RO_NOT_TYPED = 0;
export const W_UNTYPED_NOT_RW = 1;
const W_TYPE_IN_FLUX = 1;

/** Word 0 is the domain's lock, word 1 a PTE lock, the pages begin at word 16. */
export const DOMAIN: Domain = {
  lock: 0,
  pages: 16,
  bigLock: true,
  promisedLock: null,
  entries: ENTRIES,
  windowReadOnlyNotTyped: W_RO_NOT_TYPED,
  windowUntypedNotWritable: W_UNTYPED_NOT_RW,
  windowTypeInFlux: W_TYPE_IN_FLUX,
};

export interface Tables extends Machine {
  /** Word indexes of the pages, root first. */
  readonly pages: readonly number[];
  /** `L1 2 pinned RO`: type, references, and how the linear map has the page. */
  readonly state: (page: number) => string;
  /** Executes one entry on CPU 0. */
  readonly execute: (op: keyof typeof MMU, page: number, argument?: number) => number;
}

export function bootTables(ptePages = 2, cpus = 2): Tables {
  const signatures = [...SIGNATURES, LOST_DIRTY, MMU_UPDATE_FAILED, PTE_PAGE_UNGUARDED];
  const machine = boot({ cpus, words: 16 + (2 + ptePages) * ptPageWords(ENTRIES), ringEntries: 4096, signatures });
  const { mem, at } = machine;
  const pages = Array.from({ length: 2 + ptePages }, (_, frame) => ptPageOf(DOMAIN, at, frame));
  const table = _PAGE_PRESENT | _PAGE_RW;
  for (const page of pages) {
    mem[page + PT_PAGE.lin] = pfn_pte(page, table);
    mem[page + PT_PAGE.type] = PGT_writable_page | 1;
  }
  mem[pages[0] + PT_PAGE.entries] = pfn_pte(1, _PAGE_PRESENT);
  for (let i = 0; i < Math.min(ptePages, ENTRIES); i++) {
    mem[pages[1] + PT_PAGE.entries + i] = pfn_pte(2 + i, table);
    mem[pages[2 + i] + PT_PAGE.entries] = pfn_pte(0x100 + i, table);
  }
  const state = (page: number): string => {
    const type = mem[page + PT_PAGE.type];
    const pinned = (type & PGT_pinned) !== 0 ? ' pinned' : '';
    return `${typeName(type)} ${type & PGT_count_mask}${pinned} ${(mem[page + PT_PAGE.lin] & _PAGE_RW) !== 0 ? 'RW' : 'RO'}`;
  };
  const execute = (op: keyof typeof MMU, page: number, argument = 1): number =>
    executeEntry(machine.cpus[0], DOMAIN, MMU[op], page, argument);
  return { ...machine, pages, state, execute };
}

/** Makes every page read-only and pins the root: the table is in use. */
export function pinAll({ pages, execute }: Tables): void {
  for (const page of pages) execute('update_va_mapping_ro', page);
  execute('MMUEXT_PIN_TABLE', pages[0], PGT_l3_page_table);
}

/** Makes one PTE page read-only and pins it alone. */
export function pinL1({ execute }: Tables, page: number): void {
  execute('update_va_mapping_ro', page);
  execute('MMUEXT_PIN_TABLE', page, PGT_l1_page_table);
}
