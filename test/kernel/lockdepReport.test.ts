/**
 * Goal: a possible deadlock is told in lockdep's layout, with what was really seen: who, where, holding what, after what.
 * Method: two CPUs of one thread take locks inside kernel functions; the whole report is compared.
 */
import test from 'ava';
import { local_irq_restore, local_irq_save } from '../../lib/kernel/irqflags.js';
import { possibleCycles } from '../../lib/kernel/lockdepGraph.js';
import { readLockFacts } from '../../lib/kernel/lockdepEvents.js';
import { lockReport } from '../../lib/kernel/lockdepReport.js';
import { smp_call_function_single } from '../../lib/kernel/smp.js';
import { spin_lock, spin_unlock } from '../../lib/kernel/spinlock.js';
import { READ_ONCE } from '../../lib/machine/access.js';
import { enter, kernelFunction, leave, step } from '../../lib/machine/callStack.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { boot, STEPS, type Machine } from '../machine/boot.js';

const F_ONE = kernelFunction('function_one');
const F_TWO = kernelFunction('function_two');
const NAMES = ['a', 'page[0].ptl'];

function bootNamed(): Machine {
  return boot({ words: 8, interrupts: [handler], lockNames: (offset) => NAMES[offset] ?? `word ${offset}` });
}

function handler(cpu: Cpu): void {
  within(cpu, F_TWO, 3, () => {
    spin_lock(cpu, cpu.instance);
    spin_unlock(cpu, cpu.instance);
  });
}

function within(cpu: Cpu, fn: typeof F_ONE, label: number, body: () => void): void {
  enter(cpu, fn);
  step(cpu, label);
  body();
  leave(cpu);
}

/** The reports, text addresses left out. */
function reports({ mem, map, lockClasses }: Machine): string[][] {
  const { events } = readLockFacts(mem, map, lockClasses, STEPS);
  const naming = { steps: STEPS, comm: (task: number) => `task${task}`, symbol: (offset: number) => NAMES[offset] };
  return possibleCycles(events).map((cycle) =>
    lockReport(cycle, events, naming, 'race x, variant y').map((line) => line.replace(/\[<[0-9a-f]+>\] /, '')),
  );
}

test('two locks in two orders', (t) => {
  const machine = bootNamed();
  const [one, two] = machine.cpus;
  const { at } = machine;
  within(one, F_ONE, 1, () => {
    spin_lock(one, at);
    step(one, 2);
    spin_lock(one, at + 1);
    spin_unlock(one, at + 1);
    spin_unlock(one, at);
  });
  within(two, F_TWO, 3, () => {
    spin_lock(two, at + 1);
    spin_lock(two, at);
    spin_unlock(two, at);
    spin_unlock(two, at + 1);
  });
  t.deepEqual(reports(machine), [
    [
      '======================================================',
      'WARNING: possible circular locking dependency detected',
      'race x, variant y: seen in trial 1; nothing need have hung',
      '------------------------------------------------------',
      'task1/301 is trying to acquire lock:',
      ' (a){+...}, at: function_two+0x3/0x3',
      '',
      'but task is already holding lock:',
      ' (page.ptl){+...}, page[0].ptl taken at A3 with interrupts on',
      '',
      'which lock already depends on the new lock.',
      '',
      'the existing dependency chain (in reverse order) is:',
      '',
      '-> #1 (page.ptl){+...} after (a), by task0/300 on CPU 0:',
      '       function_one+0x2/0x3',
      '',
      '-> #0 (a){+...} after (page.ptl), by task1/301 on CPU 1:',
      '       function_two+0x3/0x3',
      '',
      'other info that might help us debug this:',
      ' Possible unsafe locking scenario:',
      '',
      '       CPU0                            CPU1',
      '       ----                            ----',
      '  lock(page.ptl);',
      '                                  lock(a);',
      '                                  lock(page.ptl);',
      '  lock(a);',
      '',
      ' *** DEADLOCK ***',
      '',
      '1 lock held by task1/301:',
      ' #0:  (page.ptl){+...}, page[0].ptl taken at A3 with interrupts on',
      '',
      'stack backtrace:',
      'CPU: 1 PID: 301 Comm: task1',
      'Call Trace:',
      ' function_two+0x3/0x3',
      '======================================================',
    ],
  ]);
});

