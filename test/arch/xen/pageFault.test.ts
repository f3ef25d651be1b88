/**
 * Goal: I1: a raw store to a page table reaches memory if its translation is writable, is emulated if the page is a
 * validated L1 table, and oopses otherwise; a stale translation in the TLB decides as it does in hardware.
 * Method: the page is brought into each state by hypercalls of CPU 0; CPU 1 stores.
 */
import test from 'ava';
import { HYPERVISOR_mmu_update } from '../../../lib/arch/xen/hypercall.js';
import { DIRECT, EMULATED, rawWriteBegin, rawWriteEnd, readThroughLinearMap } from '../../../lib/arch/xen/pageFault.js';
import { PGT_writable_page, PT_PAGE } from '../../../lib/arch/xen/ptPage.js';
import { native_set_pte, ptep_get_and_clear, test_and_clear_pte_flags } from '../../../lib/arch/xen/ptep.js';
import { spin_lock } from '../../../lib/kernel/spinlock.js';
import { isFree, lockOwner } from '../../../lib/machine/lockWord.js';
import { FAILURE, MACHINE } from '../../../lib/machine/layout.js';
import { hasFailed, outcomeSignature } from '../../../lib/machine/outcome.js';
import { _PAGE_ACCESSED, _PAGE_DIRTY, _PAGE_PRESENT } from '../../../lib/mm/pgtable.js';
import { isAbandoned, look } from '../../machine/boot.js';
import { DOMAIN, bootTables, pinAll, pinL1, type Tables } from './tables.js';

const OOPS_0003 = 4;

/** CPU 1 stores through the linear map; how the store reached memory, or `oops`. */
function store(tables: Tables, page: number): string {
  const { cpus, mem, at } = tables;
  const ptep = page + PT_PAGE.entries;
  let how = -1;
  const oopsed = isAbandoned(() => {
    how = rawWriteBegin(cpus[1], DOMAIN, page, ptep);
    if (how === EMULATED && lockOwner(mem[at + DOMAIN.lock]) !== 1) throw new Error('emulation holds the domain lock');
    rawWriteEnd(cpus[1], DOMAIN, how);
  });
  if (!isFree(mem[at + DOMAIN.lock])) throw new Error('the domain lock is free afterwards');
  if (!oopsed) return how === DIRECT ? 'direct' : 'emulated';
  return outcomeSignature(mem[cpus[1].outcome]) === OOPS_0003 ? 'oops' : 'another failure';
}

test('writable: the store goes to memory', (t) => {
  const tables = bootTables();
  t.is(store(tables, tables.pages[2]), 'direct');
});

test('read-only and not typed: oops', (t) => {
  const tables = bootTables();
  tables.execute('update_va_mapping_ro', tables.pages[2]);
  t.is(store(tables, tables.pages[2]), 'oops');
});

test('read-only and a validated L1 table: emulated', (t) => {
  const tables = bootTables();
  pinL1(tables, tables.pages[2]);
  t.is(store(tables, tables.pages[2]), 'emulated');
});

test('typed by its parents alone: emulated', (t) => {
  const tables = bootTables();
  pinAll(tables);
  t.is(store(tables, tables.pages[3]), 'emulated');
});

test('an upper-level table is not emulated: oops', (t) => {
  const tables = bootTables();
  pinAll(tables);
  t.is(store(tables, tables.pages[1]), 'oops');
});

test('unpinned and still read-only: oops', (t) => {
  const tables = bootTables();
  pinAll(tables);
  tables.execute('MMUEXT_UNPIN_TABLE', tables.pages[0]);
  t.is(store(tables, tables.pages[2]), 'oops');
});

test('writable again: the store goes to memory', (t) => {
  const tables = bootTables();
  pinAll(tables);
  t.is(store(tables, tables.pages[2]), 'emulated');
  tables.execute('MMUEXT_UNPIN_TABLE', tables.pages[0]);
  tables.execute('update_va_mapping_rw', tables.pages[2]);
  t.is(store(tables, tables.pages[2]), 'direct');
});

test('a page that is not mapped is not emulated: oops', (t) => {
  const tables = bootTables();
  pinL1(tables, tables.pages[2]);
  tables.mem[tables.pages[2] + PT_PAGE.lin] &= ~_PAGE_PRESENT;
  t.is(store(tables, tables.pages[2]), 'oops');
});

test('a stale writable translation lets the store through, silently, until the pin flushes it', (t) => {
  const tables = bootTables();
  const page = tables.pages[2];
  t.is(store(tables, page), 'direct');
  tables.execute('update_va_mapping_ro', page);
  t.is(store(tables, page), 'direct');
  pinL1(tables, page);
  t.is(store(tables, page), 'emulated');
});

