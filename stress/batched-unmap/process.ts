/** What a thread of the process does: loads and stores through its TLB, and the system call. Called by race.ts. */

import {
  READ_ONCE,
  WRITE_ONCE,
  cmpxchg,
  endWindow,
  enter,
  fail,
  kernelFunction,
  leave,
  raceWindow,
  spin_lock,
  spin_unlock,
  step,
  type Cpu,
} from '../../lib/sdk/index.js';
import {
  OWNED_PAGE,
  PAGE_OWNED,
  _PAGE_RW,
  flush_tlb_page,
  native_ptep_get_and_clear,
  native_set_pte_at,
  pte_present,
  tlbLookup,
  userStore,
} from '../../lib/sdk/mm.js';
import { S, STALE_ACCESS, STALE_RIGHTS, W } from './about.js';
import { FLUSHED_SHIFT, PAGE, PENDING_MASK, RIGHTS, STATE, pageOf, type Config } from './state.js';

const F_CHANGE_PTE_RANGE = kernelFunction('change_pte_range');
const F_ZAP_PTE_RANGE = kernelFunction('zap_pte_range');
const F_FLUSH_TLB_BATCHED_PENDING = kernelFunction('flush_tlb_batched_pending');

/** Stores to the page. The rights are those of the last system call that had returned before. */
export function user_store(cpu: Cpu, at: number): void {
  userStore(cpu, pageOf(at) + PAGE.pte, retireStore, at, at + STATE.frame);
}

function retireStore(cpu: Cpu, at: number, entry: number): void {
  const rights = READ_ONCE(cpu, pageOf(at) + PAGE.rights);
  const owner = READ_ONCE(cpu, at + STATE.frame + OWNED_PAGE.owner);
  const isForbidden = rights !== RIGHTS.WRITE || owner !== PAGE_OWNED;
  if (isForbidden && tlbLookup(cpu, entry) !== 0) staleStore(cpu, pageOf(at), rights);
}

function staleStore(cpu: Cpu, page: number, rights: number): void {
  if (rights === RIGHTS.READ)
    fail(cpu, STALE_RIGHTS, 'I17: a store where the process may only read', page + PAGE.rights, rights);
  else fail(cpu, STALE_ACCESS, 'I17: an access to what is not mapped any more', page + PAGE.rights, rights);
}

/** mprotect(PROT_READ) or munmap() of the page, by a thread that has its mm loaded. */
export function system_call(cpu: Cpu, at: number, page: number, c: Config): void {
  enter(cpu, c.op === 'mprotect' ? F_CHANGE_PTE_RANGE : F_ZAP_PTE_RANGE);
  step(cpu, S.P1);
  spin_lock(cpu, page + PAGE.ptl);
  if (c.looks) flush_tlb_batched_pending(cpu, at, c);
  const pte = READ_ONCE(cpu, page + PAGE.pte);
  if (pte !== 0) {
    const old = native_ptep_get_and_clear(cpu, page + PAGE.pte); // ptep_modify_prot_start(), ptep_get_and_clear()
    if (c.op === 'mprotect') native_set_pte_at(cpu, page + PAGE.pte, old & ~_PAGE_RW);
  }
  spin_unlock(cpu, page + PAGE.ptl);
  if (pte_present(pte)) flush_tlb_page(cpu, at, at + STATE.cpu_vm_mask, 'ipi'); // else nothing has changed
  step(cpu, S.P3);
  WRITE_ONCE(cpu, page + PAGE.rights, c.op === 'mprotect' ? RIGHTS.READ : RIGHTS.GONE);
  leave(cpu);
}

/** Makes good for what reclaim owes, with the PTE lock held. */
function flush_tlb_batched_pending(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_FLUSH_TLB_BATCHED_PENDING);
  step(cpu, S.P2);
  const batch = READ_ONCE(cpu, at + STATE.tlb_flush_batched);
  const pending = batch & PENDING_MASK;
  if (pending !== batch >> FLUSHED_SHIFT) {
    if (c.flushesPending) flush_tlb_page(cpu, at, at + STATE.cpu_vm_mask, 'ipi'); // flush_tlb_mm()
    raceWindow(cpu, W.W_FLUSHED);
    if (c.isCounted) cmpxchg(cpu, at + STATE.tlb_flush_batched, batch, pending | (pending << FLUSHED_SHIFT));
    else WRITE_ONCE(cpu, at + STATE.tlb_flush_batched, 0);
    endWindow(cpu, W.W_FLUSHED);
  }
  leave(cpu);
}
