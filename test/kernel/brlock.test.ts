/**
 * Goal: readers share and nest, a writer is alone, a writer that waits keeps nobody out, and every wait is one that the
 * proof of a deadlock can follow.
 * Method: CPUs of one thread; while one waits, what others do happens at its instruction boundaries.
 */
import test from 'ava';
import {
  BRLOCK,
  BRLOCK_CPUS_MAX,
  br_read_lock,
  br_read_unlock,
  br_write_lock,
  br_write_lock_irqsave,
  br_write_unlock,
  br_write_unlock_irqrestore,
} from '../../lib/kernel/brlock.js';
import { local_irq_save, irqs_disabled } from '../../lib/kernel/irqflags.js';
import { preempt_count } from '../../lib/kernel/preempt.js';
import { READ_ONCE } from '../../lib/machine/access.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { findCycle } from '../../lib/machine/cycle.js';
import { send } from '../../lib/machine/ipi.js';
import { CPU } from '../../lib/machine/layout.js';
import { acquire } from '../../lib/machine/lock.js';
import { hasFailed } from '../../lib/machine/outcome.js';
import { WAIT, publishWait, waitKind, waitObject } from '../../lib/machine/wait.js';
import { boot, isAbandoned, type BootOptions, type Machine } from '../machine/boot.js';

/** Words of an instance: the rwlock, then one more lock. */
const WORDS = BRLOCK.WORDS + 1;

function machine(options: BootOptions = {}): Machine {
  return boot({ words: WORDS, ringEntries: 256, ...options });
}

const held = (cpu: Cpu): number => cpu.mem[cpu.block + CPU.held];
const isFree = ({ mem, at, cpus }: Machine): boolean =>
  cpus.every((c) => (mem[at + BRLOCK.of_cpu + c.id] & 0x7f) === 0 && mem[at + BRLOCK.depth + c.id] === 0);

test('readers share', (t) => {
  const m = machine({ cpus: 3 });
  for (const cpu of m.cpus) br_read_lock(cpu, m.at);
  for (const cpu of m.cpus) br_read_unlock(cpu, m.at);
  t.true(isFree(m));
});

test('a reader nests, and leaves the lock when the outermost does', (t) => {
  const m = machine();
  const [cpu] = m.cpus;
  br_read_lock(cpu, m.at);
  br_read_lock(cpu, m.at);
  br_read_unlock(cpu, m.at);
  t.false(isFree(m));
  br_read_unlock(cpu, m.at);
  t.true(isFree(m));
  t.is(preempt_count(cpu), 0);
});

for (const [name, boundary] of [
  ['before the lock is taken', 1],
  ['while it is held', 2],
  ['before it is released', 3],
] as const) {
  test(`an interrupt reads ${name}`, (t) => {
    let reads = 0;
    const reader = (cpu: Cpu, at: number): void => {
      br_read_lock(cpu, at);
      reads++;
      br_read_unlock(cpu, at);
    };
    const m = machine({ interrupts: [reader] });
    const [a, b] = m.cpus;
    m.atBoundaries(a, (n) => {
      if (n === boundary) send(b, 1, 0, reader, m.at, false);
    });
    br_read_lock(a, m.at);
    READ_ONCE(a, m.at + WORDS - 1);
    br_read_unlock(a, m.at);
    t.is(reads, 1);
    t.true(isFree(m));
  });
}

test('a writer takes the lock of every CPU and gives all of them back', (t) => {
  const m = machine({ cpus: 4 });
  const [cpu] = m.cpus;
  br_write_lock(cpu, m.at);
  t.is(held(cpu), 4);
  br_write_unlock(cpu, m.at);
  t.true(isFree(m));
  t.is(preempt_count(cpu), 0);
});

