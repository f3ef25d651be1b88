/**
 * Goal: a translation stays until its own CPU's TLB is flushed, also when the page table says otherwise by then; nothing
 * survives into the next trial; a flush between a lookup and its fill is not undone.
 * Method: two CPUs of one thread fill, flush and look.
 */
import test from 'ava';
import { tlbDrop, tlbFill, tlbFlushCpu, tlbLookup } from '../../lib/mm/tlb.js';
import { beginTrial, boot } from '../machine/boot.js';

const PTE = 0x5003;

test('a miss, then the walk, then hits', (t) => {
  const [cpu] = boot().cpus;
  t.is(tlbLookup(cpu, 100), 0);
  tlbFill(cpu, 100, PTE);
  t.is(tlbLookup(cpu, 100), PTE);
  t.is(tlbLookup(cpu, 100), PTE);
  t.is(tlbLookup(cpu, 101), 0);
});

test('each CPU has its own, and a flush takes the one it names', (t) => {
  const [a, b] = boot().cpus;
  for (const cpu of [a, b]) {
    tlbLookup(cpu, 100);
    tlbFill(cpu, 100, PTE + cpu.id);
  }
  tlbFlushCpu(a, 1);
  t.is(tlbLookup(a, 100), PTE);
  t.is(tlbLookup(b, 100), 0);
  tlbFlushCpu(a, 0);
  t.is(tlbLookup(a, 100), 0);
});

test('a flush while the walk is under way kills what the walk found', (t) => {
  const [a, b] = boot().cpus;
  t.is(tlbLookup(a, 100), 0);
  tlbFlushCpu(b, 0);
  tlbFill(a, 100, PTE);
  t.is(tlbLookup(a, 100), 0);
});

test('a drop takes one translation of the own TLB', (t) => {
  const [cpu] = boot().cpus;
  for (const key of [100, 101]) {
    tlbLookup(cpu, key);
    tlbFill(cpu, key, PTE + key);
  }
  tlbDrop(cpu, 100);
  t.is(tlbLookup(cpu, 100), 0);
  t.is(tlbLookup(cpu, 101), PTE + 101);
  tlbDrop(cpu, 999);
  t.is(tlbLookup(cpu, 101), PTE + 101);
});

test('nothing survives into the next trial', (t) => {
  const [cpu] = boot().cpus;
  tlbLookup(cpu, 100);
  tlbFill(cpu, 100, PTE);
  beginTrial(cpu, 2);
  t.is(tlbLookup(cpu, 100), 0);
});

test('it is small: a later translation may take the place of an earlier one, never its name', (t) => {
  const [cpu] = boot().cpus;
  for (let key = 1; key <= 100; key++) {
    tlbLookup(cpu, key);
    tlbFill(cpu, key, key << 12);
  }
  let kept = 0;
  for (let key = 1; key <= 100; key++) {
    const found = tlbLookup(cpu, key);
    t.true(found === 0 || found === key << 12);
    if (found !== 0) kept++;
  }
  t.is(kept, 8);
});
