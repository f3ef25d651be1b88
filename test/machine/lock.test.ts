/**
 * Goal: a lock has one owner, says who and how often it was released; a wait is recorded by its failed first look and its
 * success, is published, sleeps and is rung; misuse kills the CPU or is proved a deadlock at once.
 * Method: CPUs of one thread; the owner releases at the waiter's instruction boundaries. `unlock-not-owner` is I19.
 */
import test from 'ava';
import { step } from '../../lib/machine/callStack.js';
import { partyOf } from '../../lib/machine/cpu.js';
import { CPU, HELD, HELD_MAX } from '../../lib/machine/layout.js';
import { DEADLOCK } from '../../lib/machine/signatures.js';
import { acquire, holds, release, tryAcquire } from '../../lib/machine/lock.js';
import { LOCK_PARKED, isFree, lockGeneration, lockOwner } from '../../lib/machine/lockWord.js';
import { ACTIVITY, fail, hasFailed } from '../../lib/machine/outcome.js';
import { WAIT, waitKind, waitObject } from '../../lib/machine/wait.js';
import { captureRings } from '../../lib/machine/snapshot.js';
import { PARTY } from '../../lib/sharedarraybuffer-utils/index.js';
import { boot, isAbandoned, look, recorded, snapshotOf } from './boot.js';

test('a lock word names its owner and counts its releases', (t) => {
  const { cpus, mem, at } = boot({ cpus: 64 });
  for (const id of [0, 1, 63]) {
    const generation = lockGeneration(mem[at]);
    acquire(cpus[id], at);
    t.is(lockOwner(mem[at]), id);
    t.is(lockGeneration(mem[at]), generation);
    t.true(holds(cpus[id], at));
    t.false(holds(cpus[2], at));
    release(cpus[id], at);
    t.true(isFree(mem[at]));
    t.is(lockGeneration(mem[at]), generation + 1);
  }
});

test('the generation starts again behind 2^24 releases', (t) => {
  const { cpus, mem, at } = boot();
  mem[at] = -1 << 8;
  acquire(cpus[0], at);
  t.is(lockOwner(mem[at]), 0);
  release(cpus[0], at);
  t.is(mem[at], 0);
});

test('an uncontended lock leaves two records and no wait', (t) => {
  const { cpus, mem, at } = boot();
  const [cpu] = cpus;
  const wait = mem[cpu.wait];
  acquire(cpu, at);
  release(cpu, at);
  t.deepEqual(recorded(cpu), ['acquire 0 0 1', 'release 0 1 256']);
  t.is(mem[cpu.wait], wait);
});

test('tryAcquire takes a free lock only, and records what it saw', (t) => {
  const { cpus, at } = boot();
  const [a, b] = cpus;
  t.true(tryAcquire(a, at));
  t.false(tryAcquire(b, at));
  t.deepEqual(recorded(b), ['read 0 1 1']);
  release(a, at);
  t.true(tryAcquire(b, at));
});

test('of a wait the failed first look and the success are recorded, however long it took', (t) => {
  const { cpus, mem, at, atBoundaries } = boot({ budget: { min: 1000, max: 1000, parkMsMax: 1 } });
  const [a, b] = cpus;
  acquire(b, at);
  const waits: number[] = [];
  atBoundaries(a, (n) => {
    waits.push(mem[a.wait]);
    if (n === 500) release(b, at);
  });
  acquire(a, at);
  t.deepEqual(recorded(a), ['read 0 2 2', 'acquire 0 256 257']);
  t.deepEqual([...new Set(waits.slice(1).map((w) => [waitKind(w), waitObject(w)].join(' ')))], [`${WAIT.LOCK} ${at}`]);
  t.is(waitKind(mem[a.wait]), WAIT.RUN);
  t.is(lockOwner(mem[at]), 0);
});

test('a waiter that sleeps marks the lock, which no record shows, and its release rings', (t) => {
  const { cpus, mem, map, at, atBoundaries } = boot();
  const [a, b] = cpus;
  const party = partyOf(map, a.id);
  let rings = 0;
  acquire(b, at);
  atBoundaries(a, (n) => {
    // About to sleep: the mark is there, and the sleeper has looked at its bell.
    if (n < 10 || mem[party + PARTY.parked] === 0 || !holds(b, at)) return;
    t.not(mem[at] & LOCK_PARKED, 0);
    const bell = mem[party + PARTY.bell];
    release(b, at);
    rings = mem[party + PARTY.bell] - bell;
  });
  acquire(a, at);
  t.is(rings, 1);
  t.true(a.waiter.parks > 0);
  t.deepEqual(recorded(b), ['acquire 0 0 2', 'release 0 2 256']);
  t.deepEqual(recorded(a), ['read 0 2 2', 'acquire 0 256 257']);
});

