/**
 * Goal: lazy mode is entered and left in pairs, on one CPU; a flush carries out what is queued and stays in it; each fix
 * changes what it says and no more; and the rules are asserted.
 * Method: one CPU, or two that exchange their tasks, in one thread.
 */
import test from 'ava';
import {
  PARAVIRT_LAZY_MMU,
  PARAVIRT_LAZY_NONE,
  PREEMPT_LAZY_ENTER,
  PREEMPT_LAZY_FLUSH,
  PREEMPT_LAZY_LEAVE,
  dropLazyMode,
  isSettled,
  lazy_mmu_mode_pause,
  lazy_mmu_mode_resume,
  paravirt_enter_lazy_mmu,
  paravirt_flush_lazy_mmu,
  paravirt_get_lazy_mode,
  paravirt_leave_lazy_mmu,
  readLazyMode,
  type LazyMode,
} from '../../../lib/arch/paravirt/lazyMode.js';
import { PREEMPT_SET_PTE, set_pte } from '../../../lib/arch/paravirt/mapping.js';
import { queueLength } from '../../../lib/arch/paravirt/mmuQueue.js';
import { preempt_count, preempt_disable } from '../../../lib/kernel/preempt.js';
import { spin_lock } from '../../../lib/kernel/spinlock.js';
import type { Cpu } from '../../../lib/machine/cpu.js';
import { IN_HARDIRQ } from '../../../lib/machine/irq.js';
import { preemptHere } from '../../../lib/machine/preemption.js';
import { bootGuest, checksBut, diesOf, lazyMode, preempt, type Guest } from './guest.js';

/** A place of the test's own. */
const ELSEWHERE = 99;

/** A CPU in lazy mode under the lock at the first word, with an update of the third queued. */
function inLazyMode(pv: LazyMode, cpus = 1): Guest {
  const guest = bootGuest(cpus);
  const [cpu] = guest.cpus;
  spin_lock(cpu, guest.at);
  paravirt_enter_lazy_mmu(cpu, pv, guest.at);
  set_pte(cpu, pv, guest.at + 2, 7);
  return guest;
}

const stored = ({ mem, at }: Guest): number => mem[at + 2];
const isLazy = (cpu: Cpu, pv: LazyMode): boolean => paravirt_get_lazy_mode(cpu, pv) === PARAVIRT_LAZY_MMU;

test('what is set in lazy mode is stored when it is left', (t) => {
  const pv = lazyMode();
  const guest = inLazyMode(pv);
  const [cpu] = guest.cpus;
  t.deepEqual([stored(guest), isLazy(cpu, pv), isSettled(cpu)], [0, true, false]);
  paravirt_leave_lazy_mmu(cpu, pv);
  t.deepEqual([stored(guest), isLazy(cpu, pv), isSettled(cpu)], [7, false, true]);
});

test('a flush stores it and stays in lazy mode; without lazy mode it does nothing', (t) => {
  const pv = lazyMode();
  const guest = inLazyMode(pv);
  const [cpu] = guest.cpus;
  paravirt_flush_lazy_mmu(cpu, pv);
  t.deepEqual([stored(guest), isLazy(cpu, pv), preempt_count(cpu)], [7, true, 1]);
  paravirt_leave_lazy_mmu(cpu, pv);
  paravirt_flush_lazy_mmu(cpu, pv);
  t.is(paravirt_get_lazy_mode(cpu, pv), PARAVIRT_LAZY_NONE);
});

test('entering twice and leaving twice are BUGs, as is leaving what was never entered', (t) => {
  const pv = lazyMode();
  const guest = inLazyMode(pv);
  const [cpu] = guest.cpus;
  t.regex(diesOf(guest, () => paravirt_enter_lazy_mmu(cpu, pv, guest.at)) ?? '', /PARAVIRT_LAZY_NONE\) at enter/);
  const other = bootGuest();
  preempt_disable(other.cpus[0]);
  t.regex(diesOf(other, () => paravirt_leave_lazy_mmu(other.cpus[0], pv)) ?? '', /!= mode\) at leave/);
});

test('R1: not with preemption on, when entering, leaving or flushing', (t) => {
  const guest = bootGuest();
  const [cpu] = guest.cpus;
  const pv = lazyMode({ checks: checksBut('A') });
  t.regex(diesOf(guest, () => paravirt_enter_lazy_mmu(cpu, pv, 0)) ?? '', /^R1 /);
  const unchecked = lazyMode({ checks: checksBut('A', 'R1') });
  paravirt_enter_lazy_mmu(cpu, unchecked, 0);
  for (const leave of [paravirt_leave_lazy_mmu, paravirt_flush_lazy_mmu]) {
    guest.mem[cpu.outcome] = 0;
    t.regex(diesOf(guest, () => leave(cpu, pv)) ?? '', /^R1 /);
  }
});

