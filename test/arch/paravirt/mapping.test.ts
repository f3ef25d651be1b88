/**
 * Goal: an update reaches the hardware's entry at once outside of lazy mode and at its end inside; kmap_atomic flushes;
 * what else changes the kernel's mappings there, or uses what is queued, breaks a rule.
 * Method: one CPU, with direct and with shadow paging.
 */
import test from 'ava';
import { paravirt_enter_lazy_mmu, paravirt_leave_lazy_mmu } from '../../../lib/arch/paravirt/lazyMode.js';
import {
  KM_IRQ0,
  KM_USER0,
  PREEMPT_KMAP,
  hardwareEntry,
  kmap_pte,
  kmap_atomic,
  kunmap_atomic,
  setKernelPte,
  set_pte,
  useKmap,
  useMapping,
  useUserMapping,
} from '../../../lib/arch/paravirt/mapping.js';
import { queueLength } from '../../../lib/arch/paravirt/mmuQueue.js';
import { per_cpu_ptr } from '../../../lib/kernel/percpu.js';
import { preempt_count } from '../../../lib/kernel/preempt.js';
import { spin_lock } from '../../../lib/kernel/spinlock.js';
import { IN_HARDIRQ } from '../../../lib/machine/irq.js';
import { recorded } from '../../machine/boot.js';
import { bootGuest, checksBut, diesOf, lazyMode, preempt, type Guest } from './guest.js';

const direct = lazyMode();
const shadow = lazyMode({ hardware: 1 });

function enterLazyMode(guest: Guest): void {
  spin_lock(guest.cpus[0], guest.at);
  paravirt_enter_lazy_mmu(guest.cpus[0], direct, guest.at);
  guest.cpus[0].ring.reset();
}

test('outside of lazy mode both words of an entry change at once', (t) => {
  const { cpus, at } = bootGuest();
  set_pte(cpus[0], direct, at + 2, 7);
  set_pte(cpus[0], shadow, at + 4, 7);
  t.deepEqual(recorded(cpus[0]), ['write 2 0 7', 'write 4 0 7', 'write 5 0 7']);
  t.deepEqual([hardwareEntry(direct, 2), hardwareEntry(shadow, 2)], [2, 3]);
});

test('in lazy mode the hardware is told at its end; a shadowed guest sees its own word change before', (t) => {
  const guest = bootGuest();
  const { cpus, mem, at } = guest;
  enterLazyMode(guest);
  set_pte(cpus[0], direct, at + 2, 7);
  set_pte(cpus[0], shadow, at + 4, 7);
  t.deepEqual([mem[at + 2], mem[at + 4], mem[at + 5]], [0, 7, 0]);
  paravirt_leave_lazy_mmu(cpus[0], direct);
  t.deepEqual([mem[at + 2], mem[at + 5]], [7, 7]);
});

test('a hardware walk that does not find what was set kills the CPU', (t) => {
  const guest = bootGuest();
  const [cpu] = guest.cpus;
  enterLazyMode(guest);
  set_pte(cpu, direct, guest.at + 2, 7);
  t.regex(diesOf(guest, () => useMapping(cpu, direct, guest.at + 2, 7)) ?? '', /^I7: /);
});

test('kmap_atomic flushes, also in lazy mode and in an interrupt; each type has a slot of its own', (t) => {
  const guest = bootGuest();
  const [cpu] = guest.cpus;
  enterLazyMode(guest);
  set_pte(cpu, direct, guest.at + 2, 7);
  useKmap(cpu, direct, kmap_atomic(cpu, direct, KM_USER0, 1, false), 1);
  t.deepEqual([guest.mem[guest.at + 2], queueLength(cpu), preempt_count(cpu)], [7, 0, 2]);
  guest.mem[cpu.irqOff] = IN_HARDIRQ;
  useKmap(cpu, direct, kmap_atomic(cpu, direct, KM_IRQ0, 2, false), 2);
  const slots = new Set(recorded(cpu).filter((line) => line.startsWith('read')));
  t.is(slots.size, 2);
  kunmap_atomic(cpu, false);
  kunmap_atomic(cpu, false);
  t.is(preempt_count(cpu), 1);
});

test('R3: kmap_atomic with preemption on', (t) => {
  const guest = bootGuest();
  t.regex(diesOf(guest, () => kmap_atomic(guest.cpus[0], direct, KM_USER0, 1, true)) ?? '', /^R3: /);
  const [cpu] = bootGuest().cpus;
  kmap_atomic(cpu, lazyMode({ checks: checksBut('R3') }), KM_USER0, 1, true);
  kunmap_atomic(cpu, true);
  t.is(preempt_count(cpu), 0);
});

test('R3: a task that is preempted behind its slot goes on using it, and the next task there maps its own page', (t) => {
  const unchecked = lazyMode({ checks: checksBut('R3') });
  for (const keepsPreemption of [false, true]) {
    const guest = bootGuest(2);
    const [a, b] = guest.cpus;
    const first = per_cpu_ptr(a, kmap_pte, 0);
    preempt(guest, unchecked, PREEMPT_KMAP);
    const slot = kmap_atomic(a, unchecked, KM_USER0, 1, keepsPreemption);
    t.deepEqual([a.id, slot], [keepsPreemption ? 1 : 0, first]);
    useKmap(a, unchecked, slot, 1);
    const other = kmap_atomic(b, unchecked, KM_USER0, 2, false);
    t.is(other === slot, keepsPreemption);
    const message = diesOf(guest, () => useKmap(a, unchecked, slot, 1));
    if (keepsPreemption) t.regex(message ?? '', /another task's page/);
    else t.is(message, null);
  }
});

test('R2 and D: other mappings of the kernel in lazy mode, by the section itself or by an interrupt', (t) => {
  for (const [irqOff, rule] of [
    [0, /^R2: /],
    [IN_HARDIRQ, /^D /],
  ] as const) {
    const guest = bootGuest();
    const [cpu] = guest.cpus;
    setKernelPte(cpu, direct, guest.at + 2, 7);
    t.is(guest.mem[guest.at + 2], 7, 'outside of it nobody minds');
    enterLazyMode(guest);
    guest.mem[cpu.irqOff] = irqOff;
    t.regex(diesOf(guest, () => setKernelPte(cpu, direct, guest.at + 4, 7)) ?? '', rule);
  }
});

test('B: a user mapping that is used while its update is queued', (t) => {
  const guest = bootGuest();
  const [cpu] = guest.cpus;
  enterLazyMode(guest);
  useUserMapping(cpu, direct, guest.at + 2, 0);
  set_pte(cpu, direct, guest.at + 2, 7);
  t.regex(diesOf(guest, () => useUserMapping(cpu, direct, guest.at + 2, 7)) ?? '', /^B: /);
});