test('a read leaves its translation for the store that follows', (t) => {
  const tables = bootTables();
  const page = tables.pages[2];
  const pte = tables.mem[page + PT_PAGE.entries];
  t.is(readThroughLinearMap(tables.cpus[1], page, page + PT_PAGE.entries), pte);
  tables.execute('update_va_mapping_ro', page);
  t.is(readThroughLinearMap(tables.cpus[1], page, page + PT_PAGE.entries), pte, 'read-only pages can be read');
  t.is(store(tables, page), 'direct');
});

test('an oops dies with the locks of its context held, and says where and why', (t) => {
  const tables = bootTables();
  const { cpus, mem, map, at, pages } = tables;
  const ptep = pages[2] + PT_PAGE.entries;
  const pte = mem[ptep];
  tables.execute('update_va_mapping_ro', pages[2]);
  spin_lock(cpus[1], at + 1);
  t.is(store(tables, pages[2]), 'oops');
  t.true(hasFailed(cpus[0]));
  t.deepEqual(
    look(cpus[1]).held.map((h) => h.lock - at),
    [1],
  );
  const detail = map.machine + MACHINE.failure + FAILURE.detail;
  t.deepEqual([...mem.subarray(detail, detail + 4)], [ptep, 0x3, pages[2], PGT_writable_page]);
  t.is(mem[ptep], pte);
});

const WRITERS: Readonly<Record<string, (tables: Tables, page: number, ptep: number) => unknown>> = {
  test_and_clear_pte_flags: ({ cpus }, page, ptep) =>
    test_and_clear_pte_flags(cpus[1], DOMAIN, page, ptep, _PAGE_ACCESSED),
  ptep_get_and_clear: ({ cpus }, page, ptep) => ptep_get_and_clear(cpus[1], DOMAIN, page, ptep),
  native_set_pte: ({ cpus }, page, ptep) => native_set_pte(cpus[1], DOMAIN, page, ptep, 0x6000, 0x5001),
};
const LEAVES: Readonly<Record<string, number>> = {
  test_and_clear_pte_flags: 0x5001,
  ptep_get_and_clear: 0,
  native_set_pte: 0x6000,
};

for (const [name, write] of Object.entries(WRITERS)) {
  test(`${name} stores to a writable page and to a typed one, and oopses in between`, (t) => {
    for (const state of ['writable', 'typed', 'read-only']) {
      const tables = bootTables();
      const page = tables.pages[2];
      const ptep = page + PT_PAGE.entries;
      const young = 0x5001 | _PAGE_ACCESSED;
      tables.mem[ptep] = young;
      if (state === 'typed') pinL1(tables, page);
      if (state === 'read-only') tables.execute('update_va_mapping_ro', page);
      let returned: unknown;
      const oopsed = isAbandoned(() => (returned = write(tables, page, ptep)));
      t.is(oopsed, state === 'read-only');
      t.is(tables.mem[ptep], oopsed ? young : LEAVES[name]);
      if (!oopsed && name !== 'native_set_pte') t.is(returned, young);
      t.true(isFree(tables.mem[tables.at + DOMAIN.lock]));
    }
  });
}

test('I20: a store of a whole PTE loses a dirty bit that its author has not seen; a bit operation and an exchange do not', (t) => {
  const clean = 0x5001;
  const dirty = clean | _PAGE_DIRTY;
  const updates: Readonly<Record<string, (tables: Tables, page: number, ptep: number, seen: number) => unknown>> = {
    native_set_pte: ({ cpus }, page, ptep, seen) => native_set_pte(cpus[1], DOMAIN, page, ptep, clean, seen),
    mmu_update: ({ cpus }, page, ptep, seen) => HYPERVISOR_mmu_update(cpus[1], DOMAIN, page, ptep, clean, seen, false),
    preserve_ad: ({ cpus }, page, ptep, seen) => HYPERVISOR_mmu_update(cpus[1], DOMAIN, page, ptep, clean, seen, true),
    test_and_clear: ({ cpus }, page, ptep) => test_and_clear_pte_flags(cpus[1], DOMAIN, page, ptep, _PAGE_ACCESSED),
    get_and_clear: ({ cpus }, page, ptep) => ptep_get_and_clear(cpus[1], DOMAIN, page, ptep),
  };
  for (const [name, update] of Object.entries(updates)) {
    for (const seen of [clean, dirty]) {
      const tables = bootTables();
      const page = tables.pages[2];
      tables.mem[page + PT_PAGE.entries] = dirty;
      update(tables, page, page + PT_PAGE.entries, seen);
      const loses = seen === clean && (name === 'native_set_pte' || name === 'mmu_update');
      t.is(hasFailed(tables.cpus[1]), loses, `${name}, seen ${seen}`);
    }
  }
});
