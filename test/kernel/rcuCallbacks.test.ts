/**
 * Goal: callbacks run behind the readers that were there, once each and in their order, by the softirq or in rcu_barrier(); what they free is
 * found in use.
 * Method: CPUs of one thread; what others do happens at instruction boundaries; the softirq is raised by hand.
 */
import test from 'ava';
import { RCU, kfree, rcu_read_lock, rcu_read_unlock, readUnfreed } from '../../lib/kernel/rcu.js';
import { call_rcu, rcuSoftirq, rcu_barrier } from '../../lib/kernel/rcuCallbacks.js';
import { mutex_lock } from '../../lib/kernel/mutex.js';
import { raise_softirq } from '../../lib/kernel/softirq.js';
import { READ_ONCE } from '../../lib/machine/access.js';
import { kernelFunction } from '../../lib/machine/callStack.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import type { InterruptLine } from '../../lib/machine/lineTable.js';
import { hasFailed } from '../../lib/machine/outcome.js';
import { SLEEPING_IN_ATOMIC, USE_AFTER_FREE } from '../../lib/machine/signatures.js';
import { boot, isAbandoned, snapshotOf, type Machine } from '../machine/boot.js';

const WORD = RCU.WORDS;
const ran: number[] = [];
const free = (cpu: Cpu, at: number): void => kfree(cpu, at + WORD, 2);
const notes = (_: Cpu, info: number): void => void ran.push(info);
const again = (cpu: Cpu, at: number): void => {
  ran.push(-1);
  for (const info of [7, 8]) call_rcu(cpu, at, notes, info);
};
const sleeps = (cpu: Cpu, at: number): void => mutex_lock(cpu, at + WORD + 2);
const handler = rcuSoftirq(0);
const LINE: InterruptLine = {
  name: 'rcu',
  kind: 'softirq',
  priority: 1,
  storm: 0,
  fn: kernelFunction('rcu_core').id,
  handler,
};

function machine(): Machine {
  ran.length = 0;
  return boot({ words: WORD + 4, ringEntries: 1024, interrupts: [free, notes, again, sleeps], lines: [LINE] });
}

/** The softirq of a CPU comes, at its next instruction. */
function softirq({ at }: Machine, cpu: Cpu): void {
  raise_softirq(cpu, 'rcu');
  READ_ONCE(cpu, at + WORD);
}

test.serial('callbacks run when the readers before them have ended, in rcu_barrier()', (t) => {
  const m = machine();
  const [a, b] = m.cpus;
  const order: string[] = [];
  rcu_read_lock(b, m.at);
  call_rcu(a, m.at, free, m.at);
  t.is(readUnfreed(b, m.at + WORD), 0);
  m.atBoundaries(a, (n) => {
    if (n !== 20) return;
    order.push(`the reader sees ${readUnfreed(b, m.at + WORD)}`);
    rcu_read_unlock(b, m.at);
  });
  rcu_barrier(a, m.at);
  t.deepEqual(order, ['the reader sees 0']);
  t.true(isAbandoned(() => readUnfreed(b, m.at + WORD + 1)));
  t.is(snapshotOf(m, USE_AFTER_FREE).detail[0], m.at + WORD + 1);
});

test.serial('callbacks that are no handlers of the race, and too many', (t) => {
  const m = machine();
  t.throws(() => call_rcu(m.cpus[0], m.at, () => {}, 0), { instanceOf: RangeError, message: /"interrupts"/ });
  for (let i = 0; i < 8; i++) call_rcu(m.cpus[0], m.at, free, i);
  t.throws(() => call_rcu(m.cpus[0], m.at, free, 8), { instanceOf: RangeError, message: /8 callbacks/ });
});

test.serial(
  'the softirq runs callbacks once the readers have ended that were there, in their order, each once',
  (t) => {
    const m = machine();
    const [a, b] = m.cpus;
    rcu_read_lock(b, m.at);
    for (const info of [1, 2]) call_rcu(a, m.at, notes, info);
    softirq(m, a);
    call_rcu(a, m.at, notes, 3);
    t.deepEqual(ran, [], 'a reader is there');
    rcu_read_unlock(b, m.at);
    rcu_read_lock(b, m.at);
    softirq(m, a);
    t.deepEqual(ran, [], 'it was not seen outside of a reader yet');
    rcu_read_unlock(b, m.at);
    softirq(m, a);
    t.deepEqual(ran, [1, 2], 'the third came behind the begin of the grace period');
    softirq(m, a);
    softirq(m, a);
    t.deepEqual(ran, [1, 2, 3]);
  },
);

test.serial('a reader on the same CPU is waited for as well', (t) => {
  const m = machine();
  const [a] = m.cpus;
  rcu_read_lock(a, m.at);
  call_rcu(a, m.at, notes, 1);
  softirq(m, a);
  t.deepEqual(ran, []);
  rcu_read_unlock(a, m.at);
  softirq(m, a);
  t.deepEqual(ran, [1]);
});

test.serial('a callback may queue more, and they run behind another grace period', (t) => {
  const m = machine();
  const [a] = m.cpus;
  call_rcu(a, m.at, again, m.at);
  call_rcu(a, m.at, notes, 2);
  softirq(m, a);
  t.deepEqual(ran, [-1, 2]);
  softirq(m, a);
  t.deepEqual(ran, [-1, 2, 7, 8]);
  call_rcu(a, m.at, again, m.at);
  call_rcu(a, m.at, notes, 3);
  rcu_barrier(a, m.at);
  t.deepEqual(ran.slice(4), [-1, 3]);
  rcu_barrier(a, m.at);
  t.deepEqual(ran.slice(6), [7, 8]);
  rcu_barrier(a, m.at);
  t.is(ran.length, 8);
  t.false(hasFailed(a));
});

test.serial('each task has callbacks of its own, as many times over as it likes', (t) => {
  const m = machine();
  const [a, b] = m.cpus;
  for (let n = 0; n < 20; n++) {
    call_rcu(a, m.at, notes, n);
    call_rcu(b, m.at, notes, 100 + n);
    softirq(m, a);
    rcu_barrier(b, m.at);
  }
  t.deepEqual(ran, Array.from({ length: 20 }, (_, n) => [n, 100 + n]).flat());
});

test.serial('a callback of the softirq that sleeps', (t) => {
  const m = machine();
  const [a] = m.cpus;
  call_rcu(a, m.at, sleeps, m.at);
  t.true(isAbandoned(() => softirq(m, a)));
  t.true(snapshotOf(m, SLEEPING_IN_ATOMIC).message.includes('mutex_lock()'));
});
