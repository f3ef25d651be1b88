/**
 * Goal: a function call on other CPUs runs there in interrupt context and here at once with interrupts off; the caller
 * cannot be preempted meanwhile, and is warned when it waits with interrupts off (I14).
 * Method: CPUs of one thread; receivers go on at the caller's instruction boundaries.
 */
import test from 'ava';
import { READ_ONCE } from '../../lib/machine/access.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { cpumask_of } from '../../lib/kernel/cpumask.js';
import { in_interrupt, irqs_disabled, local_irq_disable } from '../../lib/kernel/irqflags.js';
import { readLockFacts } from '../../lib/kernel/lockdepEvents.js';
import { classesOf, possibleCycles } from '../../lib/kernel/lockdepGraph.js';
import { preempt_count } from '../../lib/kernel/preempt.js';
import { smp_call_function_many, smp_call_function_single } from '../../lib/kernel/smp.js';
import { spin_lock, spin_unlock } from '../../lib/kernel/spinlock.js';
import { outcomeSignature } from '../../lib/machine/outcome.js';
import { STEPS, boot, isAbandoned, type Machine } from '../machine/boot.js';

const idle = (): void => {};

interface Run {
  readonly cpu: number;
  readonly info: number;
  readonly inInterrupt: boolean;
  readonly irqsOff: boolean;
}

function bootLogging(cpus: number): Machine & { readonly runs: Run[] } {
  const runs: Run[] = [];
  return { ...boot({ cpus, words: 80, interrupts: [log], config: runs }), runs };
}

function log(cpu: Cpu, info: number, runs: Run[]): void {
  runs.push({ cpu: cpu.id, info, inInterrupt: in_interrupt(cpu), irqsOff: irqs_disabled(cpu) });
}

/** The others take what comes whenever `caller` is at a boundary. */
function keepRunning(machine: Machine, caller: Cpu, also: () => void = () => {}): void {
  machine.atBoundaries(caller, () => {
    also();
    for (const cpu of machine.cpus) if (cpu !== caller) READ_ONCE(cpu, machine.at);
  });
}

test('on the own CPU the function runs at once, with interrupts off', (t) => {
  const { cpus, runs } = bootLogging(2);
  smp_call_function_single(cpus[1], 1, log, 5, true);
  t.deepEqual(runs, [{ cpu: 1, info: 5, inInterrupt: false, irqsOff: true }]);
  t.false(irqs_disabled(cpus[1]));
});

for (const target of [1, 31, 32, 63]) {
  test(`on CPU ${target} it runs in interrupt context, and the caller goes on when it has`, (t) => {
    const machine = bootLogging(64);
    const [caller] = machine.cpus;
    keepRunning(machine, caller);
    smp_call_function_single(caller, target, log, 7, true);
    t.deepEqual(machine.runs, [{ cpu: target, info: 7, inInterrupt: true, irqsOff: true }]);
  });
}

test('many: every CPU of the mask but the own one, without preemption', (t) => {
  const machine = bootLogging(4);
  const caller = machine.cpus[2];
  const counts = new Set<number>();
  keepRunning(machine, caller, () => counts.add(preempt_count(caller)));
  smp_call_function_many(caller, 0b1111, 0, log, 9, true);
  t.deepEqual(
    machine.runs.map((r) => r.cpu),
    [0, 1, 3],
  );
  t.deepEqual([...counts], [1]);
  t.is(preempt_count(caller), 0);
});

test('without wait the caller goes on at once', (t) => {
  const { cpus, at, runs } = bootLogging(2);
  smp_call_function_many(cpus[0], 2, 0, log, 1, false);
  t.deepEqual(runs, []);
  READ_ONCE(cpus[1], at);
  t.is(runs.length, 1);
});

test('a mask has no bit for what is no CPU of its word', (t) => {
  for (const id of [-32, -31, -1, 32, 63]) t.is(cpumask_of(id), 0, String(id));
  t.deepEqual([cpumask_of(0), cpumask_of(31)], [1, 1 << 31]);
});

// What lockdep learns of a call depends on whether it names another CPU: none of the two words may be taken for the other.
for (const [caller, target] of [
  [0, 32],
  [1, 33],
  [31, 63],
  [32, 0],
  [40, 8],
]) {
  test(`lockdep sees that CPU ${caller} waits for CPU ${target} alone`, (t) => {
    const machine = boot({
      cpus: 64,
      words: 80,
      interrupts: [idle],
      lockNames: (offset) => (offset === 0 ? 'l' : 'other'),
    });
    const cpu = machine.cpus[caller];
    machine.atBoundaries(cpu, () => void READ_ONCE(machine.cpus[target], machine.at));
    spin_lock(cpu, machine.at);
    smp_call_function_single(cpu, target, idle, 0, true);
    spin_unlock(cpu, machine.at);
    local_irq_disable(machine.cpus[target]);
    spin_lock(machine.cpus[target], machine.at);
    spin_unlock(machine.cpus[target], machine.at);
    const { events } = readLockFacts(machine.mem, machine.map, machine.lockClasses, STEPS);
    t.deepEqual(
      possibleCycles(events).map((cycle) => classesOf(cycle).toSorted()),
      [['irq[cpu]', 'l']],
    );
  });
}

test('I14: waiting with interrupts off warns; without waiting it is allowed', (t) => {
  const machine = bootLogging(2);
  const [caller] = machine.cpus;
  local_irq_disable(caller);
  smp_call_function_many(caller, 2, 0, log, 1, false);
  t.is(machine.mem[caller.outcome], 0);
  keepRunning(machine, caller);
  isAbandoned(() => smp_call_function_many(caller, 2, 0, log, 2, true));
  t.is(outcomeSignature(machine.mem[caller.outcome]), 3);
});
