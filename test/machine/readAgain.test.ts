/**
 * Goal: a loop of reads becomes one wait, however long it lasts: two records, published, and it ends as soon as a word of it
 * changes. What only looks like one is left alone, and a loop that gives up by itself does so.
 * Method: loops on CPUs of one thread; what others would do meanwhile is done after so many reads.
 */
import test from 'ava';
import {
  READ_ONCE,
  WRITE_ONCE,
  atomic_fetch_add,
  atomic_fetch_and,
  atomic_fetch_or,
  cmpxchg,
  smp_mb,
  smp_store_release,
  xchg,
} from '../../lib/machine/access.js';
import { findCycle } from '../../lib/machine/cycle.js';
import { send } from '../../lib/machine/ipi.js';
import { PROGRESS } from '../../lib/machine/layout.js';
import { release, tryAcquire } from '../../lib/machine/lock.js';
import { LOCK_PARKED } from '../../lib/machine/lockWord.js';
import type { MemoryModel } from '../../lib/machine/memoryModel.js';
import { hasFailed } from '../../lib/machine/outcome.js';
import { beginBuffer } from '../../lib/machine/storeBuffer.js';
import { WAIT, publishWait, waitKind, waitObject } from '../../lib/machine/wait.js';
import { ITERATIONS_MAX } from '../../lib/machine/readAgain.js';
import { LOOP_READS } from '../../lib/machine/readLoop.js';
import { boot, isAbandoned, look, records, type Machine } from './boot.js';

/** Behind the first looks each iteration sleeps a moment. */
const MANY = LOOP_READS + 200;
const wake = (cpu: Machine['cpus'][number], at: number): void => WRITE_ONCE(cpu, at + 3, 1);
/** The most patient of store buffers: it lets a store out at one of 32 instructions. */
const PATIENT = 3;

function machineOf(memory: MemoryModel = 'sc'): Machine {
  const machine = boot({ interrupts: [wake], ringEntries: 1024, memory });
  for (const cpu of machine.cpus) beginBuffer(cpu, PATIENT);
  return machine;
}

/** What the CPU has recorded of reads in loops, and how many records in all. */
function summary(machine: Machine, cpu = 0): { all: number; polls: number; left: number } {
  const all = records(machine.cpus[cpu]);
  const polls = all.filter(({ op, flags }) => op === 'read' && flags !== 0).length;
  return { all: all.length, polls, left: all.filter(({ op }) => op === 'left_loop').length };
}

const LOOPS: readonly (readonly [what: string, words: readonly number[]])[] = [
  ['one word', [0]],
  ['two words', [0, 1]],
  ['the same word twice', [0, 0, 1]],
  ['eight words', [0, 1, 2, 3, 4, 5, 6, 7]],
];

for (const [memory, what, words] of (['sc', 'tso'] as const).flatMap((of) => LOOPS.map((one) => [of, ...one] as const)))
  test(`a loop over ${what} is one wait, and ends when the last of them changes, under ${memory}`, (t) => {
    const machine = machineOf(memory);
    const { cpus, mem, at } = machine;
    const last = words.at(-1)!;
    let n = 0;
    const isOver = (): boolean => {
      let changed = false;
      for (const word of words) {
        if (++n === MANY) smp_store_release(cpus[1], at + last, 7);
        if (n === MANY) smp_mb(cpus[1]);
        changed = READ_ONCE(cpus[0], at + word) !== 0;
      }
      return changed;
    };
    while (!isOver()) if (n === LOOP_READS + 100) t.is(waitKind(mem[cpus[0].wait]), WAIT.WORD);
    t.true(n >= MANY && n <= MANY + 3 * words.length);
    const { all, polls, left } = summary(machine);
    t.deepEqual([polls, left], [2, 0]);
    t.true(all < LOOP_READS + 34, `${all} records`);
    t.is(waitKind(mem[cpus[0].wait]), WAIT.RUN);
  });

type Attempt = (cpu: Machine['cpus'][number], word: number) => boolean;

/** Attempts that fail while the word is 1, which for a lock is: CPU 0 has it; each ends with another word. */
const ATTEMPTS: readonly (readonly [what: string, attempt: Attempt, ends: number])[] = [
  ['a trylock', (cpu, word) => tryAcquire(cpu, word), 0x100],
  ['a trylock beside a read', (cpu, word) => READ_ONCE(cpu, word + 1) === 0 && tryAcquire(cpu, word), 0x100],
  ['cmpxchg', (cpu, word) => cmpxchg(cpu, word, 0, 1) === 0, 0],
  ['cmpxchg beside a read', (cpu, word) => READ_ONCE(cpu, word) === 0 && cmpxchg(cpu, word, 0, 1) === 0, 0],
  ['xchg', (cpu, word) => xchg(cpu, word, 1) === 0, 0],
  ['bits that are set', (cpu, word) => (atomic_fetch_or(cpu, word, 1) & 1) === 0, 0],
  ['bits that are cleared', (cpu, word) => (atomic_fetch_and(cpu, word, 1) & 2) !== 0, 3],
  ['adding 0', (cpu, word) => atomic_fetch_add(cpu, word, 0) === 0, 0],
];

