/**
 * Goal: a store of an entry in which the hardware may set D fails, in whatever trial it is made; one of an entry that is gone, read-only,
 * or keeps D does not. A page that was freed is reached by no translation. Method: one CPU.
 */
import test from 'ava';
import { LOST_DIRTY } from '../../lib/machine/signatures.js';
import { outcomeSignature } from '../../lib/machine/outcome.js';
import { native_ptep_get_and_clear, native_set_pte_at, ptep_set_wrprotect, pte_clear } from '../../lib/mm/nativePte.js';
import {
  OWNED_PAGE,
  PAGE_OWNED,
  STALE_ACCESS,
  freeOwned,
  freePage,
  loadOwned,
  resetOwned,
} from '../../lib/mm/pageOwner.js';
import { tlbFlushCpu } from '../../lib/mm/tlb.js';
import { _PAGE_DIRTY, _PAGE_PRESENT, _PAGE_RW, pfn_pte } from '../../lib/mm/pgtable.js';
import { flush_tlb_func } from '../../lib/mm/tlbFlush.js';
import { boot, isAbandoned } from '../machine/boot.js';

const [P, RW, D] = [_PAGE_PRESENT, _PAGE_RW, _PAGE_DIRTY];
const SIGNATURES = [LOST_DIRTY, STALE_ACCESS];

/** Returns how a trial ends in which `pte` is stored over `before`: its signature, or the entry. */
function stored(before: number, pte: number): string | number {
  const { cpus, mem, at } = boot({ signatures: SIGNATURES });
  const [cpu] = cpus;
  mem[at] = before;
  isAbandoned(() => native_set_pte_at(cpu, at, pte));
  return mem[cpu.outcome] === 0 ? mem[at] : SIGNATURES[outcomeSignature(mem[cpu.outcome])];
}

test('an entry is stored where the hardware cannot set D, or where it stays set', (t) => {
  t.is(stored(0, pfn_pte(2, P | RW)), pfn_pte(2, P | RW));
  t.is(stored(pfn_pte(1, P), pfn_pte(1, P | RW)), pfn_pte(1, P | RW));
  t.is(stored(pfn_pte(1, P | RW), pfn_pte(1, P | RW | D)), pfn_pte(1, P | RW | D));
  t.is(stored(pfn_pte(1, RW | D), 0), 0, 'not present');
  for (const before of [P | RW, P | RW | D]) t.is(stored(pfn_pte(1, before), pfn_pte(1, P)), LOST_DIRTY);
});

test('what is taken out is returned, what is write-protected keeps D', (t) => {
  const { cpus, mem, at } = boot();
  const [cpu] = cpus;
  mem[at] = pfn_pte(1, P | RW | D);
  ptep_set_wrprotect(cpu, at);
  t.is(mem[at], pfn_pte(1, P | D));
  t.is(native_ptep_get_and_clear(cpu, at), pfn_pte(1, P | D));
  t.is(mem[at], 0);
  mem[at] = pfn_pte(1, P);
  pte_clear(cpu, at);
  t.is(mem[at], 0);
});

test('a page that was freed is reached by a translation that was left, and by no walk', (t) => {
  const { cpus, mem, at } = boot({ interrupts: [flush_tlb_func], signatures: SIGNATURES });
  const [cpu] = cpus;
  const page = at + 1;
  mem[at] = pfn_pte(1, P);
  mem[page + OWNED_PAGE.owner] = PAGE_OWNED;
  t.true(loadOwned(cpu, at, page));
  mem[at] = 0;
  freePage(cpu, page + OWNED_PAGE.owner);
  t.is(mem[cpu.outcome], 0);
  isAbandoned(() => loadOwned(cpu, at, page));
  t.is(SIGNATURES[outcomeSignature(mem[cpu.outcome])], STALE_ACCESS);
});

test('a page of which a TLB has a translation is not freed, though nobody uses it; behind a flush it is', (t) => {
  for (const isFlushed of [false, true]) {
    const { cpus, mem, at } = boot({ cpus: 2, words: 80, interrupts: [flush_tlb_func], signatures: SIGNATURES });
    const [freeing, other] = cpus;
    const page = at + 1;
    mem[at] = pfn_pte(1, P);
    resetOwned(mem, page);
    tlbFlushCpu(freeing, other.id);
    t.true(loadOwned(other, at, page));
    t.is(mem[page + OWNED_PAGE.translated + other.id], 1, 'however often it was flushed: trials of a class end alike');
    mem[at] = 0;
    if (isFlushed) tlbFlushCpu(freeing, other.id);
    isAbandoned(() => freeOwned(freeing, page));
    const outcome = mem[freeing.outcome];
    t.is(outcome === 0 ? null : SIGNATURES[outcomeSignature(outcome)], isFlushed ? null : STALE_ACCESS);
  }
});