test('locks may be released in any order; what is still held is noted in the order it was taken', (t) => {
  const { cpus, mem, at } = boot();
  const [cpu] = cpus;
  const held = () => look(cpu).held.map((h) => h.lock - at);
  for (let i = 0; i < 5; i++) {
    step(cpu, (i % 3) + 1);
    acquire(cpu, at + i);
  }
  release(cpu, at + 1);
  t.deepEqual(held(), [0, 2, 3, 4]);
  release(cpu, at);
  release(cpu, at + 4);
  t.deepEqual(held(), [2, 3]);
  t.deepEqual(
    look(cpu).held.map((h) => h.step),
    ['A3', 'A1'],
  );
  t.deepEqual(
    [0, 1, 2, 3, 4].map((i) => lockOwner(mem[at + i])),
    [-1, -1, 0, 0, -1],
  );
  release(cpu, at + 2);
  release(cpu, at + 3);
  t.deepEqual(held(), []);
  t.deepEqual(
    [0, 1, 2, 3, 4].map((i) => mem[at + i]),
    [256, 256, 256, 256, 256],
  );
});

test('I19: who unlocks what another CPU holds dies, and the lock stays locked', (t) => {
  const machine = boot();
  const { cpus, mem, at } = machine;
  const [a, b] = cpus;
  acquire(b, at);
  acquire(a, at + 1);
  t.true(isAbandoned(() => release(a, at)));
  t.is(mem[a.block + CPU.activity], ACTIVITY.DEAD);
  t.is(lockOwner(mem[at]), 1);
  t.true(holds(a, at + 1));
  captureRings(a, 1);
  const snapshot = snapshotOf(machine, 'unlock-not-owner');
  t.is(snapshot.signature, 'unlock-not-owner');
  t.deepEqual(snapshot.detail.slice(0, 2), [at, 1]);
});

test('I19: unlocking a free lock kills as well', (t) => {
  const { cpus, at } = boot();
  t.true(isAbandoned(() => release(cpus[0], at)));
  t.true(hasFailed(cpus[0]));
});

test('a CPU that waits for a lock it holds proves the deadlock itself, at its first look', (t) => {
  const machine = boot();
  const { cpus, at, atBoundaries } = machine;
  const [cpu] = cpus;
  acquire(cpu, at);
  let boundaries = 0;
  atBoundaries(cpu, () => boundaries++);
  t.true(isAbandoned(() => acquire(cpu, at)));
  t.is(boundaries, 1);
  captureRings(cpu, 0);
  const snapshot = snapshotOf(machine, DEADLOCK);
  t.deepEqual(snapshot.detail.slice(0, 2), [1, 0]);
  const ends = recorded(cpu).slice(-3);
  t.is(ends[0], 'read 0 1 1');
  t.regex(ends[1], /^failed -?\d+ 0 1$/);
  t.is(ends[2], 'gave_up 0 0 0');
});

test('a waiter leaves the trial when it has failed, with what it held', (t) => {
  const { cpus, mem, at, atBoundaries } = boot();
  const [a, b] = cpus;
  acquire(b, at);
  acquire(a, at + 1);
  atBoundaries(a, (n) => {
    if (n === 4) fail(b, 'bang', 'for the test');
  });
  t.true(isAbandoned(() => acquire(a, at)));
  t.is(lockOwner(mem[at]), 1);
  t.true(holds(a, at + 1));
  t.is(mem[a.block + CPU.held], 1);
  t.is(mem[a.block + CPU.locks + HELD.lock], at + 1);
});

test('more locks than a CPU can note kill it', (t) => {
  const { cpus, mem, at } = boot({ words: HELD_MAX + 1 });
  for (let i = 0; i < HELD_MAX; i++) acquire(cpus[0], at + i);
  t.true(isAbandoned(() => acquire(cpus[0], at + HELD_MAX)));
  t.is(mem[at + HELD_MAX], 0);
});
