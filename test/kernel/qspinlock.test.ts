/**
 * Goal: a fair spinlock goes to who came first, and a CPU waits for the one before it.
 * Method: CPUs of one thread; while one waits, what others do happens at its instruction boundaries.
 */
import test from 'ava';
import { preempt_count } from '../../lib/kernel/preempt.js';
import {
  QSPINLOCK,
  QSPINLOCK_CPUS_MAX,
  queued_spin_lock,
  queued_spin_trylock,
  queued_spin_unlock,
} from '../../lib/kernel/qspinlock.js';
import { CPU } from '../../lib/machine/layout.js';
import { DEADLOCK, UNLOCK_NOT_OWNER } from '../../lib/machine/signatures.js';
import { boot, isAbandoned, snapshotOf, type BootOptions, type Machine } from '../machine/boot.js';

const machine = (options: BootOptions = {}): Machine =>
  boot({ words: 2 * QSPINLOCK.WORDS, ringEntries: 256, ...options });

test('it is taken and given back again and again, by one and by another', (t) => {
  const m = machine();
  for (const cpu of [...m.cpus, ...m.cpus]) {
    queued_spin_lock(cpu, m.at);
    t.is(preempt_count(cpu), 1);
    t.false(queued_spin_trylock(m.cpus[1 - cpu.id], m.at));
    queued_spin_unlock(cpu, m.at);
    t.true(queued_spin_trylock(cpu, m.at));
    queued_spin_unlock(cpu, m.at);
    t.is(cpu.mem[cpu.block + CPU.held], 0);
    t.is(preempt_count(cpu), 0);
  }
});

test('who comes first gets it first', (t) => {
  const m = machine({ cpus: 3 });
  const [a, b, c] = m.cpus;
  const order: number[] = [];
  queued_spin_lock(a, m.at);
  // b waits; while it does, c waits behind it; while that does, a lets go, and b has not noticed.
  m.atBoundaries(b, (n) => {
    if (n !== 3) return;
    m.atBoundaries(c, (k) => {
      if (k === 3) queued_spin_unlock(a, m.at);
      if (k < 40) t.false(queued_spin_trylock(a, m.at), 'nobody passes those who wait');
      if (k === 40) order.push(-1);
      if (k === 40) throw new Error('c waits for b');
    });
    t.throws(() => queued_spin_lock(c, m.at), { message: 'c waits for b' });
    order.push(2);
  });
  queued_spin_lock(b, m.at);
  order.push(1);
  t.deepEqual(order, [-1, 2, 1]);
});

test('an interrupt that takes it between the ticket and its use leaves it to who comes next', (t) => {
  const m = machine();
  const [a, b] = m.cpus;
  m.atBoundaries(a, (n) => {
    if (n !== 1) return;
    t.true(queued_spin_trylock(a, m.at));
    queued_spin_unlock(a, m.at);
  });
  queued_spin_lock(a, m.at);
  t.false(queued_spin_trylock(b, m.at));
  queued_spin_unlock(a, m.at);
  t.true(queued_spin_trylock(b, m.at));
});

test('two in both orders', (t) => {
  const m = machine({ cpus: 3 });
  const [a, b] = m.cpus;
  queued_spin_lock(a, m.at);
  queued_spin_lock(b, m.at + QSPINLOCK.WORDS);
  m.atBoundaries(a, (n) => {
    if (n === 4) t.true(isAbandoned(() => queued_spin_lock(b, m.at)));
  });
  t.true(isAbandoned(() => queued_spin_lock(a, m.at + QSPINLOCK.WORDS)));
  t.deepEqual(
    snapshotOf(m, DEADLOCK).cycle.toSorted((x, y) => x - y),
    [0, 1],
  );
});

test('taken twice by one CPU', (t) => {
  const m = machine();
  queued_spin_lock(m.cpus[0], m.at);
  t.true(isAbandoned(() => queued_spin_lock(m.cpus[0], m.at)));
  t.deepEqual(snapshotOf(m, DEADLOCK).cycle, [0]);
});

test('given back by another CPU', (t) => {
  const m = machine();
  queued_spin_lock(m.cpus[0], m.at);
  t.true(isAbandoned(() => queued_spin_unlock(m.cpus[1], m.at)));
  t.is(snapshotOf(m, UNLOCK_NOT_OWNER).detail[1], 0);
});

test('a machine with more CPUs than it can serve', (t) => {
  const m = machine({ cpus: QSPINLOCK_CPUS_MAX + 1 });
  t.throws(() => queued_spin_lock(m.cpus[0], m.at), { instanceOf: RangeError, message: /32 CPUs at most, not 33/ });
});

test('a try that fails leaves no trace: how often a loop tries is in no record', (t) => {
  const m = machine();
  const [a, b] = m.cpus;
  queued_spin_lock(a, m.at);
  const before = m.mem.slice(m.at, m.at + QSPINLOCK.WORDS);
  for (let n = 0; n < 3; n++) t.false(queued_spin_trylock(b, m.at));
  t.deepEqual(m.mem.slice(m.at, m.at + QSPINLOCK.WORDS), before);
});
