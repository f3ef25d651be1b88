/**
 * Goal: a proof is checked by each CPU that it accuses, of exactly what it was accused of, and a true one passes, whichever
 * CPUs and mask words it goes through; what was undone behind the machine's back is counted as that, and the run goes on.
 * Method: CPUs of one thread deadlock and are accused; then a lock is opened, or an acknowledgement given, by hand.
 */
import test from 'ava';
import { countFailure, resetCpu } from '../../lib/harness/cpu/recovery.js';
import { isClaimed } from '../../lib/machine/claim.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { CONDITION_IS, writeCondition } from '../../lib/machine/condition.js';
import { findCycle } from '../../lib/machine/cycle.js';
import { COUNTER, MACHINE } from '../../lib/machine/layout.js';
import { acquire, release } from '../../lib/machine/lock.js';
import { DEADLOCK, ORPHANED_LOCK, UNDONE_PROOF } from '../../lib/machine/signatures.js';
import { leftTrial } from '../../lib/machine/undone.js';
import { exit, fail, hasFailed, outcomeSignature } from '../../lib/machine/outcome.js';
import { WAIT, beginWait, publishWait } from '../../lib/machine/wait.js';
import { beginTrial, boot, isAbandoned, snapshotOf, type Machine } from './boot.js';

/** CPU 0 holds word 0 and waits for the last CPU's acknowledgement, and another's; the last waits for word 0 with interrupts off. */
function lockAndAck(cpus = 2): Machine {
  const machine = boot({ cpus });
  const { mem, at } = machine;
  const a = machine.cpus[0];
  const b = machine.cpus[cpus - 1];
  acquire(a, at);
  mem[b.irqOff] = 1;
  // It waits at the first word of the mask, if somebody there has not answered either.
  if (cpus > 32) a.mailboxes.expect(0, 0, 2);
  a.mailboxes.expect(0, b.id >>> 5, 1 << (b.id & 31));
  publishWait(a, WAIT.ACK, 0);
  publishWait(b, WAIT.LOCK, at);
  if (!findCycle(b)) throw new Error('no cycle');
  return machine;
}

/** The CPU that finds its proof undone when all leave the trial, or -1. */
function undoneFor({ cpus, mem, map }: Machine): number {
  for (const cpu of cpus) leftTrial(cpu);
  return mem[map.machine + MACHINE.undone] - 1;
}

function signatureOf({ mem, map, cpus: [cpu] }: Machine): string {
  t0(isClaimed(mem, map, mem[cpu.outcome]));
  return cpu.signatures[outcomeSignature(mem[cpu.outcome])];
}

function t0(isSo: boolean): void {
  if (!isSo) throw new Error('the machine does not own up to its outcome');
}

test('a true proof passes', (t) => {
  const machine = lockAndAck();
  t.is(signatureOf(machine), DEADLOCK);
  t.is(undoneFor(machine), -1);
});

test('a proof through the second word of the mask passes, whatever becomes of the first', (t) => {
  const machine = lockAndAck(34);
  machine.cpus[0].mailboxes.ack(1, 0);
  t.is(undoneFor(machine), -1);
  publishWait(machine.cpus[0], WAIT.ACK, 1);
  t.is(undoneFor(machine), -1);
  machine.cpus[0].mailboxes.ack(33, 0);
  t.is(undoneFor(machine), 0);
});

test('a CPU that waits for itself, and one whose owner has exited, are accused alone', (t) => {
  const self = boot();
  acquire(self.cpus[0], self.at);
  t.true(isAbandoned(() => acquire(self.cpus[0], self.at)));
  t.is(signatureOf(self), DEADLOCK);
  t.is(undoneFor(self), -1);
  const orphan = boot();
  const [owner, waiter] = orphan.cpus;
  acquire(owner, orphan.at);
  t.true(isAbandoned(() => exit(owner)));
  t.true(isAbandoned(() => acquire(waiter, orphan.at)));
  t.is(signatureOf(orphan), ORPHANED_LOCK);
  t.is(undoneFor(orphan), -1);
  orphan.mem[orphan.at] = 0;
  t.is(undoneFor(orphan), 1);
});

const UNDOINGS: Readonly<Record<string, (machine: Machine) => void>> = {
  'a lock that was opened': ({ mem, at }) => (mem[at] = 0),
  'a lock that was released and taken again': ({ cpus, at }) => {
    release(cpus[0], at);
    acquire(cpus[0], at);
  },
  'a wait that has ended': ({ cpus }) => publishWait(cpus[1], WAIT.RUN, 0),
  'a wait for another lock': ({ cpus, at }) => publishWait(cpus[1], WAIT.LOCK, at + 1),
};

