/**
 * Goal: a store of an entry in which the hardware may set D fails, in whatever trial it is made; one of an entry that is gone, read-only,
 * or keeps D does not. Method: one CPU.
 */
import test from 'ava';
import { LOST_DIRTY } from '../../lib/machine/signatures.js';
import { outcomeSignature } from '../../lib/machine/outcome.js';
import { native_ptep_get_and_clear, native_set_pte_at, ptep_set_wrprotect, pte_clear } from '../../lib/mm/nativePte.js';
import { _PAGE_DIRTY, _PAGE_PRESENT, _PAGE_RW, pfn_pte } from '../../lib/mm/pgtable.js';
import { boot, isAbandoned } from '../machine/boot.js';

const [P, RW, D] = [_PAGE_PRESENT, _PAGE_RW, _PAGE_DIRTY];
const SIGNATURES = [LOST_DIRTY];

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
