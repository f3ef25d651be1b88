/**
 * Goal: a cycle of CPUs that wait for each other is found and proved, through locks and through acknowledgements; what
 * only looks like one is not: the false cycles of naive detectors.
 * Method: wait records, lock words and masks are set by hand on CPUs of one thread. What changes between the two passes
 * changes when the first pass has closed the cycle: `between` hooks in there.
 */
import test from 'ava';
import { READ_ONCE } from '../../lib/machine/access.js';
import { blockOf, type Cpu } from '../../lib/machine/cpu.js';
import { findCycle } from '../../lib/machine/cycle.js';
import { awaitAcks, send } from '../../lib/machine/ipi.js';
import { IN_HARDIRQ, IRQS_DISABLED } from '../../lib/machine/irq.js';
import { CPU, WAIT_OBJECTS } from '../../lib/machine/layout.js';
import { acquire, release } from '../../lib/machine/lock.js';
import { LOCK_PARKED } from '../../lib/machine/lockWord.js';
import { DEADLOCK } from '../../lib/machine/signatures.js';
import { captureRings } from '../../lib/machine/snapshot.js';
import { ACTIVITY, exit, fail, hasFailed, outcomeTag } from '../../lib/machine/outcome.js';
import { leftTrial } from '../../lib/machine/undone.js';
import { WAIT, publishWait, waitKind } from '../../lib/machine/wait.js';
import { beginTrial, boot, isAbandoned, snapshotOf, type Machine } from './boot.js';

const idle = (): void => {};

/** Each CPU holds one lock (word 0 is CPU 0's) and waits for that of the next: a cycle of all. */
function circle(cpus: number): Machine {
  const machine = boot({ cpus, words: cpus, interrupts: [idle] });
  for (const cpu of machine.cpus) acquire(cpu, machine.at + cpu.id);
  for (const cpu of machine.cpus) publishWait(cpu, WAIT.LOCK, machine.at + ((cpu.id + 1) % cpus));
  return machine;
}

/** CPU 0 holds the lock and waits for CPU 1's acknowledgement; CPU 1 waits for the lock with interrupts off or on. */
function lockAndAck(irqOff: number): Machine {
  const machine = boot({ interrupts: [idle] });
  const [a, b] = machine.cpus;
  acquire(a, machine.at);
  machine.mem[b.irqOff] = irqOff;
  a.mailboxes.expect(0, 0, 2);
  a.mailboxes.post(0, 1);
  publishWait(a, WAIT.ACK, 0);
  publishWait(b, WAIT.LOCK, machine.at);
  return machine;
}

/** The members of the proved cycle, in order of waiting; throws if there is none. */
function cycleOf(machine: Machine): readonly number[] {
  captureRings(machine.cpus[0], 0);
  const { signature, detail } = snapshotOf(machine, DEADLOCK);
  if (signature !== DEADLOCK) throw new Error(signature);
  return detail.slice(1, 1 + detail[0]);
}

/** Changes something when `walker` has closed a cycle in its first pass, before its second. */
function between(walker: Cpu, change: () => void): void {
  const { path } = walker;
  const indexOf = path.indexOf.bind(path);
  path.indexOf = (c) => {
    const met = indexOf(c);
    if (met >= 0) change();
    return met;
  };
}

for (const cpus of [2, 3, 8, 64]) {
  test(`${cpus} CPUs in a circle of locks: every member finds it`, (t) => {
    for (const walker of [0, 1, cpus - 1]) {
      const machine = circle(cpus);
      t.true(findCycle(machine.cpus[walker]));
      t.true(hasFailed(machine.cpus[0]));
      const expected = Array.from({ length: Math.min(cpus, 15) }, (_, i) => (walker + i) % cpus);
      t.deepEqual(cycleOf(machine).slice(0, 15), expected);
    }
  });
}

test('nothing of an earlier, longer cycle is left beside a short one', (t) => {
  for (const cpus of [2, 3]) {
    const machine = circle(cpus);
    machine.cpus[0].detail.fill(9);
    t.true(findCycle(machine.cpus[0]));
    captureRings(machine.cpus[0], 0);
    const { detail } = snapshotOf(machine, DEADLOCK);
    t.deepEqual(detail.slice(0, 1 + cpus), [cpus, ...machine.cpus.map(({ id }) => id)]);
    t.true(detail.slice(1 + cpus).every((word) => word === 0));
  }
});