test('A: only under the lock of a user page table', (t) => {
  const pv = lazyMode();
  for (const ptl of [0, 1]) {
    const guest = bootGuest(2);
    const [cpu, other] = guest.cpus;
    preempt_disable(cpu);
    if (ptl === 1) spin_lock(other, guest.at);
    t.regex(diesOf(guest, () => paravirt_enter_lazy_mmu(cpu, pv, ptl * guest.at)) ?? '', /^A: /);
  }
});

test('C: not in an interrupt; counters of the task ignore it there', (t) => {
  for (const taskCount of [false, true]) {
    const pv = lazyMode({ taskFlag: taskCount, taskCount, checks: taskCount ? checksBut('A', 'C') : checksBut('A') });
    const guest = bootGuest();
    const [cpu] = guest.cpus;
    guest.mem[cpu.irqOff] = IN_HARDIRQ;
    const message = diesOf(guest, () => paravirt_enter_lazy_mmu(cpu, pv, 0));
    if (taskCount) t.deepEqual([message, isLazy(cpu, pv)], [null, false]);
    else t.regex(message ?? '', /^C /);
  }
});

test('enterPreemptOff: a caller with preemption on cannot be preempted inside', (t) => {
  const pv = lazyMode({ enterPreemptOff: true, checks: checksBut('A') });
  const guest = bootGuest();
  const [cpu] = guest.cpus;
  paravirt_enter_lazy_mmu(cpu, pv, 0);
  t.is(preempt_count(cpu), 1);
  paravirt_flush_lazy_mmu(cpu, pv);
  t.is(preempt_count(cpu), 1);
  paravirt_leave_lazy_mmu(cpu, pv);
  t.is(preempt_count(cpu), 0);
});

test('taskFlag: the mode is none in interrupts, so that they store at once', (t) => {
  const pv = lazyMode({ taskFlag: true });
  const guest = inLazyMode(pv);
  const [cpu] = guest.cpus;
  guest.mem[cpu.irqOff] = IN_HARDIRQ;
  set_pte(cpu, pv, guest.at + 4, 9);
  t.deepEqual([guest.mem[guest.at + 4], isLazy(cpu, pv)], [9, false]);
  guest.mem[cpu.irqOff] = 0;
  t.true(isLazy(cpu, pv));
});

/** The task of the first CPU goes on on the second, in lazy mode with an update queued. */
function moveInLazyMode(pv: LazyMode): Guest {
  const guest = bootGuest(2);
  const [a] = guest.cpus;
  paravirt_enter_lazy_mmu(a, pv, 0);
  set_pte(a, pv, guest.at + 2, 7);
  preempt(guest, pv, ELSEWHERE);
  preemptHere(a, ELSEWHERE);
  return guest;
}

test('without taskFlag, the mode and the updates of a task that moves stay behind', (t) => {
  const pv = lazyMode({ checks: checksBut('A', 'R1') });
  const guest = moveInLazyMode(pv);
  const [a, b] = guest.cpus;
  t.deepEqual([a.id, isLazy(a, pv), isLazy(b, pv), stored(guest)], [1, false, true, 0]);
  t.deepEqual(readLazyMode(guest.mem, b.percpu), { mode: PARAVIRT_LAZY_MMU, enteredBy: 0 });
  paravirt_flush_lazy_mmu(a, pv);
  t.is(stored(guest), 0, 'looks at another CPU');
  t.regex(diesOf(guest, () => paravirt_leave_lazy_mmu(a, pv)) ?? '', /at leave/);
});

for (const taskCount of [false, true]) {
  test(`taskFlag, counters ${taskCount}: a task that moves takes its mode along, with nothing queued`, (t) => {
    const pv = lazyMode({ taskFlag: true, taskCount, checks: checksBut('A', 'R1') });
    const guest = moveInLazyMode(pv);
    const [a, b] = guest.cpus;
    t.deepEqual([a.id, isLazy(a, pv), isLazy(b, pv), stored(guest)], [1, true, false, 7]);
    paravirt_leave_lazy_mmu(a, pv);
    t.deepEqual([isSettled(a), isSettled(b)], [true, true]);
  });
}

test('a task that moves in the middle of a flush enters lazy mode where it goes on', (t) => {
  const pv = lazyMode({ checks: checksBut('A', 'R1') });
  const guest = bootGuest(2);
  const [a, b] = guest.cpus;
  paravirt_enter_lazy_mmu(a, pv, 0);
  preempt(guest, pv, 0, 4); // the flush, leave_lazy() twice, then between its two halves
  paravirt_flush_lazy_mmu(a, pv);
  t.deepEqual([a.id, isLazy(a, pv), isLazy(b, pv)], [1, true, false]);
  const off = lazyMode({ ...pv, flushPreemptOff: true });
  preempt(guest, pv, 0, 1);
  paravirt_flush_lazy_mmu(a, off);
  t.is(a.id, 1, 'with preemption off it stays');
});

