/**
 * Goal: a report says of a hang what was proved, whole: every member of a large cycle, rwlocks by their own name and mode; and of a
 * hang that a race says to have found, only that it says so. No race's deadlock is called after another one's.
 * Method: CPUs of one thread hang by the kernel's operations; the report is made from their snapshot.
 */
import test from 'ava';
import { BRLOCK, br_read_lock, br_write_lock } from '../../lib/kernel/brlock.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { findCycle } from '../../lib/machine/cycle.js';
import { send } from '../../lib/machine/ipi.js';
import { acquire } from '../../lib/machine/lock.js';
import { HANGS } from '../../lib/machine/signatures.js';
import type { Snapshot } from '../../lib/machine/snapshotView.js';
import { fail } from '../../lib/machine/outcome.js';
import { WAIT, publishWait } from '../../lib/machine/wait.js';
import { explainFailure, shapeOf } from '../../lib/race/hang.js';
import { lockupReport } from '../../lib/kernel/lockup.js';
import { captureRings } from '../../lib/machine/snapshot.js';
import { STEPS, boot, isAbandoned, snapshotOf, type Machine } from '../machine/boot.js';

const RA = 0;
const RB = BRLOCK.WORDS;
const LOCKS = 2 * BRLOCK.WORDS;

function symbolsOf({ at }: Machine) {
  return (address: number): string => {
    const offset = address - at;
    if (offset >= LOCKS) return `lock[${offset - LOCKS}]`;
    return `${offset < RB ? 'ra' : 'rb'}.of_cpu[${offset % BRLOCK.WORDS}]`;
  };
}

function machine(cpus = 2): Machine {
  return boot({ cpus, words: LOCKS + 64, ringEntries: 256, interrupts: [write] });
}

function write(cpu: Cpu, lock: number): void {
  br_write_lock(cpu, lock);
}

/** The report of the machine's failure: what hangs and why, its shape, the function in which the first CPU spins. */
function reportOf(
  m: Machine,
  signature = 'deadlock',
): { said: string[]; shape: string | undefined; spins: string | undefined } {
  captureRings(m.cpus[0], m.cpus[0].signatures.indexOf(signature));
  const snapshot: Snapshot = snapshotOf(m, signature);
  const symbols = symbolsOf(m);
  return {
    said: explainFailure(snapshot, symbols, ''),
    shape: shapeOf(snapshot, symbols),
    spins: /_raw_\w+/.exec(lockupReport(snapshot, STEPS, symbols).join('\n'))?.[0],
  };
}

for (const cpus of [2, 20, 64]) {
  test(`a cycle of ${cpus} CPUs is told whole`, (t) => {
    const m = machine(cpus);
    const lock = (id: number): number => m.at + LOCKS + (id % cpus);
    for (const cpu of m.cpus) acquire(cpu, lock(cpu.id));
    for (const cpu of m.cpus) publishWait(cpu, WAIT.LOCK, lock(cpu.id + 1));
    t.true(findCycle(m.cpus[0]));
    const { said } = reportOf(m);
    t.is(said[0], `DEADLOCK: ${cpus} CPUs in a cycle`);
    t.deepEqual(
      said.slice(1),
      m.cpus.map(({ id }) => {
        const next = (id + 1) % cpus;
        return `  CPU ${id} holds lock[${id}] taken at - and waits for lock[${next}], which CPU ${next} holds`;
      }),
    );
  });
}

test('a reader that wants to write', (t) => {
  const m = machine();
  const [a] = m.cpus;
  br_read_lock(a, m.at + RA);
  t.true(isAbandoned(() => br_write_lock(a, m.at + RA)));
  const { said, shape, spins } = reportOf(m);
  t.is(said[1], '  CPU 0 holds ra for reading taken at - and waits to write ra, which CPU 0 holds for reading');
  t.is(shape, 'a reader that wants to write: nobody can write while it reads');
  t.is(spins, '_raw_write_lock');
});

test('a writer that wants to read', (t) => {
  const m = machine();
  const [a] = m.cpus;
  br_write_lock(a, m.at + RA);
  t.true(isAbandoned(() => br_read_lock(a, m.at + RA)));
  const { said, shape, spins } = reportOf(m);
  t.is(said[1], '  CPU 0 holds ra for writing taken at - and waits to read ra, which CPU 0 holds for writing');
  t.is(shape, 'AA: an rwlock taken twice by one CPU');
  t.is(spins, '_raw_read_lock');
});

/** CPU 1 waits in the middle of CPU 0's wait, as if it had come first. */
function crosswise(first: (cpu: Cpu, lock: number) => void, then: (cpu: Cpu, lock: number) => void): Machine {
  const m = machine();
  const [a, b] = m.cpus;
  first(a, m.at + RA);
  first(b, m.at + RB);
  let waits = false;
  m.atBoundaries(a, () => {
    if (waits) return;
    waits = true;
    publishWait(b, WAIT.LOCK, m.at + RA + (first === br_read_lock ? 0 : 1));
  });
  t0(isAbandoned(() => then(a, m.at + RB)));
  return m;
}

function t0(isSo: boolean): void {
  if (!isSo) throw new Error('nothing hangs');
}

test('two rwlocks crosswise, for reading and then for writing, and the other way round', (t) => {
  const readers = reportOf(crosswise(br_read_lock, br_write_lock));
  t.deepEqual(readers.said.slice(1), [
    '  CPU 0 holds ra for reading taken at - and waits to write rb, which CPU 1 holds for reading',
    '  CPU 1 holds rb for reading taken at - and waits to write ra, which CPU 0 holds for reading',
  ]);
  t.is(readers.shape, 'AB-BA: two locks in both orders');
  const writers = reportOf(crosswise(br_write_lock, br_read_lock));
  t.is(writers.said[1], '  CPU 0 holds ra for writing taken at - and waits to read rb, which CPU 1 holds for writing');
  t.is(writers.spins, '_raw_read_lock');
});

test('a writer that waits for its own part of a lock, which another writer has', (t) => {
  const m = crosswise(br_write_lock, br_write_lock);
  const { said, spins } = reportOf(m);
  t.is(said[1], '  CPU 0 holds ra for writing taken at - and waits to write rb, which CPU 1 holds for writing');
  t.is(spins, '_raw_write_lock');
});

test('a lock held across an IPI wait that is spun on with interrupts off is called by its shape alone', (t) => {
  const m = machine();
  const [a, b] = m.cpus;
  acquire(a, m.at + LOCKS);
  m.mem[b.irqOff] = 1;
  publishWait(b, WAIT.LOCK, m.at + LOCKS);
  t0(isAbandoned(() => send(a, 2, 0, write, 0, true)));
  const { said, shape } = reportOf(m);
  t.is(said[1], '  CPU 0 holds lock[0] taken at - and waits for CPU 1 to acknowledge its call');
  t.is(shape, 'a lock held across an IPI wait that is spun on with IRQs off');
});

for (const signature of HANGS) {
  test(`a race that says itself: ${signature}`, (t) => {
    const m = machine();
    fail(m.cpus[0], signature, 'by a detector of its own', 99, -1, 99, 99);
    const { said, shape } = reportOf(m, signature);
    t.deepEqual(said, [`${signature}, says the race itself, not the machine: by a detector of its own`]);
    t.is(shape, undefined);
  });
}
