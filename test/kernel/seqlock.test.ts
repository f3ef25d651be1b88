/**
 * Goal: a reader reads again if somebody has written, waits while somebody writes, and in an interrupt over its own writer hangs
 * for ever, which is proved.
 * Method: CPUs of one thread; while one waits, what others do happens at its instruction boundaries.
 */
import test from 'ava';
import { preempt_count } from '../../lib/kernel/preempt.js';
import {
  SEQLOCK,
  read_seqbegin,
  read_seqcount_begin,
  read_seqcount_retry,
  read_seqlock_excl,
  read_seqretry,
  read_sequnlock_excl,
  write_seqcount_begin,
  write_seqcount_end,
  write_seqlock,
  write_seqlock_irqsave,
  write_sequnlock,
  write_sequnlock_irqrestore,
} from '../../lib/kernel/seqlock.js';
import { READ_ONCE } from '../../lib/machine/access.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { send } from '../../lib/machine/ipi.js';
import { hasFailed } from '../../lib/machine/outcome.js';
import { DEADLOCK, UNLOCK_NOT_OWNER } from '../../lib/machine/signatures.js';
import { boot, isAbandoned, snapshotOf, type Machine } from '../machine/boot.js';

const read = (cpu: Cpu, at: number): void => void read_seqcount_begin(cpu, at);
const machine = (): Machine => boot({ words: 2 * SEQLOCK.WORDS, ringEntries: 256, interrupts: [read] });

test('a reader reads again exactly if somebody has written', (t) => {
  const m = machine();
  const [a, b] = m.cpus;
  const first = read_seqcount_begin(a, m.at);
  t.false(read_seqcount_retry(a, m.at, first));
  write_seqcount_begin(b, m.at);
  t.is(preempt_count(b), 1);
  t.true(read_seqcount_retry(a, m.at, first));
  write_seqcount_end(b, m.at);
  t.is(preempt_count(b), 0);
  t.true(read_seqcount_retry(a, m.at, first));
  t.is(read_seqcount_begin(a, m.at), first + 2);
});

test('a reader waits while somebody writes', (t) => {
  const m = machine();
  const [a, b] = m.cpus;
  write_seqlock(b, m.at);
  m.atBoundaries(a, (n) => {
    if (n === 10) write_sequnlock(b, m.at);
  });
  const start = read_seqbegin(a, m.at);
  t.is(start, 2);
  t.false(read_seqretry(a, m.at, start));
});

test('writers of a seqlock keep each other out, and readers who want that', (t) => {
  const m = machine();
  const [a, b] = m.cpus;
  read_seqlock_excl(b, m.at);
  m.atBoundaries(a, (n) => {
    if (n === 10) read_sequnlock_excl(b, m.at);
  });
  const flags = write_seqlock_irqsave(a, m.at);
  write_sequnlock_irqrestore(a, m.at, flags);
  t.is(m.mem[m.at], 2);
});

test('a reader in an interrupt of the writer waits for what it interrupts', (t) => {
  const m = machine();
  const [a, b] = m.cpus;
  write_seqcount_begin(a, m.at);
  send(b, 1, 0, read, m.at, false);
  t.true(isAbandoned(() => READ_ONCE(a, m.at)));
  t.deepEqual(snapshotOf(m, DEADLOCK).cycle, [0]);
});

test('near misses: a reader in an interrupt between writers, and of another CPU than the one that writes', (t) => {
  const m = machine();
  const [a, b] = m.cpus;
  write_seqcount_begin(a, m.at);
  write_seqcount_end(a, m.at);
  send(b, 1, 0, read, m.at, false);
  READ_ONCE(a, m.at);
  write_seqcount_begin(b, m.at);
  send(b, 1, 0, read, m.at, false);
  m.atBoundaries(a, (n) => {
    if (n === 10) write_seqcount_end(b, m.at);
  });
  READ_ONCE(a, m.at);
  t.false(hasFailed(a));
});

test('write_seqcount_end() without write_seqcount_begin()', (t) => {
  const m = machine();
  t.true(isAbandoned(() => write_seqcount_end(m.cpus[0], m.at)));
  t.true(snapshotOf(m, UNLOCK_NOT_OWNER).message.includes('without write_seqcount_begin'));
});
