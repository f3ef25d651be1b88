/**
 * Goal: a writer who waits keeps new readers out, but for those in interrupts; who waits for whom is told at once, whoever else
 * runs; and nothing is left behind.
 * Method: CPUs of one thread; while one waits, what others do happens at its instruction boundaries.
 */
import test from 'ava';
import { local_irq_save } from '../../lib/kernel/irqflags.js';
import { preempt_count } from '../../lib/kernel/preempt.js';
import {
  RWLOCK,
  RWLOCK_CPUS_MAX,
  read_lock,
  read_trylock,
  read_unlock,
  write_lock,
  write_lock_irqsave,
  write_trylock,
  write_unlock,
  write_unlock_irqrestore,
} from '../../lib/kernel/rwlock.js';
import { READ_ONCE } from '../../lib/machine/access.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { send } from '../../lib/machine/ipi.js';
import { CPU } from '../../lib/machine/layout.js';
import { hasFailed } from '../../lib/machine/outcome.js';
import { DEADLOCK, UNLOCK_NOT_OWNER } from '../../lib/machine/signatures.js';
import { boot, isAbandoned, snapshotOf, type BootOptions, type Machine } from '../machine/boot.js';

const machine = (options: BootOptions = {}): Machine => boot({ words: RWLOCK.WORDS, ringEntries: 256, ...options });
const held = (cpu: Cpu): number => cpu.mem[cpu.block + CPU.held];

function isFree({ mem, at, cpus }: Machine): boolean {
  return (
    mem.subarray(at, at + RWLOCK.WORDS).every((word) => word === 0) &&
    cpus.every((cpu) => held(cpu) === 0 && preempt_count(cpu) === 0)
  );
}

test('readers share and nest', (t) => {
  const m = machine({ cpus: 3 });
  for (const cpu of m.cpus) read_lock(cpu, m.at);
  read_lock(m.cpus[1], m.at);
  t.is(held(m.cpus[1]), 2);
  read_unlock(m.cpus[1], m.at);
  t.false(write_trylock(m.cpus[0], m.at));
  for (const cpu of m.cpus) read_unlock(cpu, m.at);
  t.true(isFree(m));
});

test('a writer is alone', (t) => {
  const m = machine();
  const [a, b] = m.cpus;
  const flags = write_lock_irqsave(a, m.at);
  t.false(read_trylock(b, m.at));
  t.false(write_trylock(b, m.at));
  write_unlock_irqrestore(a, m.at, flags);
  t.true(read_trylock(b, m.at));
  read_unlock(b, m.at);
  t.true(write_trylock(b, m.at));
  write_unlock(b, m.at);
  t.true(isFree(m));
});

test('a writer waits for all readers, and a new reader gets nothing meanwhile', (t) => {
  const m = machine({ cpus: 4 });
  const [w, a, b, c] = m.cpus;
  read_lock(a, m.at);
  read_lock(b, m.at);
  const gets: boolean[] = [];
  m.atBoundaries(w, (n) => {
    if (n === 12) {
      gets.push(read_trylock(c, m.at));
      read_unlock(a, m.at);
    }
    if (n === 30) {
      gets.push(read_trylock(c, m.at));
      read_unlock(b, m.at);
    }
  });
  write_lock(w, m.at);
  t.deepEqual(gets, [false, false]);
  write_unlock(w, m.at);
  t.true(isFree(m));
});

test('a reader in an interrupt passes a writer who waits', (t) => {
  let reads = 0;
  const reader = (cpu: Cpu, at: number): void => {
    read_lock(cpu, at);
    reads++;
    read_unlock(cpu, at);
  };
  const m = machine({ interrupts: [reader] });
  const [a, w] = m.cpus;
  read_lock(a, m.at);
  m.atBoundaries(w, (n) => {
    if (n === 10) {
      send(w, 1, 0, reader, m.at, false);
      READ_ONCE(a, m.at);
      read_unlock(a, m.at);
    }
  });
  write_lock(w, m.at);
  t.is(reads, 1);
  write_unlock(w, m.at);
  t.true(isFree(m));
});

test('a reader in an interrupt waits for the writer who has the lock', (t) => {
  const reader = (cpu: Cpu, at: number): void => {
    read_lock(cpu, at);
    read_unlock(cpu, at);
  };
  const m = machine({ interrupts: [reader] });
  const [a, w] = m.cpus;
  write_lock(w, m.at);
  send(w, 1, 0, reader, m.at, false);
  m.atBoundaries(a, (n) => {
    if (n === 8) write_unlock(w, m.at);
  });
  READ_ONCE(a, m.at);
  t.false(hasFailed(a));
  t.true(isFree(m));
});

test('a second read behind a waiting writer is a deadlock of two, proved while a third CPU runs', (t) => {
  const m = machine({ cpus: 3 });
  const [a, w] = m.cpus;
  read_lock(a, m.at);
  m.atBoundaries(w, (n) => {
    if (n === 10) t.true(isAbandoned(() => read_lock(a, m.at)));
  });
  t.true(isAbandoned(() => write_lock(w, m.at)));
  const { cycle } = snapshotOf(m, DEADLOCK);
  t.deepEqual(
    cycle.toSorted((x, y) => x - y),
    [0, 1],
  );
});

test('who wants to write what it reads waits for itself', (t) => {
  const m = machine();
  const [a] = m.cpus;
  read_lock(a, m.at);
  t.true(isAbandoned(() => write_lock(a, m.at)));
  t.deepEqual(snapshotOf(m, DEADLOCK).cycle, [0]);
});

test('a writer in an interrupt of the reader', (t) => {
  const writer = (cpu: Cpu, at: number): void => write_lock(cpu, at);
  const m = machine({ interrupts: [writer] });
  const [a, b] = m.cpus;
  read_lock(a, m.at);
  send(b, 1, 0, writer, m.at, false);
  t.true(isAbandoned(() => READ_ONCE(a, m.at)));
  t.deepEqual(snapshotOf(m, DEADLOCK).cycle, [0]);
});

test('near misses: the reader that the writer waits for runs on, or waits for what will come', (t) => {
  const m = machine({ cpus: 3 });
  const [a, w] = m.cpus;
  read_lock(a, m.at);
  m.atBoundaries(w, (n) => {
    if (n === 10) local_irq_save(a);
    if (n === 200) read_unlock(a, m.at);
  });
  write_lock(w, m.at);
  t.false(hasFailed(w));
});

for (const [what, unlock] of [
  ['read_unlock', read_unlock],
  ['write_unlock', write_unlock],
] as const) {
  test(`${what}() of what the CPU does not have`, (t) => {
    const m = machine();
    const [a, b] = m.cpus;
    if (what === 'read_unlock') read_lock(b, m.at);
    else write_lock(b, m.at);
    t.true(isAbandoned(() => unlock(a, m.at)));
    t.true(snapshotOf(m, UNLOCK_NOT_OWNER).message.includes(what));
  });
}

test('a machine with more CPUs than an rwlock can serve', (t) => {
  const m = machine({ cpus: RWLOCK_CPUS_MAX + 1 });
  t.throws(() => read_lock(m.cpus[0], m.at), { instanceOf: RangeError, message: /24 CPUs at most, not 25/ });
  t.throws(() => write_lock(m.cpus[0], m.at), { instanceOf: RangeError });
});