test('a reader waits for a writer', (t) => {
  const m = machine();
  const [a, b] = m.cpus;
  br_write_lock(b, m.at);
  m.atBoundaries(a, (n) => {
    if (n === 4) br_write_unlock(b, m.at);
  });
  br_read_lock(a, m.at);
  br_read_unlock(a, m.at);
  t.true(isFree(m));
});

for (const writer of [0, 1, 2]) {
  test(`writer ${writer} waits for two readers, and keeps no further reader out`, (t) => {
    const m = machine({ cpus: 4 });
    const w = m.cpus[writer];
    const [a, b, c] = m.cpus.filter((cpu) => cpu !== w);
    br_read_lock(a, m.at);
    br_read_lock(b, m.at);
    let holding = -1;
    m.atBoundaries(w, (n) => {
      if (n === 20) {
        holding = held(w);
        br_read_lock(c, m.at);
        br_read_unlock(a, m.at);
      }
      if (n === 60) br_read_unlock(b, m.at);
      if (n === 100) br_read_unlock(c, m.at);
    });
    br_write_lock(w, m.at);
    t.is(holding, 0, 'it waits without holding anything');
    t.is(held(w), 4);
    t.is(held(a) + held(b) + held(c), 0);
    br_write_unlock(w, m.at);
    t.true(isFree(m));
  });
}

for (const spinWithIrqsOn of [true, false]) {
  test(`br_write_lock_irqsave() spins with interrupts ${spinWithIrqsOn ? 'on' : 'off'} and ends with them off`, (t) => {
    const m = machine();
    const [a, b] = m.cpus;
    br_read_lock(b, m.at);
    const spinning: boolean[] = [];
    m.atBoundaries(a, (n) => {
      if (waitKind(a.mem[a.wait]) === WAIT.LOCK) spinning.push(irqs_disabled(a));
      if (n === 12) br_read_unlock(b, m.at);
    });
    const flags = br_write_lock_irqsave(a, m.at, spinWithIrqsOn);
    t.true(spinning.length > 0);
    t.true(spinning.every((off) => off !== spinWithIrqsOn));
    t.true(irqs_disabled(a));
    br_write_unlock_irqrestore(a, m.at, flags);
    t.false(irqs_disabled(a));
    t.true(isFree(m));
  });
}

test('a writer in an interrupt waits for the reader that it interrupts: a deadlock of one CPU', (t) => {
  const writer = (cpu: Cpu, at: number): void => br_write_lock(cpu, at);
  const m = machine({ interrupts: [writer] });
  const [a, b] = m.cpus;
  br_read_lock(a, m.at);
  send(b, 1, 0, writer, m.at, false);
  t.true(isAbandoned(() => READ_ONCE(a, m.at)));
  t.true(hasFailed(a));
  t.is(waitObject(a.mem[a.wait]), m.at + BRLOCK.of_cpu);
});

test('a writer that spins with interrupts off, its reader, and a sender that waits for it: a deadlock of three', (t) => {
  const m = machine({ cpus: 3, interrupts: [(): void => {}] });
  const [sender, writer, reader] = m.cpus;
  const other = m.at + WORDS - 1;
  acquire(sender, other);
  sender.mailboxes.expect(0, 0, 2);
  publishWait(sender, WAIT.ACK, 0);
  br_read_lock(reader, m.at);
  publishWait(reader, WAIT.LOCK, other);
  local_irq_save(writer);
  t.true(isAbandoned(() => br_write_lock(writer, m.at)));
  t.deepEqual(
    m.cpus.map((cpu) => waitKind(cpu.mem[cpu.wait])),
    [WAIT.ACK, WAIT.LOCK, WAIT.LOCK],
  );
  t.true(findCycle(sender));
});

test('a machine with more CPUs than an rwlock can serve', (t) => {
  const m = machine({ cpus: BRLOCK_CPUS_MAX + 1 });
  t.throws(() => br_read_lock(m.cpus[0], m.at), { instanceOf: RangeError });
  t.throws(() => br_write_lock(m.cpus[0], m.at), { instanceOf: RangeError });
});
