/**
 * Goal: I2: a page is a page table or writable, never both; a table is validated with all that hangs below it, and stays
 * typed while anything refers to it.
 * Method: hypercalls of one CPU, one after the other, on a table of three levels; states are read as `type count map`.
 */
import test from 'ava';
import { HYPERVISOR_mmu_update, new_guest_cr3 } from '../../../lib/arch/xen/hypercall.js';
import { get_page_type, put_page_type } from '../../../lib/arch/xen/pageType.js';
import {
  PGT_l1_page_table,
  PGT_l2_page_table,
  PGT_l3_page_table,
  PGT_writable_page,
  PT_PAGE,
} from '../../../lib/arch/xen/ptPage.js';
import { IN_HYPERVISOR } from '../../../lib/machine/irq.js';
import { HEADER } from '../../../lib/machine/layout.js';
import { isFree } from '../../../lib/machine/lockWord.js';
import { _PAGE_ACCESSED, _PAGE_DIRTY } from '../../../lib/mm/pgtable.js';
import { tlbFill, tlbLookup } from '../../../lib/mm/tlb.js';
import { DOMAIN, W_RO_NOT_TYPED, W_UNTYPED_NOT_RW, bootTables, pinAll, type Tables } from './tables.js';

const EINVAL = -22;

function states({ pages, state }: Tables): string[] {
  return pages.map(state);
}

function openWindow({ mem, at }: Tables): number {
  return mem[at - HEADER.WORDS + HEADER.window] - 1;
}

test('references to a type are counted; another type is refused until the last is gone', (t) => {
  const { cpus, pages, state } = bootTables();
  const [cpu] = cpus;
  const page = pages[2];
  t.false(get_page_type(cpu, DOMAIN, page, PGT_l1_page_table));
  t.true(get_page_type(cpu, DOMAIN, page, PGT_writable_page));
  put_page_type(cpu, DOMAIN, page);
  put_page_type(cpu, DOMAIN, page);
  t.is(state(page), 'none 0 RW');
  t.true(get_page_type(cpu, DOMAIN, page, PGT_l1_page_table));
  t.false(get_page_type(cpu, DOMAIN, page, PGT_l2_page_table));
  t.true(get_page_type(cpu, DOMAIN, page, PGT_l1_page_table));
  t.is(state(page), 'L1 2 RW');
});

test('making a page read-only drops its writable reference, once', (t) => {
  const tables = bootTables();
  const page = tables.pages[2];
  t.is(tables.execute('update_va_mapping_ro', page), 0);
  t.is(tables.state(page), 'none 0 RO');
  t.is(openWindow(tables), W_RO_NOT_TYPED);
  t.is(tables.execute('update_va_mapping_ro', page), 0);
  t.is(tables.state(page), 'none 0 RO');
});

test('making it writable again takes the reference back', (t) => {
  const { execute, pages, state } = bootTables();
  execute('update_va_mapping_ro', pages[2]);
  t.is(execute('update_va_mapping_rw', pages[2]), 0);
  t.is(state(pages[2]), 'writable 1 RW');
  t.is(execute('update_va_mapping_rw', pages[2]), 0);
  t.is(state(pages[2]), 'writable 1 RW');
});

test('a pin validates the table with all that hangs below it', (t) => {
  const tables = bootTables();
  pinAll(tables);
  t.deepEqual(states(tables), ['L3 1 pinned RO', 'L2 1 RO', 'L1 1 RO', 'L1 1 RO']);
  t.is(openWindow(tables), -1);
});

test('a pin is refused while a page below is still writable', (t) => {
  const tables = bootTables();
  for (const page of tables.pages.slice(0, 3)) tables.execute('update_va_mapping_ro', page);
  t.is(tables.execute('MMUEXT_PIN_TABLE', tables.pages[0], PGT_l3_page_table), EINVAL);
  t.is(tables.state(tables.pages[0]), 'none 0 RO');
  t.is(tables.state(tables.pages[3]), 'writable 1 RW');
});

test('a PTE page that is pinned by itself has one reference more than its parent gives it', (t) => {
  const tables = bootTables();
  const { execute, pages, state } = tables;
  for (const page of pages) execute('update_va_mapping_ro', page);
  execute('MMUEXT_PIN_TABLE', pages[2], PGT_l1_page_table);
  execute('MMUEXT_PIN_TABLE', pages[0], PGT_l3_page_table);
  t.is(state(pages[2]), 'L1 2 pinned RO');
  execute('MMUEXT_UNPIN_TABLE', pages[0]);
  t.is(state(pages[2]), 'L1 1 pinned RO');
  t.is(state(pages[3]), 'none 0 RO');
});

test('a page table is not made writable while it is typed', (t) => {
  const tables = bootTables();
  pinAll(tables);
  for (const [i, page] of tables.pages.entries()) {
    const before = tables.state(page);
    t.is(tables.execute('update_va_mapping_rw', page), EINVAL, `page ${i}`);
    t.is(tables.state(page), before);
  }
});

