/**
 * Goal: what is queued takes effect at the issue and not before, in order, with interrupts off all the while; the queue of
 * 32 issues itself; callbacks run behind the entries; a refused entry is a BUG that leaves everything as it stands.
 * Method: one CPU queues and issues, on a table that the hypervisor accepts or refuses.
 */
import test from 'ava';
import { DEFINE_PER_CPU } from '../../../lib/kernel/percpu.js';
import { irqs_disabled, local_irq_disable } from '../../../lib/kernel/irqflags.js';
import { preempt_count } from '../../../lib/kernel/preempt.js';
import { lockdep_is_held, spin_lock, spin_unlock } from '../../../lib/kernel/spinlock.js';
import { MMU, executeEntry } from '../../../lib/arch/xen/hypercall.js';
import {
  MC_BATCH,
  dropBatch,
  readMulticalls,
  xen_mc_batch,
  xen_mc_callback,
  xen_mc_entry,
  xen_mc_flush,
  xen_mc_issue,
} from '../../../lib/arch/xen/multicall.js';
import { PGT_l1_page_table, PGT_l3_page_table, PT_PAGE } from '../../../lib/arch/xen/ptPage.js';
import { ACTIVITY, hasFailed, outcomeSignature } from '../../../lib/machine/outcome.js';
import { isAbandoned, look } from '../../machine/boot.js';
import { DOMAIN, bootTables } from './tables.js';

// Without a variable of its own in front, a wrong base of the area would go unnoticed.
DEFINE_PER_CPU('a_test_variable', 3);

test('entries take effect at the issue, in their order', (t) => {
  const { cpus, pages, state } = bootTables();
  const [cpu] = cpus;
  xen_mc_batch(cpu);
  t.true(irqs_disabled(cpu));
  for (const page of pages) xen_mc_entry(cpu, DOMAIN, MMU.update_va_mapping_ro, page, 1);
  xen_mc_entry(cpu, DOMAIN, MMU.MMUEXT_PIN_TABLE, pages[0], PGT_l3_page_table);
  t.true(pages.every((page) => state(page) === 'writable 1 RW'));
  t.is(readMulticalls(cpu.mem, cpu.percpu).length, pages.length + 1);
  xen_mc_issue(cpu, DOMAIN);
  t.deepEqual(pages.map(state), ['L3 1 pinned RO', 'L2 1 RO', 'L1 1 RO', 'L1 1 RO']);
  t.false(irqs_disabled(cpu));
  t.deepEqual(readMulticalls(cpu.mem, cpu.percpu), []);
});

test('interrupts come back as they were', (t) => {
  const [cpu] = bootTables().cpus;
  local_irq_disable(cpu);
  xen_mc_batch(cpu);
  xen_mc_issue(cpu, DOMAIN);
  t.true(irqs_disabled(cpu));
});

test('the 33rd entry issues the 32 before it', (t) => {
  const { cpus, pages, state } = bootTables(40);
  const [cpu] = cpus;
  xen_mc_batch(cpu);
  const isReadOnly = () => pages.map((page) => state(page).endsWith('RO')).lastIndexOf(true) + 1;
  for (const [i, page] of pages.slice(0, 34).entries()) {
    xen_mc_entry(cpu, DOMAIN, MMU.update_va_mapping_ro, page, 1);
    t.is(isReadOnly(), i < MC_BATCH ? 0 : MC_BATCH);
    t.true(irqs_disabled(cpu));
  }
  xen_mc_issue(cpu, DOMAIN);
  t.is(isReadOnly(), 34);
});

test('a callback unlocks when the entries have been executed, still with interrupts off', (t) => {
  const { cpus, at, pages, state, atBoundaries } = bootTables();
  const [cpu] = cpus;
  const ptl = at + 1;
  const seen = new Set<string>();
  xen_mc_batch(cpu);
  spin_lock(cpu, ptl);
  xen_mc_entry(cpu, DOMAIN, MMU.update_va_mapping_ro, pages[2], 1);
  xen_mc_callback(cpu, DOMAIN, ptl);
  t.true(lockdep_is_held(cpu, ptl));
  atBoundaries(cpu, () => seen.add(`${state(pages[2])} ${lockdep_is_held(cpu, ptl)} ${irqs_disabled(cpu)}`));
  xen_mc_issue(cpu, DOMAIN);
  t.false(lockdep_is_held(cpu, ptl));
  t.is(preempt_count(cpu), 0);
  t.true(seen.has('none 0 RO true true'));
  t.false([...seen].some((s) => s.endsWith('false')));
});

