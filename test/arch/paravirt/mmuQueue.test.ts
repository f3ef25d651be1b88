/**
 * Goal: updates take effect at the issue and not before, in their order, with interrupts off; a queue that is full issues
 * itself; and flags that are saved for another CPU are noticed.
 * Method: one CPU queues and issues stores to words of its instance.
 */
import test from 'ava';
import {
  PREEMPT_FLAGS,
  QUEUE_ROOM,
  dropQueue,
  isQueued,
  issueQueue,
  queueLength,
  queueUpdate,
  readQueue,
} from '../../../lib/arch/paravirt/mmuQueue.js';
import { irqs_disabled, local_irq_disable } from '../../../lib/kernel/irqflags.js';
import { recorded } from '../../machine/boot.js';
import { bootGuest, diesOf, lazyMode, preempt } from './guest.js';

const form = lazyMode();

test('updates take effect at the issue, in their order', (t) => {
  const { cpus, mem, at } = bootGuest();
  const [cpu] = cpus;
  queueUpdate(cpu, form, at, 1);
  queueUpdate(cpu, form, at + 1, 2);
  queueUpdate(cpu, form, at, 3);
  t.deepEqual([mem[at], mem[at + 1], queueLength(cpu)], [0, 0, 3]);
  t.deepEqual([isQueued(cpu, at + 1), isQueued(cpu, at + 2)], [true, false]);
  t.deepEqual(readQueue(mem, cpu.percpu)[1], { target: at + 1, value: 2 });
  issueQueue(cpu);
  t.deepEqual(recorded(cpu), ['write 0 0 1', 'write 1 0 2', 'write 0 1 3']);
  t.deepEqual([queueLength(cpu), isQueued(cpu, at)], [0, false]);
});

test('interrupts are off while the queue is issued, and then as they were', (t) => {
  const { cpus, at, atBoundaries } = bootGuest();
  const [cpu] = cpus;
  const off: boolean[] = [];
  atBoundaries(cpu, () => off.push(irqs_disabled(cpu)));
  queueUpdate(cpu, form, at, 1);
  t.false(irqs_disabled(cpu));
  issueQueue(cpu);
  t.deepEqual([off, irqs_disabled(cpu)], [[true], false]);
  local_irq_disable(cpu);
  queueUpdate(cpu, form, at, 1);
  issueQueue(cpu);
  t.true(irqs_disabled(cpu));
});

test('an update that finds the queue full issues it first', (t) => {
  const { cpus, mem, at } = bootGuest();
  const [cpu] = cpus;
  for (let i = 0; i < 5; i++) queueUpdate(cpu, form, at + i, 1);
  t.deepEqual(Array.from(mem.subarray(at, at + 5)), [1, 1, 1, 1, 0]);
  t.is(queueLength(cpu), 1);
});

test('a queue without limit has an end', (t) => {
  const guest = bootGuest();
  const [cpu] = guest.cpus;
  const endless = lazyMode({ queueLimit: Infinity });
  for (let i = 0; i < QUEUE_ROOM; i++) queueUpdate(cpu, endless, guest.at, i);
  t.regex(diesOf(guest, () => queueUpdate(cpu, endless, guest.at, 0)) ?? '', /queue .* is full/);
  dropQueue(cpu);
  t.is(queueLength(cpu), 0);
});

test('flags saved straight into the per-CPU word come back, unless the task has moved in between', (t) => {
  const guest = bootGuest(2);
  const [a, b] = guest.cpus;
  const early = lazyMode({ flagsToPerCpuWord: true });
  queueUpdate(a, early, guest.at, 1);
  t.deepEqual([irqs_disabled(a), queueLength(a)], [false, 1]);
  local_irq_disable(a);
  queueUpdate(a, early, guest.at, 1);
  t.true(irqs_disabled(a));
  // Interrupts off: the task could not be preempted there.
  guest.mem[a.irqOff] = 0;
  preempt(guest, early, PREEMPT_FLAGS);
  t.regex(diesOf(guest, () => queueUpdate(a, early, guest.at, 1)) ?? '', /^I5: .*another CPU/);
  t.deepEqual([a.id, b.id], [1, 0]);
});
