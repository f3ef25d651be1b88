/**
 * Goal: no CPU uses a translation behind the flush that took it away: it is interrupted, or it sees at its next switch that
 * it is behind. Tags are kept, and flushes take no more than they must.
 * Method: CPUs of one thread; a flush that finds others goes on when they have taken their interrupts.
 */
import test from 'ava';
import type { Cpu } from '../../lib/machine/cpu.js';
import { loadedAsid, pcidFill, pcidLookup } from '../../lib/mm/pcidTlb.js';
import { TLB_FLUSH_ALL, flush_tlb_func_remote, flush_tlb_mm_range } from '../../lib/mm/flushTlbMm.js';
import { enter_lazy_tlb, switch_mm } from '../../lib/mm/switchMm.js';
import {
  MM_CONTEXT,
  TLB_NR_DYN_ASIDS,
  loadedMm,
  resetTlbState,
  tlbStateName,
  tlbStateWords,
} from '../../lib/mm/tlbState.js';
import { READ_ONCE } from '../../lib/machine/access.js';
import { boot, look, type Machine } from '../machine/boot.js';

const MMS = 8;
const TLB = MMS * MM_CONTEXT.WORDS;

interface Mms extends Machine {
  readonly tlb: number;
  readonly mm: (i: number) => number;
}

function bootMms(cpus = 2): Mms {
  const machine = boot({ cpus, words: TLB + tlbStateWords(cpus), interrupts: [flush_tlb_func_remote] });
  const { mem, at } = machine;
  const mm = (i: number): number => at + i * MM_CONTEXT.WORDS;
  for (let i = 0; i < MMS; i++) mem[mm(i) + MM_CONTEXT.ctx_id] = 10 + i;
  resetTlbState(mem, at + TLB, cpus);
  return { ...machine, tlb: at + TLB, mm };
}

function fill(cpu: Cpu, key: number): void {
  pcidLookup(cpu, key);
  pcidFill(cpu, key, 0x5003);
}

const caches = (cpu: Cpu, key: number): boolean => pcidLookup(cpu, key) !== 0;

test('an address space that comes back finds its translations under its tag', (t) => {
  const { cpus, tlb, mm } = bootMms();
  const [cpu] = cpus;
  switch_mm(cpu, tlb, mm(0));
  const asid = loadedAsid(cpu);
  fill(cpu, 100);
  switch_mm(cpu, tlb, mm(1));
  t.not(loadedAsid(cpu), asid);
  t.false(caches(cpu, 100));
  switch_mm(cpu, tlb, mm(0));
  t.is(loadedAsid(cpu), asid);
  t.true(caches(cpu, 100));
});

test('more address spaces than tags: the one that lost its tag begins anew', (t) => {
  const { cpus, tlb, mm } = bootMms();
  const [cpu] = cpus;
  for (let i = 0; i <= TLB_NR_DYN_ASIDS; i++) {
    switch_mm(cpu, tlb, mm(i));
    fill(cpu, 100 + i);
  }
  switch_mm(cpu, tlb, mm(0));
  t.false(caches(cpu, 100));
});

test('each CPU is in the mask of what it has loaded, and of nothing else', (t) => {
  const { cpus, mem, tlb, mm } = bootMms();
  for (const cpu of cpus) switch_mm(cpu, tlb, mm(0));
  t.is(mem[mm(0) + MM_CONTEXT.cpumask], 0b11);
  switch_mm(cpus[1], tlb, mm(1));
  t.deepEqual([mem[mm(0) + MM_CONTEXT.cpumask], mem[mm(1) + MM_CONTEXT.cpumask]], [0b01, 0b10]);
  switch_mm(cpus[1], tlb, tlb);
  t.is(mem[mm(1) + MM_CONTEXT.cpumask], 0);
  t.is(mem[tlb + MM_CONTEXT.cpumask], 0, "init_mm's is not kept");
});

test('a CPU that is away during a flush drops everything when it comes back', (t) => {
  const { cpus, tlb, mm } = bootMms();
  const [cpu, other] = cpus;
  switch_mm(other, tlb, mm(0));
  fill(other, 100);
  switch_mm(other, tlb, mm(1));
  flush_tlb_mm_range(cpu, tlb, mm(0), 101);
  t.false(look(other).records.some((r) => r.op === 'irq_enter'));
  switch_mm(other, tlb, mm(0));
  t.false(caches(other, 100));
});

/** The other CPUs take their interrupts at each boundary of the flusher. */
function flushWith(machine: Mms, va: number, freed = false): void {
  const [cpu, ...others] = machine.cpus;
  machine.atBoundaries(cpu, () => {
    for (const other of others) READ_ONCE(other, machine.at);
  });
  flush_tlb_mm_range(cpu, machine.tlb, machine.mm(0), va, freed);
}

test('one page of a CPU that has the address space loaded; the second flush that it missed takes all', (t) => {
  const machine = bootMms();
  const [cpu, other] = machine.cpus;
  for (const c of [cpu, other]) {
    switch_mm(c, machine.tlb, machine.mm(0));
    for (const key of [100, 101]) fill(c, key);
  }
  flushWith(machine, 100);
  for (const c of [cpu, other]) t.deepEqual([caches(c, 100), caches(c, 101)], [false, true]);
  // Raised by a flush that has not got further.
  machine.mem[machine.mm(0) + MM_CONTEXT.tlb_gen]++;
  flushWith(machine, 100);
  for (const c of [cpu, other]) t.false(caches(c, 101));
});

test('all of an address space', (t) => {
  const machine = bootMms();
  const [, other] = machine.cpus;
  switch_mm(other, machine.tlb, machine.mm(0));
  for (const key of [100, 101]) fill(other, key);
  flushWith(machine, TLB_FLUSH_ALL);
  t.deepEqual([caches(other, 100), caches(other, 101)], [false, false]);
});

test('a lazy CPU is left out, and catches up when it goes on with the address space', (t) => {
  const machine = bootMms();
  const [, other] = machine.cpus;
  switch_mm(other, machine.tlb, machine.mm(0));
  fill(other, 100);
  enter_lazy_tlb(other, machine.tlb);
  flushWith(machine, 100);
  t.false(look(other).records.some((r) => r.op === 'irq_enter'));
  t.true(caches(other, 100));
  switch_mm(other, machine.tlb, machine.mm(0));
  t.false(caches(other, 100));
  enter_lazy_tlb(other, machine.tlb);
  fill(other, 100);
  switch_mm(other, machine.tlb, machine.mm(0));
  t.true(caches(other, 100), 'nothing was flushed meanwhile');
});

test('where page tables are freed, a lazy CPU leaves the address space', (t) => {
  const machine = bootMms();
  const [, other] = machine.cpus;
  switch_mm(other, machine.tlb, machine.mm(0));
  enter_lazy_tlb(other, machine.tlb);
  flushWith(machine, TLB_FLUSH_ALL, true);
  t.is(loadedMm(other, machine.tlb), machine.tlb);
  t.is(machine.mem[machine.mm(0) + MM_CONTEXT.cpumask] & 0b10, 0);
});

test('words of the state have names', (t) => {
  t.deepEqual([1, 3, 3 + 4, 3 + 10 + 2, tlbStateWords(1)].map(tlbStateName), [
    'init_mm.tlb_gen',
    'cpu_tlbstate[0].loaded_mm',
    'cpu_tlbstate[0].ctxs[0].ctx_id',
    'cpu_tlbstate[0].ctxs[2].tlb_gen',
    'cpu_tlbstate[1].loaded_mm',
  ]);
});
