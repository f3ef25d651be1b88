/** What the hypervisor does in a hypercall. Called on the guest CPU's thread by multicall.ts and the race xen-pin. */

import { READ_ONCE, WRITE_ONCE, atomic_fetch_and, atomic_fetch_or, checkWord, cmpxchg } from '../../machine/access.js';
import type { Cpu } from '../../machine/cpu.js';
import { checkFlag } from '../../machine/given.js';
import { checkDirty } from '../../mm/nativePte.js';
import { endWindow, raceWindow } from '../../machine/windows.js';
import { BUG } from '../../kernel/bug.js';
import { lockdep_is_held } from '../../kernel/spinlock.js';
import { _PAGE_ACCESSED, _PAGE_DIRTY, _PAGE_RW } from '../../mm/pgtable.js';
import { tlbFlushCpu } from '../../mm/tlb.js';
import { LOCK_BIGLOCK, UNLOCK_BIGLOCK, type Domain } from './domain.js';
import { get_page_type, put_page_type } from './pageType.js';
import { PGT_count_mask, PGT_l1_page_table, PGT_pinned, PGT_type_mask, PGT_writable_page, PT_PAGE } from './ptPage.js';

/** What an entry of a multicall asks for. */
export const MMU = Object.freeze({
  /** Make the page read-only in the guest's linear map. */
  update_va_mapping_ro: 1,
  /** Make it writable there. */
  update_va_mapping_rw: 2,
  MMUEXT_PIN_TABLE: 3,
  MMUEXT_UNPIN_TABLE: 4,
} as const);

/** Signature of a PTE page that is pinned or unpinned without the lock that was promised. */
export const PTE_PAGE_UNGUARDED = 'pte-page-unguarded';

/** Signature of an mmu_update that the hypervisor has refused. */
export const MMU_UPDATE_FAILED = 'mmu-update-failed';

/** -EINVAL */
const EINVAL = 22;

/**
 * Executes one entry of a multicall under the domain lock; returns 0 or a negative error number. `argument` is the page
 * type for MMUEXT_PIN_TABLE, and the level of the page (1: a PTE page) otherwise. From the moment when a PTE page
 * becomes read-only until it is typed, and from untyped to writable, the lock that the domain promises is held (I3).
 * The windows lie behind the entry, where the lock is free: other CPUs' faults come in between two entries of one
 * multicall.
 *
 * @kernel do_multicall, xen/common/multicall.c, with do_update_va_mapping and do_mmuext_op, xen/arch/x86/mm.c
 */
export function executeEntry(cpu: Cpu, domain: Domain, op: number, page: number, argument: number): number {
  if (domain.promisedLock !== null && isPtePage(op, argument)) checkPromise(cpu, domain.promisedLock, op, page);
  LOCK_BIGLOCK(cpu, domain);
  const result = execute(cpu, domain, op, page, argument);
  UNLOCK_BIGLOCK(cpu, domain);
  if (op === MMU.update_va_mapping_ro) {
    if (argument === 1) raceWindow(cpu, domain.windowReadOnlyNotTyped);
  } else if (op === MMU.MMUEXT_UNPIN_TABLE) raceWindow(cpu, domain.windowUntypedNotWritable);
  return result;
}

function isPtePage(op: number, argument: number): boolean {
  return argument === (op === MMU.MMUEXT_PIN_TABLE ? PGT_l1_page_table : 1);
}

function checkPromise(cpu: Cpu, promised: 'page' | number, op: number, page: number): void {
  const ptl = promised === 'page' ? page + PT_PAGE.ptl : cpu.instance + promised;
  if (!lockdep_is_held(cpu, ptl))
    BUG(cpu, PTE_PAGE_UNGUARDED, 'I3: a PTE page is pinned or unpinned without its PTE lock', op, page, ptl);
}

function execute(cpu: Cpu, domain: Domain, op: number, page: number, argument: number): number {
  switch (op) {
    case MMU.update_va_mapping_ro:
      return makeReadOnly(cpu, domain, page);
    case MMU.update_va_mapping_rw:
      return makeWritable(cpu, domain, page);
    case MMU.MMUEXT_PIN_TABLE:
      return pinTable(cpu, domain, page, argument);
    case MMU.MMUEXT_UNPIN_TABLE:
      return unpinTable(cpu, domain, page);
    default:
      return -EINVAL;
  }
}

/**
 * Makes a page read-only. The entry is written first and the writable reference dropped after it: from the write on,
 * guest stores fault.
 */
function makeReadOnly(cpu: Cpu, domain: Domain, page: number): number {
  const old = READ_ONCE(cpu, page + PT_PAGE.lin);
  WRITE_ONCE(cpu, page + PT_PAGE.lin, old & ~_PAGE_RW);
  if ((old & _PAGE_RW) !== 0) put_page_type(cpu, domain, page);
  return 0;
}

