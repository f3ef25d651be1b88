/**
 * Goal: a flush by IPI reaches every CPU of the mask and nobody else, and returns when all have flushed; a lazy user
 * leaves the mm; flushes that share a vector follow one another; the hypervisor needs no interrupt.
 * Method: CPUs of one thread; the receivers take their interrupts at the boundaries of the waiting sender.
 */
import test from 'ava';
import {
  FLUSH_STATE,
  MM_TLB,
  native_flush_tlb_others,
  smp_invalidate_interrupt,
  xen_flush_tlb_others,
} from '../../lib/mm/invalidateVectors.js';
import { tlbFill, tlbLookup } from '../../lib/mm/tlb.js';
import { lockdep_is_held, spin_lock } from '../../lib/kernel/spinlock.js';
import { READ_ONCE } from '../../lib/machine/access.js';
import { IRQS_DISABLED } from '../../lib/machine/irq.js';
import { CPU } from '../../lib/machine/layout.js';
import { hasFailed } from '../../lib/machine/outcome.js';
import { WAIT, publishWait } from '../../lib/machine/wait.js';
import { STEPS, boot, isAbandoned, look, type Machine } from '../machine/boot.js';

const MM = 0;
const SLOT = MM_TLB.WORDS;
const PAGE = SLOT + FLUSH_STATE.WORDS;
const WAITS = 2;

function machine(cpus: number, lazy = 0): Machine {
  const m = boot({ cpus, interrupts: [smp_invalidate_interrupt] });
  m.mem[m.at + MM + MM_TLB.cpu_vm_mask] = -1;
  m.mem[m.at + MM + MM_TLB.tlbstate_lazy] = lazy;
  for (const cpu of m.cpus) {
    tlbLookup(cpu, m.at + PAGE);
    tlbFill(cpu, m.at + PAGE, 0x67);
  }
  return m;
}

const cached = (m: Machine): boolean[] => m.cpus.map((cpu) => tlbLookup(cpu, m.at + PAGE) !== 0);

/** CPU 0 flushes; the others come to an instruction boundary whenever it does. */
function flush(m: Machine, mask: number): void {
  m.atBoundaries(m.cpus[0], () => {
    for (const cpu of m.cpus.slice(1)) READ_ONCE(cpu, m.at + PAGE);
  });
  native_flush_tlb_others(m.cpus[0], m.at + SLOT, m.at + MM, m.at + PAGE, mask, WAITS);
}

test('the CPUs of the mask flush, the sender and all others do not', (t) => {
  const m = machine(4);
  flush(m, 0b1011);
  t.deepEqual(cached(m), [true, false, true, false]);
  t.is(m.mem[m.at + SLOT + FLUSH_STATE.flush_cpumask], 0);
  t.is(m.mem[m.at + SLOT + FLUSH_STATE.flush_mm], m.at + MM);
  t.is(m.mem[m.at + SLOT + FLUSH_STATE.flush_va], m.at + PAGE);
  t.false(lockdep_is_held(m.cpus[0], m.at + SLOT + FLUSH_STATE.tlbstate_lock));
  t.is(look(m.cpus[0]).preemptCount, 0);
});

test('a mask with CPUs that the machine does not have', (t) => {
  const m = machine(2);
  flush(m, -1);
  t.deepEqual(cached(m), [true, false]);
});

test('nobody but the sender uses the mm: nothing is sent', (t) => {
  const m = machine(2);
  const before = look(m.cpus[0]).records.length;
  native_flush_tlb_others(m.cpus[0], m.at + SLOT, m.at + MM, m.at + PAGE, 1, WAITS);
  t.is(look(m.cpus[0]).records.length, before);
  t.deepEqual(cached(m), [true, true]);
});

test('a lazy user leaves the mm, and is not asked again', (t) => {
  const m = machine(3, 0b010);
  flush(m, -1);
  t.is(m.mem[m.at + MM + MM_TLB.cpu_vm_mask], ~0b010);
  t.deepEqual(cached(m), [true, false, false]);
});

test('the lock of the vector is held until all have flushed', (t) => {
  const m = machine(2);
  const [a, b] = m.cpus;
  const waiting: [boolean, string][] = [];
  m.atBoundaries(b, () => waiting.push([lockdep_is_held(a, m.at + SLOT + FLUSH_STATE.tlbstate_lock), look(a).step]));
  m.atBoundaries(a, (n) => {
    if (n > 12) READ_ONCE(b, m.at + PAGE);
  });
  native_flush_tlb_others(a, m.at + SLOT, m.at + MM, m.at + PAGE, 2, WAITS);
  t.true(waiting.length > 0);
  for (const seen of waiting) t.deepEqual(seen, [true, STEPS[WAITS - 1]]);
});

test('a receiver with interrupts off that waits for a lock of the sender: a deadlock', (t) => {
  const m = machine(2);
  const [a, b] = m.cpus;
  const lock = m.at + PAGE + 1;
  spin_lock(a, lock);
  m.mem[b.irqOff] = IRQS_DISABLED;
  publishWait(b, WAIT.LOCK, lock);
  t.true(isAbandoned(() => native_flush_tlb_others(a, m.at + SLOT, m.at + MM, m.at + PAGE, 2, WAITS)));
  t.true(hasFailed(b));
  t.is(m.mem[a.block + CPU.held], 2, 'the lock and the vector stay taken');
});

test('the hypervisor flushes without an interrupt', (t) => {
  const m = machine(4);
  for (const cpu of m.cpus) m.mem[cpu.irqOff] = IRQS_DISABLED;
  xen_flush_tlb_others(m.cpus[0], 0b0111);
  t.deepEqual(cached(m), [true, false, false, true]);
});