test('a lock held across an IPI wait, and taken with interrupts off', (t) => {
  const machine = bootNamed();
  const [one, two] = machine.cpus;
  const { at } = machine;
  within(two, F_TWO, 3, () => {
    const flags = local_irq_save(two);
    spin_lock(two, at + 1);
    spin_unlock(two, at + 1);
    local_irq_restore(two, flags);
  });
  machine.atBoundaries(one, () => READ_ONCE(two, at + 4));
  within(one, F_ONE, 1, () => {
    spin_lock(one, at + 1);
    step(one, 2);
    smp_call_function_single(one, 1, handler, 0, true);
    spin_unlock(one, at + 1);
  });
  const [report] = reports(machine);
  t.is(report[1], 'WARNING: possible deadlock: an IPI wait against a lock taken with interrupts off');
  t.deepEqual(report.slice(4, 31), [
    'task0/300 is about to wait for the interrupts of other CPUs:',
    ' (irq[cpu]), at: function_one+0x2/0x3',
    '',
    'but task is already holding lock:',
    ' (page.ptl){+...}, page[0].ptl taken at A1 with interrupts on',
    '',
    'which lock already depends on the new lock.',
    '',
    'the existing dependency chain (in reverse order) is:',
    '',
    '-> #1 (page.ptl){+...}, with interrupts off, by task1/301 on CPU 1:',
    '       function_two+0x3/0x3',
    '',
    '-> #0 (irq[cpu]) after (page.ptl), by task0/300 on CPU 0:',
    '       function_one+0x2/0x3',
    '',
    'other info that might help us debug this:',
    ' Possible unsafe locking scenario:',
    '',
    '       CPU0                            CPU1',
    '       ----                            ----',
    '  lock(page.ptl);',
    '                                  local_irq_disable();',
    '                                  lock(page.ptl);',
    '  <waits for an IPI>',
    '',
    ' *** DEADLOCK ***',
  ]);
});

test('a lock taken with interrupts on and in an interrupt', (t) => {
  const machine = bootNamed();
  const [one, two] = machine.cpus;
  within(one, F_ONE, 1, () => {
    spin_lock(one, machine.at);
    spin_unlock(one, machine.at);
  });
  within(two, F_ONE, 2, () => {
    smp_call_function_single(one, 1, handler, 0, false);
    READ_ONCE(two, machine.at + 4);
  });
  const [report] = reports(machine);
  t.deepEqual(report.slice(1), [
    'WARNING: inconsistent lock state',
    'race x, variant y: seen in trial 1; nothing need have hung',
    '------------------------------------------------------',
    'inconsistent {HARDIRQ-ON-W} -> {IN-HARDIRQ-W} usage.',
    'task1/301 [HC1[1]:SC0[0]:HE0:SE1] takes:',
    ' (a){?...}, at: function_two+0x3/0x3',
    '{HARDIRQ-ON-W} state was registered at:',
    '  function_one+0x1/0x3',
    '',
    'other info that might help us debug this:',
    ' Possible unsafe locking scenario:',
    '',
    '       CPU0',
    '       ----',
    '  lock(a);',
    '  <Interrupt>',
    '    lock(a);',
    '',
    ' *** DEADLOCK ***',
    '',
    'no locks held by task1/301.',
    '',
    'stack backtrace:',
    'CPU: 1 PID: 301 Comm: task1',
    'Call Trace:',
    ' function_two+0x3/0x3',
    ' smp_call_function_interrupt+0x0/0x0',
    ' function_one+0x2/0x3',
    '======================================================',
  ]);
});