/**
 * Makes a page writable. The writable reference is taken first, and refused while the page is a page table in use.
 * Stale translations go.
 */
function makeWritable(cpu: Cpu, domain: Domain, page: number): number {
  const old = READ_ONCE(cpu, page + PT_PAGE.lin);
  if ((old & _PAGE_RW) !== 0) return 0;
  for (let c = 0; c < cpu.cpus; c++) tlbFlushCpu(cpu, c);
  if (!get_page_type(cpu, domain, page, PGT_writable_page)) return -EINVAL;
  WRITE_ONCE(cpu, page + PT_PAGE.lin, old | _PAGE_RW);
  return 0;
}

/** Pins a table. One flush serves all pages that the pin gives a new type: Xen skips CPUs that have flushed since a page was let go. */
function pinTable(cpu: Cpu, domain: Domain, page: number, type: number): number {
  for (let c = 0; c < cpu.cpus; c++) tlbFlushCpu(cpu, c);
  if (!get_page_type(cpu, domain, page, type)) return -EINVAL;
  atomic_fetch_or(cpu, page + PT_PAGE.type, PGT_pinned);
  endWindow(cpu, domain.windowReadOnlyNotTyped);
  return 0;
}

function unpinTable(cpu: Cpu, domain: Domain, page: number): number {
  if ((atomic_fetch_and(cpu, page + PT_PAGE.type, ~PGT_pinned) & PGT_pinned) === 0) return -EINVAL;
  put_page_type(cpu, domain, page);
  return 0;
}

/**
 * Writes one PTE by its machine address; `seen` was read of it before. Under the big lock that works whatever the page is at
 * the moment. Without it the page's type is looked at, then a reference in that type is taken, and refused if the type has
 * changed in between: the guest stops with a BUG. With `preserveAD`, the accessed and dirty bits that the entry has by then
 * stay set.
 *
 * @kernel do_mmu_update with MMU_NORMAL_PT_UPDATE or MMU_PT_UPDATE_PRESERVE_AD, xen/arch/x86/mm.c. Differs: one PTE; takes `seen`, for the check
 */
export function HYPERVISOR_mmu_update(
  cpu: Cpu,
  domain: Domain,
  page: number,
  ptep: number,
  val: number,
  seen: number,
  preserveAD: boolean,
): number {
  if ((page | 0) !== page) checkWord('HYPERVISOR_mmu_update: page', page);
  if ((val | 0) !== val) checkWord('HYPERVISOR_mmu_update: val', val);
  if ((seen | 0) !== seen) checkWord('HYPERVISOR_mmu_update: seen', seen);
  checkFlag('HYPERVISOR_mmu_update: preserveAD', preserveAD);
  if (domain.bigLock) LOCK_BIGLOCK(cpu, domain);
  else getItsType(cpu, domain, page);
  let old = READ_ONCE(cpu, ptep);
  for (;;) {
    const wanted = preserveAD ? val | (old & (_PAGE_ACCESSED | _PAGE_DIRTY)) : val;
    const found = cmpxchg(cpu, ptep, old, wanted);
    if (found === old) break;
    old = found;
  }
  if (domain.bigLock) UNLOCK_BIGLOCK(cpu, domain);
  else put_page_type(cpu, domain, page);
  checkDirty(cpu, ptep, old, seen, preserveAD ? val | _PAGE_DIRTY : val);
  return old;
}

/** Takes a reference in the type that the page has, a page table's or none: then it is data to the hypervisor, and writable. */
function getItsType(cpu: Cpu, domain: Domain, page: number): void {
  const word = READ_ONCE(cpu, page + PT_PAGE.type);
  const type = (word & PGT_count_mask) === 0 ? PGT_writable_page : word & PGT_type_mask;
  raceWindow(cpu, domain.windowTypeInFlux);
  const taken = get_page_type(cpu, domain, page, type);
  endWindow(cpu, domain.windowTypeInFlux);
  if (!taken)
    BUG(cpu, MMU_UPDATE_FAILED, 'I2: mmu_update is refused: the type of the page is in flux', -EINVAL, page, type);
}

/**
 * Loads a page-table root for this CPU: a reference to the new one, then the old one's is dropped. `page` 0 is the
 * kernel's own root, which is always there.
 *
 * @kernel new_guest_cr3, xen/arch/x86/mm.c
 */
export function new_guest_cr3(cpu: Cpu, domain: Domain, from: number, to: number, type: number): boolean {
  if ((from | 0) !== from) checkWord('new_guest_cr3: from', from);
  if ((to | 0) !== to) checkWord('new_guest_cr3: to', to);
  if ((type | 0) !== type) checkWord('new_guest_cr3: type', type);
  LOCK_BIGLOCK(cpu, domain);
  const taken = to === 0 || get_page_type(cpu, domain, to, type);
  if (taken && from !== 0) put_page_type(cpu, domain, from);
  UNLOCK_BIGLOCK(cpu, domain);
  return taken;
}