for (const [name, undo] of Object.entries(UNDOINGS)) {
  test(`${name} gives the proof away`, (t) => {
    const machine = lockAndAck();
    undo(machine);
    t.is(undoneFor(machine), 1);
  });
}

test('an interrupt that comes between the proof and its end leaves it true', (t) => {
  const machine = lockAndAck();
  const [, interrupted] = machine.cpus;
  publishWait(interrupted, WAIT.RUN, 0);
  publishWait(interrupted, WAIT.LOCK, machine.at);
  t.is(undoneFor(machine), -1);
});

/** Both CPUs wait for a word that the other one alone may store, and are proved to wait for ever; returns how the second one waits. */
function wordsOfEachOther(): { machine: Machine; publish: () => void } {
  const machine = boot();
  const waits = machine.cpus.map((cpu, c) => () => {
    writeCondition(cpu, CONDITION_IS.NAMED | CONDITION_IS.HELD, -1, 1, 1 << (1 - c), 0);
    publishWait(cpu, WAIT.WORD, machine.at + c);
  });
  for (const [c, publish] of waits.entries()) {
    publish();
    beginWait(machine.cpus[c]);
  }
  if (!findCycle(machine.cpus[0])) throw new Error('no cycle');
  return { machine, publish: waits[1] };
}

test('a wait for a word that is published again is the same one, and a new wait for it is not', (t) => {
  const { machine, publish } = wordsOfEachOther();
  const [, waiter] = machine.cpus;
  t.is(signatureOf(machine), DEADLOCK);
  t.is(undoneFor(machine), -1);
  publishWait(waiter, WAIT.RUN, 0);
  publish();
  t.is(undoneFor(machine), -1);
  publishWait(waiter, WAIT.RUN, 0);
  publish();
  beginWait(waiter);
  t.is(undoneFor(machine), 1);
});

test('a CPU that leaves the trial in a handler waits below it still', (t) => {
  const { machine } = wordsOfEachOther();
  const [, waiter] = machine.cpus;
  waiter.interrupted.push(machine.mem[waiter.wait], waiter.waitBegan);
  publishWait(waiter, WAIT.RUN, 0);
  t.is(undoneFor(machine), -1);
  t.is(undoneFor(machine), 1);
});

test('it is counted in place of the deadlock, with a report, and forgotten', (t) => {
  const machine = lockAndAck();
  const { cpus, mem, map, at } = machine;
  const [cpu] = cpus;
  mem[at] = 0;
  undoneFor(machine);
  t.is(countFailure(cpu, mem[cpu.outcome]), UNDONE_PROOF);
  const count = (signature: string): number =>
    cpu.counters.read(COUNTER.signature0 + cpu.signatures.indexOf(signature));
  t.deepEqual([count(UNDONE_PROOF), count(DEADLOCK), cpu.counters.read(COUNTER.failures)], [1, 0, 1]);
  t.is(mem[map.machine + MACHINE.undone], 0);
  const { signature, cpu: accused, detail } = snapshotOf(machine, UNDONE_PROOF);
  t.deepEqual([signature, accused, detail[0], detail[1]], [UNDONE_PROOF, 1, WAIT.LOCK, at]);
});

/** The next trial, with all that an abandoned one leaves behind assigned. */
function nextTrial({ cpus, mem }: Machine, trial: number): void {
  for (const cpu of cpus) {
    resetCpu(cpu);
    beginTrial(cpu, trial);
  }
  mem[cpus[0].outcome] = 0;
}

test('a deadlock that the race itself finds is no proof, whatever was proved before', (t) => {
  const machine = lockAndAck();
  const { cpus, mem, map } = machine;
  const prover: Cpu = cpus[1];
  const proved = mem[prover.outcome];
  // Tags come round: the same CPU gives the very word that it gave for its proof.
  nextTrial(machine, 1 + 2 ** 20);
  t.true(fail(prover, DEADLOCK, 'found by the race'));
  t.is(mem[prover.outcome], proved);
  t.false(isClaimed(mem, map, proved));
  mem[machine.at] = 0;
  t.is(undoneFor(machine), -1);
  const { claimed, cycle, message } = snapshotOf(machine, DEADLOCK);
  t.deepEqual([claimed, cycle, message], [false, [], 'found by the race']);
});

test('a CPU that left a trial without an outcome has nothing to look at', (t) => {
  const machine = boot();
  leftTrial(machine.cpus[0]);
  t.false(hasFailed(machine.cpus[0]));
  t.is(machine.mem[machine.map.machine + MACHINE.undone], 0);
});
