/**
 * Goal: a vmalloc fault is repaired by one fault outside of lazy mode, and inside where it is flushed; without a flush it
 * comes back until the queue is issued, or for ever, or the 64-bit handler finds that nothing has changed.
 * Method: one CPU uses a page whose upper-level entry is missing.
 */
import test from 'ava';
import { paravirt_enter_lazy_mmu } from '../../../lib/arch/paravirt/lazyMode.js';
import {
  FAULTS_MAX,
  PREEMPT_FAULT,
  load_cr3,
  paravirtContextSwitch,
  useVmalloc,
  type VmallocSync,
} from '../../../lib/arch/paravirt/vmallocFault.js';
import { irqs_disabled } from '../../../lib/kernel/irqflags.js';
import { spin_lock } from '../../../lib/kernel/spinlock.js';
import { FAILURE, MACHINE } from '../../../lib/machine/layout.js';
import { allowPreemption, preemptHere } from '../../../lib/machine/preemption.js';
import { hasFailed } from '../../../lib/machine/outcome.js';
import { look } from '../../machine/boot.js';
import { bootGuest, checksBut, diesOf, lazyMode, type Guest } from './guest.js';

const PMD = 2;
const INIT_PMD = 4;
const PTE = 6;
const OTHER_PMD = 8;
const TABLE = 0x4003;
const PAGE = 0x2003;

interface Used {
  readonly guest: Guest;
  /** What the CPU dies of; null if the access comes to its end. */
  readonly diesOf: string | null;
  readonly faults: number;
}

/** Uses the page, in lazy mode or not. */
function use(pv: VmallocSync, lazy: boolean): Used {
  const guest = bootGuest();
  const { mem, at } = guest;
  const [cpu] = guest.cpus;
  mem[at + INIT_PMD] = TABLE;
  mem[at + PTE] = PAGE;
  mem[at + PTE + 1] = PAGE;
  if (lazy) {
    spin_lock(cpu, at);
    paravirt_enter_lazy_mmu(cpu, pv, at);
  }
  load_cr3(cpu, at + PMD);
  const died = diesOf(guest, () => useVmalloc(cpu, pv, at + INIT_PMD, at + PTE));
  return { guest, diesOf: died, faults: look(cpu).records.filter((r) => r.address === at + INIT_PMD).length };
}

for (const paging of [{}, { hardware: 1 }, { compares: true }] as const) {
  const name = JSON.stringify(paging);
  test(`${name}: one fault outside of lazy mode, whatever the fix`, (t) => {
    for (const fix of [{}, { flushAfterSync: true }, { taskFlag: true, taskCount: true }]) {
      const { guest, diesOf: died, faults } = use(lazyMode({ ...paging, ...fix }), false);
      t.deepEqual([died, faults, hasFailed(guest.cpus[0])], [null, 1, false]);
      t.false(irqs_disabled(guest.cpus[0]));
    }
  });

  test(`${name}: one fault in lazy mode with a flush or a pause`, (t) => {
    for (const fix of [
      { flushAfterSync: true },
      { flushAfterSync: true, enterPreemptOff: true },
      { taskFlag: true, taskCount: true },
    ]) {
      const { guest, diesOf: died, faults } = use(lazyMode({ ...paging, ...fix }), true);
      t.deepEqual([died, faults, hasFailed(guest.cpus[0])], [null, 1, false]);
    }
  });
}

test('direct: faults come until the queue is issued, and are reported with their number', (t) => {
  for (const queueLimit of [1, 4, 32]) {
    const { guest, diesOf: died, faults } = use(lazyMode({ queueLimit }), true);
    t.deepEqual([died, faults, hasFailed(guest.cpus[0])], [null, queueLimit + 1, true]);
    t.is(guest.mem[guest.map.machine + MACHINE.failure + FAILURE.detail + 1], queueLimit + 1);
  }
});

test('direct without limit, and shadow: faults for ever', (t) => {
  for (const pv of [lazyMode({ queueLimit: Infinity }), lazyMode({ hardware: 1, queueLimit: 1 })]) {
    const { diesOf: died, faults } = use(pv, true);
    t.regex(died ?? '', /faults for ever/);
    t.is(faults, FAULTS_MAX);
  }
});

test('64 bit: the entry is read back and is another', (t) => {
  const { guest, diesOf: died, faults } = use(lazyMode({ compares: true }), true);
  t.regex(died ?? '', /BUG_ON.*vmalloc_fault/);
  t.deepEqual([faults, irqs_disabled(guest.cpus[0])], [1, true]);
  t.deepEqual(
    look(guest.cpus[0]).frames.map((f) => f.fn),
    ['vmalloc_fault', 'do_page_fault'],
  );
});

test('R4: the handler with interrupts on', (t) => {
  t.regex(use(lazyMode({ faultEnablesIrqs: true }), false).diesOf ?? '', /^R4: /);
  t.is(use(lazyMode({ faultEnablesIrqs: true, checks: checksBut('R4') }), false).diesOf, null);
});

test('R4: a kernel thread that is preempted behind read_cr3() repairs the page table of the CPU it has left', (t) => {
  for (const [kernelThread, faults] of [
    [false, 1],
    [true, 2],
  ] as const) {
    const guest = bootGuest(2);
    const { mem, at } = guest;
    const [a, b] = guest.cpus;
    mem[at + INIT_PMD] = TABLE;
    mem[at + PTE] = PAGE;
    load_cr3(a, at + PMD);
    load_cr3(b, at + OTHER_PMD);
    const pv = lazyMode({ faultEnablesIrqs: true, checks: checksBut('R4') });
    allowPreemption(a, paravirtContextSwitch(pv, kernelThread ? -1 : at + PMD - a.instance), PREEMPT_FAULT, 1);
    allowPreemption(b, paravirtContextSwitch(pv, -1), 0, 0);
    a.lockstep = { boundary: () => {}, finish: () => {}, standAside: () => preemptHere(b, 0) };
    useVmalloc(a, pv, at + INIT_PMD, at + PTE);
    t.is(a.id, 1);
    t.is(mem[at + PMD], TABLE);
    t.is(mem[at + OTHER_PMD], kernelThread ? TABLE : 0);
    t.is(hasFailed(a), faults > 1);
    if (faults > 1) t.is(mem[guest.map.machine + MACHINE.failure + FAILURE.detail + 1], faults);
  }
});

test('a page that vmalloc has not mapped for the hardware', (t) => {
  const guest = bootGuest();
  const { mem, at } = guest;
  mem[at + PMD] = TABLE;
  const [cpu] = guest.cpus;
  load_cr3(cpu, at + PMD);
  t.regex(diesOf(guest, () => useVmalloc(cpu, lazyMode(), at + INIT_PMD, at + PTE)) ?? '', /^I7: /);
});
