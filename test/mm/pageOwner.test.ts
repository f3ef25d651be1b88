/**
 * Goal: a page is freed where no CPU can use a translation of it, and nowhere else: one that is left is found though nobody uses it, and
 * one that a flush, a drop or another entry has taken, or that is flushed before it can be used, is not.
 * Method: CPUs of one thread, on which the test puts translations into TLBs, and takes them.
 */
import test from 'ava';
import type { Cpu } from '../../lib/machine/cpu.js';
import { outcomeSignature } from '../../lib/machine/outcome.js';
import { local_irq_restore, local_irq_save } from '../../lib/kernel/irqflags.js';
import { OWNED_PAGE, PAGE_OWNED, STALE_ACCESS, ownedPageWords, resetOwned } from '../../lib/mm/ownedPage.js';
import { freeOwned, loadOwned } from '../../lib/mm/pageOwner.js';
import { pcidDrop, pcidFill, pcidFlush, pcidLookup } from '../../lib/mm/pcidTlb.js';
import { TLB_FLUSH_ALL, flush_tlb_func_remote, flush_tlb_mm_range } from '../../lib/mm/flushTlbMm.js';
import { EAGER_MASK, enter_lazy_tlb, switch_mm } from '../../lib/mm/switchMm.js';
import {
  CPU_TLB,
  LOADED_MM_SWITCHING,
  MM_CONTEXT,
  resetTlbState,
  tlbStateOf,
  tlbStateWords,
} from '../../lib/mm/tlbState.js';
import { tlbDrop, tlbFill, tlbFlushCpu, tlbLookup } from '../../lib/mm/tlb.js';
import { _PAGE_PRESENT, pfn_pte } from '../../lib/mm/pgtable.js';
import { flush_tlb_func } from '../../lib/mm/tlbFlush.js';
import { boot, isAbandoned, type Machine } from '../machine/boot.js';

const PTE = pfn_pte(1, _PAGE_PRESENT);
/** Words of an instance: an entry, two pages, the contexts of two address spaces, the state of the TLBs. */
const [PAGE, OTHER_PAGE, MM] = [1, 1 + ownedPageWords(2), 1 + 2 * ownedPageWords(2)];
const OTHER_MM = MM + MM_CONTEXT.WORDS;
const TLB = OTHER_MM + MM_CONTEXT.WORDS;
const ADDRESS = 0x7f001;

interface Booted extends Machine {
  readonly freeing: Cpu;
  readonly other: Cpu;
  readonly page: number;
  readonly tlb: number;
  readonly mm: number;
  readonly otherMm: number;
}

function booted(): Booted {
  const interrupts = [flush_tlb_func, flush_tlb_func_remote];
  const machine = boot({ cpus: 2, words: TLB + tlbStateWords(2), interrupts, signatures: [STALE_ACCESS] });
  const { mem, at, cpus } = machine;
  mem[at] = PTE;
  for (const page of [at + PAGE, at + OTHER_PAGE]) resetOwned(mem, page, 2);
  resetTlbState(mem, at + TLB, 2);
  [MM, OTHER_MM].forEach((mm, i) => (mem[at + mm + MM_CONTEXT.ctx_id] = 1 + i));
  const [freeing, other] = cpus;
  return { ...machine, freeing, other, page: at + PAGE, tlb: at + TLB, mm: at + MM, otherMm: at + OTHER_MM };
}

/** Returns whether what is done fails the trial as a stale access. */
function isStale(cpu: Cpu, what: () => void): boolean {
  isAbandoned(what);
  return cpu.mem[cpu.outcome] !== 0 && outcomeSignature(cpu.mem[cpu.outcome]) === 0;
}

const isStaleAtFree = ({ freeing, page, tlb, mm }: Booted): boolean =>
  isStale(freeing, () => freeOwned(freeing, page, tlb, mm));

function fill(cpu: Cpu, key: number, page: number): void {
  const flags = local_irq_save(cpu);
  tlbLookup(cpu, key);
  tlbFill(cpu, key, PTE, page);
  local_irq_restore(cpu, flags);
}

function fillTagged(cpu: Cpu, key: number, page: number): void {
  const flags = local_irq_save(cpu);
  pcidLookup(cpu, key);
  pcidFill(cpu, key, PTE, page);
  local_irq_restore(cpu, flags);
}

test('a page that a TLB has is not freed, though nobody uses it; behind a flush it is, by whom that may be', (t) => {
  for (const flusher of [null, 0, 1]) {
    const m = booted();
    tlbFlushCpu(m.freeing, m.other.id);
    t.true(loadOwned(m.other, m.at, m.page));
    t.not(
      m.mem[m.page + OWNED_PAGE.translated + m.other.id],
      0,
      'however often it was flushed: trials of a class end alike',
    );
    m.mem[m.at] = 0;
    if (flusher !== null) tlbFlushCpu(m.cpus[flusher], m.other.id);
    t.is(isStaleAtFree(m), flusher === null);
  }
});

test('a page that was freed behind a flush is reached by no walk, and by a translation that was left', (t) => {
  const m = booted();
  m.mem[m.at] = 0;
  t.false(isStaleAtFree(m));
  t.false(loadOwned(m.other, m.at, m.page));
  m.mem[m.at] = PTE;
  t.true(loadOwned(m.other, m.at, m.page), 'the walk caches, and does not use it');
  t.true(isStale(m.other, () => loadOwned(m.other, m.at, m.page)));
});