test('a CPU that waits for a member of a cycle finds it as well', (t) => {
  const machine = boot({ cpus: 3 });
  const [a, b, c] = machine.cpus;
  acquire(b, machine.at);
  acquire(c, machine.at + 1);
  publishWait(a, WAIT.LOCK, machine.at);
  publishWait(b, WAIT.LOCK, machine.at + 1);
  publishWait(c, WAIT.LOCK, machine.at);
  t.true(findCycle(a));
  t.deepEqual(cycleOf(machine), [1, 2]);
});

test('a chain that ends at a running CPU is no cycle', (t) => {
  const machine = circle(4);
  publishWait(machine.cpus[3], WAIT.RUN, 0);
  for (const cpu of machine.cpus.slice(0, 3)) t.false(findCycle(cpu));
  t.false(hasFailed(machine.cpus[0]));
});

test('a lock holder waits for an acknowledgement that the spinner on its lock cannot give', (t) => {
  for (const walker of [0, 1]) {
    const machine = lockAndAck(IRQS_DISABLED);
    t.true(findCycle(machine.cpus[walker]));
    t.deepEqual(cycleOf(machine), [walker, 1 - walker]);
  }
});

test('three CPUs, the acknowledgements of two awaited: one blocked receiver suffices', (t) => {
  const machine = boot({ cpus: 3 });
  const [a, b, c] = machine.cpus;
  acquire(a, machine.at);
  machine.mem[c.irqOff] = IRQS_DISABLED;
  a.mailboxes.expect(0, 0, 6);
  publishWait(a, WAIT.ACK, 0);
  publishWait(c, WAIT.LOCK, machine.at);
  t.false(findCycle(b), 'CPU 1 waits for nothing');
  t.true(findCycle(a));
  t.deepEqual(cycleOf(machine), [0, 2]);
});

test('not a cycle: the receiver spins with interrupts on', (t) => {
  const { cpus } = lockAndAck(0);
  t.false(findCycle(cpus[0]));
  t.false(findCycle(cpus[1]));
});

test('not a cycle: the receiver has interrupts off, but runs', (t) => {
  const { cpus } = lockAndAck(IRQS_DISABLED);
  publishWait(cpus[1], WAIT.RUN, 0);
  t.false(findCycle(cpus[0]));
});

test('not a cycle: the receiver has acknowledged', (t) => {
  const { cpus } = lockAndAck(IRQS_DISABLED);
  cpus[1].mailboxes.ack(1, 0);
  t.false(findCycle(cpus[0]));
  t.false(findCycle(cpus[1]));
});

test('not a cycle: a handler on top of a wait', (t) => {
  const looks: boolean[] = [];
  const handler = (_: Cpu, _info: number, machine: { cpus: readonly Cpu[] }): void => {
    t.is(waitKind(machine.cpus[1].mem[machine.cpus[1].wait]), WAIT.RUN);
    looks.push(findCycle(machine.cpus[0]));
  };
  const config: { cpus: readonly Cpu[] } = { cpus: [] };
  const { cpus, at } = boot({ interrupts: [handler], config });
  config.cpus = cpus;
  const [a, b] = cpus;
  acquire(a, at);
  // CPU 1 is in the middle of its wait for the lock when CPU 0's call arrives: its interrupts go off for the handler.
  publishWait(b, WAIT.LOCK, at);
  send(a, 2, 0, handler, 0, false);
  a.mailboxes.expect(0, 0, 2);
  publishWait(a, WAIT.ACK, 0);
  READ_ONCE(b, at);
  t.deepEqual(looks, [false]);
  t.is(waitKind(b.mem[b.wait]), WAIT.LOCK, 'the wait goes on behind the handler');
});

test('not a cycle: acquired, and the wait not yet withdrawn', (t) => {
  const { cpus, at } = boot();
  const [a, b] = cpus;
  acquire(a, at);
  publishWait(a, WAIT.LOCK, at);
  publishWait(b, WAIT.LOCK, at);
  t.false(findCycle(a));
  t.false(findCycle(b));
});

test('not a cycle: the lock has been released', (t) => {
  const { cpus, at } = circle(2);
  release(cpus[1], at + 1);
  t.false(findCycle(cpus[0]));
  t.false(findCycle(cpus[1]));
});