for (const [fix, name] of [
  [{}, 'a mode of the CPU'],
  [{ taskFlag: true }, 'a mode of the task'],
] as const) {
  const pv = lazyMode({ ...fix, checks: checksBut('A', 'R1') });
  const ofTask = 'taskFlag' in fix;

  test(`${name}: preempted between the mode that it reads and the update, a task ${ofTask ? 'queues where it is lazy' : 'queues where it is not'}`, (t) => {
    const guest = bootGuest(2);
    const [a, b] = guest.cpus;
    paravirt_enter_lazy_mmu(a, pv, 0);
    preempt(guest, pv, PREEMPT_SET_PTE);
    set_pte(a, pv, guest.at + 2, 7);
    t.deepEqual([a.id, isLazy(a, pv), isLazy(b, pv)], [1, ofTask, !ofTask]);
    t.deepEqual([queueLength(a), stored(guest)], [1, 0], 'queued on the CPU that it has come to');
    paravirt_flush_lazy_mmu(a, pv);
    t.is(stored(guest), ofTask ? 7 : 0);
  });

  test(`${name}: preempted in the flush, a task ${ofTask ? 'leaves and enters its own' : 'leaves one that is none'}`, (t) => {
    const guest = bootGuest(2);
    const [a] = guest.cpus;
    paravirt_enter_lazy_mmu(a, pv, 0);
    set_pte(a, pv, guest.at + 2, 7);
    preempt(guest, pv, PREEMPT_LAZY_FLUSH);
    const message = diesOf(guest, () => paravirt_flush_lazy_mmu(a, pv));
    if (ofTask) t.deepEqual([message, stored(guest), isLazy(a, pv)], [null, 7, true]);
    else t.regex(message ?? '', /!= mode\) at leave/);
  });

  test(`${name}: preempted in leave_lazy(), a task ${ofTask ? 'has left' : 'leaves its updates and the mode behind'}`, (t) => {
    const guest = bootGuest(2);
    const [a, b] = guest.cpus;
    paravirt_enter_lazy_mmu(a, pv, 0);
    set_pte(a, pv, guest.at + 2, 7);
    preempt(guest, pv, PREEMPT_LAZY_LEAVE);
    paravirt_leave_lazy_mmu(a, pv);
    t.deepEqual([a.id, isLazy(a, pv), isLazy(b, pv)], [1, false, !ofTask]);
    t.is(stored(guest), ofTask ? 7 : 0);
  });

  test(`${name}: preempted in enter_lazy(), a task enters it where it is`, (t) => {
    const guest = bootGuest(2);
    const [a, b] = guest.cpus;
    preempt(guest, pv, PREEMPT_LAZY_ENTER);
    paravirt_enter_lazy_mmu(a, pv, 0);
    t.deepEqual([a.id, isLazy(a, pv), isLazy(b, pv)], [1, true, false]);
  });
}

test('taskCount: sections nest, the inner end flushes, the outer one leaves', (t) => {
  const pv = lazyMode({ taskFlag: true, taskCount: true });
  const guest = inLazyMode(pv);
  const [cpu] = guest.cpus;
  paravirt_enter_lazy_mmu(cpu, pv, guest.at);
  t.is(stored(guest), 0);
  paravirt_leave_lazy_mmu(cpu, pv);
  t.deepEqual([stored(guest), isLazy(cpu, pv)], [7, true]);
  paravirt_leave_lazy_mmu(cpu, pv);
  t.false(isLazy(cpu, pv));
});

test('taskCount: a pause stores what is queued and all that comes until the resume, nested sections included', (t) => {
  const pv = lazyMode({ taskFlag: true, taskCount: true });
  const guest = inLazyMode(pv);
  const [cpu] = guest.cpus;
  lazy_mmu_mode_pause(cpu, pv);
  lazy_mmu_mode_pause(cpu, pv);
  t.deepEqual([stored(guest), isLazy(cpu, pv)], [7, false]);
  paravirt_enter_lazy_mmu(cpu, pv, guest.at);
  set_pte(cpu, pv, guest.at + 4, 9);
  t.is(guest.mem[guest.at + 4], 9);
  paravirt_leave_lazy_mmu(cpu, pv);
  lazy_mmu_mode_resume(cpu, pv);
  t.false(isLazy(cpu, pv));
  lazy_mmu_mode_resume(cpu, pv);
  t.true(isLazy(cpu, pv));
});

test('after an abandoned trial everything is forgotten', (t) => {
  for (const fix of [{}, { taskFlag: true, taskCount: true }]) {
    const pv = lazyMode(fix);
    const guest = inLazyMode(pv);
    const [cpu] = guest.cpus;
    dropLazyMode(cpu);
    t.true(isSettled(cpu));
    paravirt_enter_lazy_mmu(cpu, pv, guest.at);
    t.true(isLazy(cpu, pv));
  }
});