test('of two addresses of a page, each has to be dropped', (t) => {
  for (const [dropped, stale] of [
    [[], true],
    [[ADDRESS], true],
    [[ADDRESS, ADDRESS + 1], false],
  ] as const) {
    const m = booted();
    for (const key of [ADDRESS, ADDRESS + 1]) fill(m.other, key, m.page);
    for (const key of dropped) tlbDrop(m.other, key);
    t.is(isStaleAtFree(m), stale);
  }
});

test('an entry whose place another one has taken is gone, though its place is in use behind a flush', (t) => {
  const { other } = booted();
  fill(other, 0, 0);
  let key = 0;
  while (tlbLookup(other, 0) !== 0) fill(other, ++key, 0);
  for (const page of [0, OTHER_PAGE])
    for (const isFlushed of [false, true]) {
      const m = booted();
      fill(m.other, 0, m.page);
      if (isFlushed) tlbFlushCpu(m.other, m.other.id);
      fill(m.other, key, page === 0 ? 0 : m.at + page);
      t.false(isStaleAtFree(m));
    }
});

test('what one page has in a TLB says nothing of another', (t) => {
  const m = booted();
  fill(m.other, ADDRESS, m.page);
  tlbFlushCpu(m.freeing, m.other.id);
  fill(m.other, ADDRESS + 1, m.at + OTHER_PAGE);
  t.false(isStaleAtFree(m));
  t.true(isStale(m.freeing, () => freeOwned(m.freeing, m.at + OTHER_PAGE)));
});

/** CPU 1 uses the page under the tag of its address space. */
function usedUnderTag(): Booted {
  const m = booted();
  switch_mm(m.other, m.tlb, m.mm);
  fillTagged(m.other, ADDRESS, m.page);
  return m;
}

/** Raises the generation of the address space, as a flush does that interrupts nobody. */
function raise({ mem, mm }: Booted): void {
  mem[mm + MM_CONTEXT.tlb_gen]++;
}

test('under a tag that is loaded it is found, whatever the generation says, until it is dropped or flushed', (t) => {
  for (const [take, stale] of [
    [() => undefined, true],
    [raise, true],
    [({ other }: Booted) => pcidDrop(other, ADDRESS), false],
    [({ other }: Booted) => pcidDrop(other, ADDRESS + 1), true],
    [({ other }: Booted) => pcidFlush(other), false],
  ] as const) {
    const m = usedUnderTag();
    take(m);
    t.is(isStaleAtFree(m), stale);
  }
});

test('under a tag that is not loaded it is harmless if the CPU will flush it, and is not if it will not', (t) => {
  for (const isBehind of [true, false]) {
    const m = usedUnderTag();
    switch_mm(m.other, m.tlb, m.otherMm);
    if (isBehind) raise(m);
    t.is(isStaleAtFree(m), !isBehind);
  }
});

test('a CPU that has given the tag to another address space has nothing of the page', (t) => {
  const m = usedUnderTag();
  const own = tlbStateOf(m.tlb, m.other.id);
  const asid = m.mem[own + CPU_TLB.loaded_mm_asid];
  switch_mm(m.other, m.tlb, m.otherMm);
  m.mem[own + CPU_TLB.ctx_id + asid] = 7;
  t.false(isStaleAtFree(m));
});

test('a CPU in lazy mode is not interrupted, and flushes when it leaves it: harmless; behind no flush it is not', (t) => {
  for (const isFlushed of [true, false]) {
    const m = usedUnderTag();
    enter_lazy_tlb(m.other, m.tlb);
    m.mem[m.at] = 0;
    if (isFlushed) flush_tlb_mm_range(m.freeing, m.tlb, m.mm, TLB_FLUSH_ALL);
    t.is(isStaleAtFree(m), !isFlushed);
    if (isFlushed)
      t.false(
        isStale(m.other, () => switch_mm(m.other, m.tlb, m.mm)),
        'it catches up',
      );
  }
});

test('a CPU that is changing looks itself, when it has', (t) => {
  const form = { ...EAGER_MASK, leavesMask: false };
  for (const word of [CPU_TLB.loaded_mm, CPU_TLB.on_its_way]) {
    const m = usedUnderTag();
    const at = tlbStateOf(m.tlb, m.other.id) + word;
    const before = m.mem[at];
    m.mem[at] = LOADED_MM_SWITCHING;
    t.false(isStaleAtFree(m));
    m.mem[at] = before;
    switch_mm(m.other, m.tlb, m.otherMm, -1, form);
    t.true(isStale(m.other, () => switch_mm(m.other, m.tlb, m.mm, -1, form)));
  }
});

test('a page of a TLB with tags is freed with their state, one in a TLB is filled with interrupts off', (t) => {
  const m = usedUnderTag();
  t.throws(() => freeOwned(m.freeing, m.page), { message: /tlb and mm must be given/ });
  t.throws(() => tlbFill(m.other, ADDRESS, PTE, m.page), { message: /interrupts off/ });
  t.throws(() => pcidFill(m.other, ADDRESS, PTE, m.page), { message: /interrupts off/ });
  t.is(m.mem[m.at + OTHER_PAGE + OWNED_PAGE.owner], PAGE_OWNED);
});

test('a page has words for the CPUs of a race, which are no guess', (t) => {
  t.is(ownedPageWords(2), OWNED_PAGE.translated + 2);
  for (const cpus of [0, 65, 1.5, Number.NaN]) t.throws(() => ownedPageWords(cpus), { instanceOf: RangeError });
});
