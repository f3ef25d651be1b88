/**
 * Goal: a grace period waits for the readers that have begun before it; callbacks run behind it; misuse is
 * named.
 * Method: CPUs of one thread; while one waits, what others do happens at its instruction boundaries.
 */
import test from 'ava';
import {
  RCU,
  RCU_TASKS_MAX,
  kfree,
  rcu_assign_pointer,
  rcu_dereference,
  rcu_read_lock,
  rcu_read_lock_held,
  rcu_read_unlock,
  synchronize_rcu,
} from '../../lib/kernel/rcu.js';
import { mutex_lock } from '../../lib/kernel/mutex.js';
import { preempt_count } from '../../lib/kernel/preempt.js';
import { spin_lock } from '../../lib/kernel/spinlock.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { hasFailed } from '../../lib/machine/outcome.js';
import { DEADLOCK, SLEEPING_IN_ATOMIC, SUSPICIOUS_RCU_USAGE } from '../../lib/machine/signatures.js';
import { explainFailure, shapeOf } from '../../lib/race/hang.js';
import { boot, isAbandoned, snapshotOf, type BootOptions, type Machine } from '../machine/boot.js';

const WORD = RCU.WORDS;
const free = (cpu: Cpu, at: number): void => kfree(cpu, at + WORD, 2);
const machine = (options: BootOptions = {}): Machine =>
  boot({ words: WORD + 4, ringEntries: 256, interrupts: [free], ...options });

test('readers nest', (t) => {
  const m = machine();
  const [a] = m.cpus;
  rcu_read_lock(a, m.at);
  rcu_read_lock(a, m.at);
  rcu_read_unlock(a, m.at);
  t.true(rcu_read_lock_held(a, m.at));
  rcu_read_unlock(a, m.at);
  t.false(rcu_read_lock_held(a, m.at));
  t.is(preempt_count(a), 0);
});

test('a grace period waits for a reader that has begun before, however deep, and not for its next one', (t) => {
  const m = machine();
  const [a, b] = m.cpus;
  rcu_read_lock(b, m.at);
  let waited = false;
  m.atBoundaries(a, (n) => {
    if (n === 10) {
      rcu_read_lock(b, m.at);
      rcu_read_unlock(b, m.at);
    }
    if (n === 30) waited = true;
    if (n === 40) {
      rcu_read_unlock(b, m.at);
      rcu_read_lock(b, m.at);
    }
  });
  synchronize_rcu(a, m.at);
  t.true(waited);
  t.true(rcu_read_lock_held(b, m.at));
});

test('a grace period without readers waits for nobody', (t) => {
  const m = machine();
  synchronize_rcu(m.cpus[0], m.at);
  t.false(hasFailed(m.cpus[0]));
});

test('a reader that waits for all readers waits for itself, whoever else runs', (t) => {
  const m = machine({ cpus: 3 });
  rcu_read_lock(m.cpus[0], m.at);
  t.true(isAbandoned(() => synchronize_rcu(m.cpus[0], m.at)));
  const snapshot = snapshotOf(m, DEADLOCK);
  t.deepEqual(snapshot.cycle, [0]);
  t.is(
    explainFailure(snapshot, String, '')[1],
    `  CPU 0 holds rcu_read_lock(${m.at}) taken at - and waits in synchronize_rcu() for its own reader to end`,
  );
  t.is(shapeOf(snapshot, String), 'suspicious RCU usage: Illegal synchronize_rcu() in RCU read-side critical section');
});

test('rcu_read_unlock() without rcu_read_lock()', (t) => {
  const m = machine();
  t.true(isAbandoned(() => rcu_read_unlock(m.cpus[0], m.at)));
  t.true(snapshotOf(m, SUSPICIOUS_RCU_USAGE).message.includes('rcu_read_unlock() without'));
});

test('rcu_dereference() in a reader, and outside of one', (t) => {
  const m = machine();
  const [a] = m.cpus;
  rcu_assign_pointer(a, m.at + WORD, 7);
  rcu_read_lock(a, m.at);
  t.is(rcu_dereference(a, m.at, m.at + WORD), 7);
  rcu_read_unlock(a, m.at);
  t.true(isAbandoned(() => rcu_dereference(a, m.at, m.at + WORD)));
  t.true(snapshotOf(m, SUSPICIOUS_RCU_USAGE).message.includes('suspicious RCU usage'));
});

test('a reader that sleeps', (t) => {
  const m = machine();
  rcu_read_lock(m.cpus[0], m.at);
  t.true(isAbandoned(() => mutex_lock(m.cpus[0], m.at + WORD)));
  t.true(snapshotOf(m, SLEEPING_IN_ATOMIC).message.includes('mutex_lock()'));
  t.regex(
    snapshotOf(m, SLEEPING_IN_ATOMIC).message,
    /RCU nest depth: 1: illegal context switch in RCU read-side critical section$/,
  );
});

test('synchronize_rcu() with a spinlock held', (t) => {
  const m = machine();
  spin_lock(m.cpus[0], m.at + WORD);
  t.true(isAbandoned(() => synchronize_rcu(m.cpus[0], m.at)));
  t.true(snapshotOf(m, SLEEPING_IN_ATOMIC).message.includes('synchronize_rcu()'));
});

test('a machine with more CPUs than RCU can serve', (t) => {
  const m = machine({ cpus: RCU_TASKS_MAX + 1 });
  t.throws(() => rcu_read_lock(m.cpus[0], m.at), { instanceOf: RangeError, message: /32 tasks at most, not 33/ });
});