test('the interrupt first: the locks and the stack are those of the task that is accused', (t) => {
  const machine = bootNamed();
  const [one, two] = machine.cpus;
  within(two, F_ONE, 2, () => {
    smp_call_function_single(one, 1, handler, 0, false);
    READ_ONCE(two, machine.at + 4);
  });
  within(one, F_ONE, 1, () => {
    spin_lock(one, machine.at + 1);
    step(one, 2);
    spin_lock(one, machine.at);
    spin_unlock(one, machine.at);
    spin_unlock(one, machine.at + 1);
  });
  const [report] = reports(machine);
  t.deepEqual(report.slice(4, 11), [
    'inconsistent {IN-HARDIRQ-W} -> {HARDIRQ-ON-W} usage.',
    'task0/300 [HC0[0]:SC0[0]:HE1:SE1] takes:',
    ' (a){?...}, at: function_one+0x2/0x3',
    '{IN-HARDIRQ-W} state was registered at:',
    '  function_two+0x3/0x3',
    '  smp_call_function_interrupt+0x0/0x0',
    '  function_one+0x2/0x3',
  ]);
  t.deepEqual(report.slice(report.indexOf(' *** DEADLOCK ***') + 2), [
    '1 lock held by task0/300:',
    ' #0:  (page.ptl){+...}, page[0].ptl taken at A1 with interrupts on',
    '',
    'stack backtrace:',
    'CPU: 0 PID: 300 Comm: task0',
    'Call Trace:',
    ' function_one+0x2/0x3',
    '======================================================',
  ]);
});

test('interrupts enabled with a lock held that an interrupt takes: the report is of who enables them', (t) => {
  const machine = bootNamed();
  const [one, two] = machine.cpus;
  smp_call_function_single(one, 1, handler, 0, false);
  READ_ONCE(two, machine.at + 4);
  within(one, F_ONE, 1, () => {
    const flags = local_irq_save(one);
    spin_lock(one, machine.at);
    step(one, 2);
    local_irq_restore(one, flags);
    spin_unlock(one, machine.at);
  });
  const [report] = reports(machine);
  t.is(report[5], 'task0/300 [HC0[0]:SC0[0]:HE1:SE1] enables interrupts with:');
  t.is(report[6], ' (a){?...}, at: function_one+0x2/0x3');
  t.true(report.includes(' #0:  (a){?...}, a taken at A1 with interrupts off'));
});

test('other kinds have their own head and scenario', (t) => {
  const list = boot({ words: 8, lockNames: (offset) => `list[${offset}]` });
  spin_lock(list.cpus[0], list.at);
  spin_lock(list.cpus[0], list.at + 1);
  const [recursive] = reports(list);
  t.is(recursive[1], 'WARNING: possible recursive locking detected');
  t.true(recursive.includes('which is of the same class.'));
  t.deepEqual(
    recursive.filter((line) => line.startsWith('  lock')),
    ['  lock(list);', '  lock(list);'],
  );
  const order = bootNamed();
  const [cpu] = order.cpus;
  smp_call_function_single(order.cpus[1], 0, handler, 0, false);
  READ_ONCE(cpu, order.at + 4);
  spin_lock(cpu, order.at + 1);
  spin_unlock(cpu, order.at + 1);
  const flags = local_irq_save(cpu);
  spin_lock(cpu, order.at);
  spin_lock(cpu, order.at + 1);
  spin_unlock(cpu, order.at + 1);
  spin_unlock(cpu, order.at);
  local_irq_restore(cpu, flags);
  const [inversion] = reports(order);
  t.is(inversion[1], 'WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected');
  t.deepEqual(inversion.slice(inversion.indexOf(' Possible unsafe locking scenario:') + 4).slice(0, 5), [
    '  lock(a);',
    '                                  lock(page.ptl);',
    '                                  <Interrupt>',
    '                                    lock(a);',
    '  lock(page.ptl);',
  ]);
});