test('a full queue runs its callbacks as well: locks are held over one batch, not over all', (t) => {
  const { cpus, at, pages } = bootTables(40);
  const [cpu] = cpus;
  spin_lock(cpu, at + 1);
  xen_mc_batch(cpu);
  xen_mc_entry(cpu, DOMAIN, MMU.update_va_mapping_ro, pages[0], 1);
  xen_mc_callback(cpu, DOMAIN, at + 1);
  for (const page of pages.slice(1, 33)) xen_mc_entry(cpu, DOMAIN, MMU.update_va_mapping_ro, page, 1);
  t.false(lockdep_is_held(cpu, at + 1));
});

test('a refused entry is a BUG: the results are kept, the callbacks do not run, the CPU dies', (t) => {
  const { cpus, mem, at, pages, state } = bootTables();
  const [cpu] = cpus;
  xen_mc_batch(cpu);
  spin_lock(cpu, at + 1);
  xen_mc_entry(cpu, DOMAIN, MMU.update_va_mapping_ro, pages[0], 2);
  xen_mc_entry(cpu, DOMAIN, MMU.MMUEXT_PIN_TABLE, pages[0], PGT_l3_page_table);
  xen_mc_entry(cpu, DOMAIN, MMU.update_va_mapping_ro, pages[2], 1);
  xen_mc_callback(cpu, DOMAIN, at + 1);
  t.true(isAbandoned(() => xen_mc_issue(cpu, DOMAIN)));
  t.true(hasFailed(cpu));
  t.is(outcomeSignature(mem[cpu.outcome]), 5);
  t.is(look(cpu).activity, ACTIVITY.DEAD);
  t.deepEqual(
    readMulticalls(mem, cpu.percpu).map((e) => [e.op, e.result]),
    [
      [MMU.update_va_mapping_ro, 0],
      [MMU.MMUEXT_PIN_TABLE, -22],
      [MMU.update_va_mapping_ro, 0],
    ],
  );
  t.is(state(pages[2]), 'none 0 RO', 'the entries behind the refused one were executed');
  t.true(lockdep_is_held(cpu, at + 1));
  t.true(irqs_disabled(cpu));
  dropBatch(cpu);
  t.deepEqual(readMulticalls(mem, cpu.percpu), []);
});

test('each CPU has its own queue; flushing an empty one does nothing', (t) => {
  const { cpus, pages, state } = bootTables();
  const [a, b] = cpus;
  xen_mc_batch(a);
  xen_mc_entry(a, DOMAIN, MMU.update_va_mapping_ro, pages[2], 1);
  xen_mc_flush(b, DOMAIN);
  t.is(state(pages[2]), 'writable 1 RW');
  t.false(irqs_disabled(b));
  xen_mc_issue(a, DOMAIN);
  t.is(state(pages[2]), 'none 0 RO');
});

const OPERATIONS = [
  ['update_va_mapping_ro', 1],
  ['MMUEXT_PIN_TABLE', PGT_l1_page_table],
  ['MMUEXT_UNPIN_TABLE', 1],
  ['update_va_mapping_rw', 1],
] as const;

for (const promisedLock of ['page', 1] as const) {
  test(`a PTE page is pinned and unpinned under the lock that is promised: ${promisedLock} (I3)`, (t) => {
    const { cpus, pages, at } = bootTables();
    const [cpu] = cpus;
    const [, , page] = pages;
    const domain = { ...DOMAIN, promisedLock };
    const lock = promisedLock === 'page' ? page + PT_PAGE.ptl : at + promisedLock;
    spin_lock(cpu, lock);
    for (const [op, argument] of OPERATIONS) t.is(executeEntry(cpu, domain, MMU[op], page, argument), 0, op);
    spin_unlock(cpu, lock);
    t.false(hasFailed(cpu));
  });

  for (const [op, argument] of OPERATIONS) {
    test(`${op} of a PTE page without the promised lock: ${promisedLock} (I3)`, (t) => {
      const machine = bootTables();
      const [cpu] = machine.cpus;
      const domain = { ...DOMAIN, promisedLock };
      spin_lock(cpu, machine.pages[3] + PT_PAGE.ptl); // another page's
      t.true(isAbandoned(() => executeEntry(cpu, domain, MMU[op], machine.pages[2], argument)));
    });
  }
}

test("the upper levels are nobody's promise (I3)", (t) => {
  const { cpus, pages } = bootTables();
  const [cpu] = cpus;
  const domain = { ...DOMAIN, promisedLock: 'page' } as const;
  t.is(executeEntry(cpu, domain, MMU.update_va_mapping_ro, pages[1], 2), 0);
  t.is(executeEntry(cpu, domain, MMU.update_va_mapping_ro, pages[0], 2), 0);
});