for (const [memory, what, attempt, ends] of (['sc', 'tso'] as const).flatMap((of) =>
  ATTEMPTS.map((one) => [of, ...one] as const),
))
  test(`a loop of ${what} that fails is one wait, and succeeds as soon as it can, under ${memory}`, (t) => {
    const machine = machineOf(memory);
    const { cpus, mem, at } = machine;
    mem[at] = 1;
    let n = 0;
    for (let succeeds = false; !succeeds; n++) {
      if (n === LOOP_READS + 150) t.is(waitKind(mem[cpus[1].wait]), WAIT.WORD);
      // Somebody sleeps on the lock: no change that the loop may see.
      if (n === LOOP_READS + 100 && ends === 0x100) mem[at] |= LOCK_PARKED;
      if (n === MANY) mem[at] = ends;
      succeeds = attempt(cpus[1], at);
    }
    t.is(n, MANY + 1);
    const { all, polls, left } = summary(machine, 1);
    t.deepEqual([polls, left], [2, 0]);
    t.true(all < LOOP_READS + 40, `${all} records`);
    t.is(waitKind(mem[cpus[1].wait]), WAIT.RUN);
  });

test('a loop of tries to take a lock waits for its owner; one beside a read for anybody', (t) => {
  const { cpus, mem, at } = boot({ cpus: 3, ringEntries: 1024 });
  mem[at] = 1;
  for (let i = 0; i < 500; i++) tryAcquire(cpus[1], at);
  t.deepEqual(look(cpus[1]).condition.by, [0]);
  for (let i = 0; i < 600; i++) if (READ_ONCE(cpus[2], at + 1) === 0) tryAcquire(cpus[2], at);
  t.deepEqual(look(cpus[2]).condition.by, [0, 1]);
});

test('an operation that would change the word ends a loop of those that do not', (t) => {
  const { cpus, mem, at } = machineOf();
  for (let i = 0; i < 500; i++) t.is(cmpxchg(cpus[0], at, 1, 2), 0);
  t.is(waitKind(mem[cpus[0].wait]), WAIT.WORD);
  t.is(cmpxchg(cpus[0], at, 0, 2), 0);
  t.is(mem[at], 2);
  t.is(waitKind(mem[cpus[0].wait]), WAIT.RUN);
});

test('a store of the CPU that loops becomes visible: the others may wait for it', (t) => {
  const { cpus, mem, at } = machineOf('tso');
  WRITE_ONCE(cpus[0], at + 1, 5);
  let n = 0;
  for (; READ_ONCE(cpus[0], at) === 0; n++)
    // The other answers what it sees, and its answer waits in its own buffer.
    if (n > LOOP_READS + 104 && mem[at + 1] === 5) {
      WRITE_ONCE(cpus[1], at, 1);
      smp_mb(cpus[1]);
    }
  t.is(mem[at + 1], 5);
  t.true(n > LOOP_READS);
});

test('a loop over a word that the CPU itself has stored reads what it stored, in its buffer or not', (t) => {
  const { cpus, mem, at } = machineOf('tso');
  WRITE_ONCE(cpus[0], at, 5);
  for (let n = 0; n < MANY; n++) t.is(READ_ONCE(cpus[0], at), 5);
  t.is(mem[at], 5);
  t.is(waitKind(mem[cpus[0].wait]), WAIT.WORD);
});

test('under tso a loop that nobody can end is one without an end, too, and names the word', (t) => {
  const { cpus, mem, at } = machineOf('tso');
  WRITE_ONCE(cpus[0], at + 1, 5);
  mem[cpus[1].progress + PROGRESS.meeting] = 1;
  t.true(
    isAbandoned(() => {
      for (;;) READ_ONCE(cpus[0], at + 1);
    }),
  );
  t.true(hasFailed(cpus[0]));
  t.is(look(cpus[0]).condition.iterations, ITERATIONS_MAX);
});

test('a loop shows what it waits for, and who may store it', (t) => {
  const { cpus, mem, at } = machineOf();
  mem[at + 2] = 5;
  for (let i = 0; i < 500; i++) t.is(READ_ONCE(cpus[0], at + 2), 5);
  t.is(waitKind(mem[cpus[0].wait]), WAIT.WORD);
  t.is(waitObject(mem[cpus[0].wait]), at + 2);
  const { by, value } = look(cpus[0]).condition;
  t.deepEqual({ by, value }, { by: [1], value: 5 });
});

