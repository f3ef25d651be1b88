/**
 * Goal: a process loads and stores as the hardware lets it: from the TLB while that has the page, whatever the page table says; by a walk
 * that sets the bits A and D; with no interrupt inside.
 * Method: CPUs of one thread; what the access does notes what it is given.
 */
import test from 'ava';
import { boot } from '../machine/boot.js';
import { irqs_disabled } from '../../lib/kernel/irqflags.js';
import { _PAGE_ACCESSED, _PAGE_DIRTY, _PAGE_PRESENT, _PAGE_RW, pfn_pte } from '../../lib/mm/pgtable.js';
import { flush_tlb_func, flush_tlb_page, joinVmMask } from '../../lib/mm/tlbFlush.js';
import { tlbLookup } from '../../lib/mm/tlb.js';
import { userLoad, userStore, type Retire } from '../../lib/mm/userAccess.js';

const [ENTRY, MASK, AT] = [0, 1, 77];
const A = _PAGE_ACCESSED;
const D = _PAGE_DIRTY;

function bootMapping(pte: number) {
  const machine = boot({ cpus: 2, interrupts: [flush_tlb_func] });
  const { mem, at } = machine;
  const entry = at + ENTRY;
  mem[entry] = pte;
  const seen: { at: number; entry: number; pte: number; irqsOff: boolean }[] = [];
  const note: Retire = (cpu, where, of, used) => {
    seen.push({ at: where, entry: of, pte: used, irqsOff: irqs_disabled(cpu) });
  };
  return { ...machine, entry, mask: at + MASK, seen, note };
}

test('a load sets A, a store sets D as well; the access is told what it uses, with interrupts off', (t) => {
  const pte = pfn_pte(5, _PAGE_PRESENT | _PAGE_RW);
  const { cpus, mem, entry, seen, note } = bootMapping(pte);
  t.true(userLoad(cpus[0], entry, note, AT));
  t.is(mem[entry], pte | A);
  t.true(userStore(cpus[0], entry, note, AT));
  t.is(mem[entry], pte | A | D);
  t.deepEqual(seen, [
    { at: AT, entry, pte: pte | A, irqsOff: true },
    { at: AT, entry, pte: pte | A | D, irqsOff: true },
  ]);
  t.false(irqs_disabled(cpus[0]));
});

test('without the rights in TLB and page table it faults, and does nothing', (t) => {
  const { cpus, mem, entry, seen, note } = bootMapping(0);
  t.false(userLoad(cpus[0], entry, note, AT));
  mem[entry] = pfn_pte(5, _PAGE_PRESENT);
  t.false(userStore(cpus[0], entry, note, AT));
  t.is(mem[entry], pfn_pte(5, _PAGE_PRESENT));
  t.deepEqual(seen, []);
});

test('what the TLB has is used until it is flushed, of which a CPU outside the mask hears nothing', (t) => {
  const { cpus, mem, entry, mask, seen, note } = bootMapping(pfn_pte(5, _PAGE_PRESENT | _PAGE_RW));
  const [cpu, other] = cpus;
  joinVmMask(cpu, mask);
  t.is(mem[mask], 1);
  for (const each of cpus) userStore(each, entry, note, AT);
  mem[entry] = 0;
  t.true(userStore(cpu, entry, note, AT));
  flush_tlb_page(cpu, AT, mask, 'ipi');
  t.false(userStore(cpu, entry, note, AT));
  t.not(tlbLookup(other, entry), 0);
  t.is(seen.length, 3);
});