test('an unpin lets everything go, and the pages can be writable again', (t) => {
  const tables = bootTables();
  pinAll(tables);
  t.is(tables.execute('MMUEXT_UNPIN_TABLE', tables.pages[0]), 0);
  t.deepEqual(
    states(tables),
    Array.from(tables.pages, () => 'none 0 RO'),
  );
  t.is(openWindow(tables), W_UNTYPED_NOT_RW);
  for (const page of tables.pages) t.is(tables.execute('update_va_mapping_rw', page), 0);
  t.deepEqual(
    states(tables),
    Array.from(tables.pages, () => 'writable 1 RW'),
  );
});

test('unpinning what is not pinned is refused', (t) => {
  const tables = bootTables();
  t.is(tables.execute('MMUEXT_UNPIN_TABLE', tables.pages[0]), EINVAL);
  pinAll(tables);
  t.is(tables.execute('MMUEXT_UNPIN_TABLE', tables.pages[1]), EINVAL);
});

test('a live cr3 keeps the types over the unpin, so no page can be made writable', (t) => {
  const tables = bootTables();
  pinAll(tables);
  const [root] = tables.pages;
  t.true(new_guest_cr3(tables.cpus[1], DOMAIN, 0, root, PGT_l3_page_table));
  t.is(tables.execute('MMUEXT_UNPIN_TABLE', root), 0);
  t.deepEqual(states(tables), ['L3 1 RO', 'L2 1 RO', 'L1 1 RO', 'L1 1 RO']);
  for (const page of tables.pages) t.is(tables.execute('update_va_mapping_rw', page), EINVAL);
  t.true(new_guest_cr3(tables.cpus[1], DOMAIN, root, 0, 0));
  for (const page of tables.pages) t.is(tables.execute('update_va_mapping_rw', page), 0);
});

test('a root that cannot be validated is not loaded', (t) => {
  const { cpus, pages, state } = bootTables();
  t.false(new_guest_cr3(cpus[0], DOMAIN, 0, pages[0], PGT_l3_page_table));
  t.is(state(pages[0]), 'writable 1 RW');
});

test('no hypercall: -EINVAL', (t) => {
  const { cpus, pages, state, execute } = bootTables();
  t.is(execute('MMUEXT_PIN_TABLE', pages[2], PGT_l1_page_table), EINVAL);
  t.is(state(pages[2]), 'writable 1 RW');
  t.is(cpus[0].mem[cpus[0].irqOff] & IN_HYPERVISOR, 0);
});

test('a change of type flushes the TLBs of all CPUs, a change to read-only none', (t) => {
  const { cpus, pages, execute } = bootTables();
  const [, other] = cpus;
  const cache = () => {
    tlbLookup(other, pages[2]);
    tlbFill(other, pages[2], 0x5003);
  };
  cache();
  execute('update_va_mapping_ro', pages[2]);
  t.is(tlbLookup(other, pages[2]), 0x5003);
  execute('MMUEXT_PIN_TABLE', pages[2], PGT_l1_page_table);
  t.is(tlbLookup(other, pages[2]), 0);
  execute('MMUEXT_UNPIN_TABLE', pages[2]);
  cache();
  execute('update_va_mapping_rw', pages[2]);
  t.is(tlbLookup(other, pages[2]), 0);
});

test('mmu_update writes a PTE whatever its page is, and can keep the bits that the hardware has set', (t) => {
  const { cpus, mem, at, pages, execute } = bootTables();
  const [cpu] = cpus;
  const ptep = pages[2] + PT_PAGE.entries;
  const both = _PAGE_ACCESSED | _PAGE_DIRTY;
  execute('update_va_mapping_ro', pages[2]);
  mem[ptep] = 0x5001 | both;
  t.is(HYPERVISOR_mmu_update(cpu, DOMAIN, pages[2], ptep, 0x6001, 0x5001 | both, false), 0x5001 | both);
  t.is(mem[ptep], 0x6001);
  mem[ptep] = 0x5001 | both;
  HYPERVISOR_mmu_update(cpu, DOMAIN, pages[2], ptep, 0x6001, 0x5001, true);
  t.is(mem[ptep], 0x6001 | both);
  t.true(isFree(mem[at + DOMAIN.lock]));
});

test('mmu_update sees what changes under its hands', (t) => {
  const { cpus, mem, pages, atBoundaries } = bootTables();
  const [cpu] = cpus;
  const ptep = pages[2] + PT_PAGE.entries;
  mem[ptep] = 0x5001;
  // Boundaries: the lock, the load, the cmpxchg.
  atBoundaries(cpu, (n) => {
    if (n === 3) mem[ptep] |= _PAGE_DIRTY;
  });
  t.is(HYPERVISOR_mmu_update(cpu, DOMAIN, pages[2], ptep, 0x6001, 0x5001, true), 0x5001 | _PAGE_DIRTY);
  t.is(mem[ptep], 0x6001 | _PAGE_DIRTY);
});