test('a loop that gives up by itself runs on, however often it has read, and its record says so', (t) => {
  const machine = machineOf();
  const { cpus, mem, at } = machine;
  mem[cpus[1].progress + PROGRESS.meeting] = 1;
  for (let i = 0; i < ITERATIONS_MAX - 1; i++) READ_ONCE(cpus[0], at);
  WRITE_ONCE(cpus[0], at + 1, 1);
  t.false(hasFailed(cpus[0]));
  t.is(waitKind(mem[cpus[0].wait]), WAIT.RUN);
  t.deepEqual(summary(machine).left, 1);
  t.is(READ_ONCE(cpus[0], at + 1), 1);
});

test('a loop that may give up by itself is no edge: nobody else proves anything by it', (t) => {
  const { cpus, mem, at } = machineOf();
  for (let i = 0; i < 500; i++) READ_ONCE(cpus[0], at);
  t.is(waitKind(mem[cpus[0].wait]), WAIT.WORD);
  publishWait(cpus[1], WAIT.LOCK, at + 8);
  mem[at + 8] = 1;
  t.false(findCycle(cpus[1]));
});

test('a loop that nobody can end is one without an end after so many iterations, and not before', (t) => {
  const { cpus, mem, at } = machineOf();
  mem[cpus[1].progress + PROGRESS.meeting] = 1;
  let n = 0;
  t.true(
    isAbandoned(() => {
      for (;;) {
        READ_ONCE(cpus[0], at);
        n++;
      }
    }),
  );
  t.true(n >= ITERATIONS_MAX && n < ITERATIONS_MAX + LOOP_READS + 104);
  t.true(hasFailed(cpus[0]));
  t.is(look(cpus[0]).condition.iterations, ITERATIONS_MAX);
});

test('a loop that has slept, and finds that only it can go on, is awake: it does not look at the others in each iteration', (t) => {
  const { cpus, mem, at } = machineOf();
  while (!cpus[0].waiter.armed) READ_ONCE(cpus[0], at);
  mem[cpus[1].progress + PROGRESS.meeting] = 1;
  for (let i = 0; i < 10; i++) READ_ONCE(cpus[0], at);
  t.true(cpus[0].loop.isAlone);
  t.false(cpus[0].waiter.armed);
});

test('interrupts are taken between iterations, and the loop is the same wait behind them', (t) => {
  const machine = machineOf();
  const { cpus, mem, at } = machine;
  for (let n = 0; READ_ONCE(cpus[0], at + 3) === 0; n++) if (n === 500) send(cpus[1], 1, 0, wake, at, false);
  const { polls, left } = summary(machine);
  t.deepEqual([polls, left], [2, 0]);
  t.is(waitKind(mem[cpus[0].wait]), WAIT.RUN);
});

for (const [what, attempt] of [
  ['reads', (cpu, word) => READ_ONCE(cpu, word) !== 1],
  ['a trylock', (cpu, word) => tryAcquire(cpu, word)],
  ['cmpxchg', (cpu, word) => cmpxchg(cpu, word, 0, 1) === 0],
] as const satisfies readonly (readonly [string, Attempt])[])
  test(`a loop of ${what} that is interrupted again and again leaves no more records than one that is not`, (t) => {
    const machine = machineOf();
    const { cpus, mem, at } = machine;
    mem[at] = 1;
    const tryFrom = (first: number, end: number): void => {
      for (let n = first; n < end; n++) {
        // The first reads are compared as records, and a handler's own would lie in between.
        if (n > LOOP_READS / 2 + 40 && n % 20 === 0) send(cpus[1], 1, 0, wake, at, false);
        t.false(attempt(cpus[0], at));
      }
    };
    tryFrom(0, LOOP_READS + 40);
    t.is(waitKind(mem[cpus[0].wait]), WAIT.WORD);
    const before = records(cpus[0]).filter(({ address }) => address === at).length;
    tryFrom(LOOP_READS + 40, LOOP_READS + 440);
    t.is(records(cpus[0]).filter(({ address }) => address === at).length, before);
  });

for (const [what, part] of [
  ['values that change', (m: Machine, i: number) => ((m.mem[m.at] = i), READ_ONCE(m.cpus[0], m.at))],
  ['a store in between', (m: Machine) => (READ_ONCE(m.cpus[0], m.at), WRITE_ONCE(m.cpus[0], m.at + 1, 1))],
  ['cmpxchg that succeeds', (m: Machine, i: number) => cmpxchg(m.cpus[0], m.at, i, i + 1)],
  ['a trylock that succeeds', (m: Machine) => (tryAcquire(m.cpus[0], m.at), release(m.cpus[0], m.at))],
  ['nine words', (m: Machine, i: number) => READ_ONCE(m.cpus[0], m.at + (i % 9))],
] as const) {
  test(`no loop: reads with ${what}`, (t) => {
    const machine = machineOf();
    for (let i = 0; i < 400; i++) part(machine, i);
    t.is(waitKind(machine.mem[machine.cpus[0].wait]), WAIT.RUN);
    t.is(summary(machine).polls, 0);
    t.true(summary(machine).all >= 400);
  });
}