test('no orphan: a handler of a CPU whose task has exited holds the lock', (t) => {
  const { cpus, mem, at } = boot();
  const [a, b] = cpus;
  acquire(a, at);
  t.true(isAbandoned(() => exit(a)));
  leftTrial(a);
  mem[a.irqOff] = IN_HARDIRQ;
  acquire(a, at + 1);
  publishWait(b, WAIT.LOCK, at + 1);
  t.false(findCycle(b));
  publishWait(b, WAIT.LOCK, at);
  t.true(findCycle(b), 'the task itself has left the other one');
});

test('not a cycle: a lock word that was stored over names a CPU which there is not', (t) => {
  const { cpus, at, mem, map } = circle(2);
  mem[at + 1] = 3;
  mem[blockOf(map, 2) + CPU.activity] = ACTIVITY.EXITED;
  t.false(findCycle(cpus[0]));
  t.false(hasFailed(cpus[0]), 'what lies behind the CPUs is no CPU that has exited');
});

test('not a cycle: a wait record that was stored over names a word which there is not', (t) => {
  const { cpus, mem } = circle(2);
  t.true(mem.length < WAIT_OBJECTS);
  publishWait(cpus[0], WAIT.LOCK, WAIT_OBJECTS - 1);
  t.false(findCycle(cpus[0]));
  t.false(findCycle(cpus[1]));
});

test('a phantom: the lock changes hands between the passes', (t) => {
  const { cpus, at } = circle(2);
  between(cpus[0], () => release(cpus[1], at + 1));
  t.false(findCycle(cpus[0]));
});

test('a phantom: the same owner has the lock again, one generation later', (t) => {
  const { cpus, at } = circle(2);
  between(cpus[0], () => {
    release(cpus[1], at + 1);
    acquire(cpus[1], at + 1);
  });
  t.false(findCycle(cpus[0]));
});

test('a phantom: another wait with the same look', (t) => {
  const { cpus, at } = circle(2);
  between(cpus[0], () => {
    publishWait(cpus[1], WAIT.RUN, 0);
    publishWait(cpus[1], WAIT.LOCK, at);
  });
  t.false(findCycle(cpus[0]));
});

test('a phantom: the bit of the acknowledgement is cleared between the passes', (t) => {
  const { cpus } = lockAndAck(IRQS_DISABLED);
  between(cpus[0], () => cpus[1].mailboxes.ack(1, 0));
  t.false(findCycle(cpus[0]));
});

test('a waiter that goes to sleep between the passes changes nothing', (t) => {
  const { cpus, mem, at } = circle(2);
  between(cpus[0], () => (mem[at + 1] |= LOCK_PARKED));
  t.true(findCycle(cpus[0]));
});

test('a trial that has failed already is over for every waiter', (t) => {
  const { cpus } = boot();
  fail(cpus[1], 'bang', 'for the test');
  t.true(findCycle(cpus[0]));
});

test('the outcome of an earlier trial is none of this one', (t) => {
  const { cpus, mem, at } = circle(2);
  fail(cpus[1], 'bang', 'for the test');
  for (const cpu of cpus) beginTrial(cpu, 2);
  t.false(hasFailed(cpus[0]));
  t.true(findCycle(cpus[0]));
  t.is(outcomeTag(mem[cpus[0].outcome]), 2);
  release(cpus[0], at);
});

test('the last CPU to wait proves the cycle in its waiting loop', (t) => {
  const machine = boot();
  const [a, b] = machine.cpus;
  acquire(a, machine.at);
  acquire(b, machine.at + 1);
  publishWait(b, WAIT.LOCK, machine.at);
  t.true(isAbandoned(() => acquire(a, machine.at + 1)));
  t.deepEqual(cycleOf(machine), [0, 1]);
});

test('it does so before it sleeps, however short it spins', (t) => {
  const machine = boot({ budget: { min: 1, max: 1, parkMsMax: 1 } });
  const [a, b] = machine.cpus;
  acquire(a, machine.at);
  acquire(b, machine.at + 1);
  publishWait(b, WAIT.LOCK, machine.at);
  t.true(isAbandoned(() => acquire(a, machine.at + 1)));
  t.is(a.waiter.parks, 0);
  const acks = lockAndAck(IRQS_DISABLED);
  const [sender] = acks.cpus;
  t.true(isAbandoned(() => awaitAcks(sender)));
  t.is(sender.waiter.parks, 0);
});
