/**
 * Goal: a wait for a word ends when the word has its value and not before, takes interrupts, leaves two records, and refuses
 * what could not end.
 * Method: CPUs of one thread; what others would do meanwhile is done at the instruction boundaries of the waiting CPU.
 */
import test from 'ava';
import { WRITE_ONCE } from '../../lib/machine/access.js';
import { smp_cond_load_acquire, wait_on_bit } from '../../lib/kernel/waitBit.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { send } from '../../lib/machine/ipi.js';
import { BAD_ADDRESS } from '../../lib/machine/signatures.js';
import { ACTIVITY, fail, hasFailed } from '../../lib/machine/outcome.js';
import { WAIT, waitKind, waitObject } from '../../lib/machine/wait.js';
import { wait_on } from '../../lib/machine/waitOn.js';
import { boot, isAbandoned, look, recorded, snapshotOf } from './boot.js';

test('a word that has its value already is one read', (t) => {
  const { cpus, mem, at } = boot();
  mem[at] = 6;
  t.is(wait_on(cpus[0], at, 4, 4), 6);
  t.deepEqual(recorded(cpus[0]), ['read 0 6 6']);
  t.is(waitKind(mem[cpus[0].wait]), WAIT.RUN);
});

for (const [what, mask, value, options, stores, ended] of [
  ['a value of all bits', -1, 3, {}, [1, 3, 4], 3],
  ['bits of a mask', 2, 2, {}, [1, 5, 7], 7],
  ['bits that are 0', 4, 0, {}, [4, 5, 3], 3],
  ['anything but a value', -1, 0, { negate: true }, [0, 8, 0], 8],
  ['the highest bit', 2 ** 31, 2 ** 31, {}, [1, -1, 0], -1],
] as const) {
  test(`the wait ends with ${what}, and not before`, (t) => {
    const { cpus, mem, at, atBoundaries } = boot();
    const [a, b] = cpus;
    mem[at] = what === 'bits that are 0' ? 4 : 0;
    const seen: number[] = [];
    atBoundaries(a, (n) => {
      if (n === 1) return;
      seen.push(waitKind(mem[a.wait]), waitObject(mem[a.wait]) - at);
      if (stores[n - 2] !== undefined) WRITE_ONCE(b, at, stores[n - 2]);
    });
    t.is(wait_on(a, at, mask, value, options), ended);
    t.true(seen.length >= 2 && seen.every((word, i) => word === (i % 2 === 0 ? WAIT.WORD : 0)));
    const records = recorded(a);
    t.is(records.length, 2);
    t.is(records[1], `read 0 ${ended} ${ended}`);
    t.is(waitKind(mem[a.wait]), WAIT.RUN);
  });
}

test('a handler that runs meanwhile, and waits for another word itself, leaves the wait as it was', (t) => {
  const handler = (cpu: Cpu, at: number): void => {
    wait_on(cpu, at + 1, -1, 0);
    WRITE_ONCE(cpu, at + 2, 1);
  };
  const { cpus, mem, at, atBoundaries } = boot({ cpus: 3, interrupts: [handler] });
  const [a, b] = cpus;
  mem[at + 1] = 1;
  atBoundaries(a, (n) => {
    if (n === 2) send(b, 1, 0, handler, at, false);
    if (n === 10) mem[at + 1] = 0;
    if (n === 40) {
      const { by, mask, value } = look(a).condition;
      t.deepEqual({ by, mask, value }, { by: [2], mask: 12, value: 8 });
      t.is(waitObject(mem[a.wait]), at);
      mem[at] = 9;
    }
  });
  t.is(wait_on(a, at, 12, 8, { by: [2] }), 9);
  t.is(mem[at + 2], 1);
});

test('a wait is left when the trial has failed', (t) => {
  const { cpus, at, atBoundaries } = boot();
  const [a, b] = cpus;
  atBoundaries(a, (n) => n === 3 && fail(b, 'bang', 'a failure'));
  t.true(isAbandoned(() => wait_on(a, at, -1, 1)));
  t.deepEqual(recorded(a), ['read 0 0 0', 'gave_up 0 0 0']);
});

test('an address that is not of the race is refused, as of any access', (t) => {
  const machine = boot();
  const [a] = machine.cpus;
  t.true(isAbandoned(() => wait_on(a, machine.at + 5000, -1, 0)));
  t.true(hasFailed(a));
  t.is(look(a).activity, ACTIVITY.DEAD);
  t.regex(snapshotOf(machine, BAD_ADDRESS).message, /^READ_ONCE of word 5000/);
});

for (const [what, call, message] of [
  [
    'a CPU that is not there',
    (cpu: Cpu, at: number) => wait_on(cpu, at, 1, 0, { by: [2] }),
    'wait_on: by names CPU 2, the machine has CPUs 0 to 1',
  ],
  [
    'no CPU',
    (cpu: Cpu, at: number) => wait_on(cpu, at, 1, 0, { by: [] }),
    'wait_on: by names no CPU: nobody could end the wait',
  ],
  [
    'a value outside the mask',
    (cpu: Cpu, at: number) => wait_on(cpu, at, 1, 2),
    'wait_on: no word has 2 in the bits of mask 1: the wait could not end',
  ],
  [
    'no number',
    (cpu: Cpu, at: number) => wait_on(cpu, at, 0.5, 0),
    'wait_on: 0.5 is no 32-bit word: a whole number from -2^31 to 2^32 - 1 is needed',
  ],
] as const) {
  test(`${what} is refused, whatever the word is`, (t) => {
    const { cpus, at } = boot();
    t.throws(() => call(cpus[0], at), { instanceOf: RangeError, message });
  });
}

test("the kernel's waits are the same wait", (t) => {
  const { cpus, mem, at, atBoundaries } = boot();
  const [a] = cpus;
  mem[at] = 0xc;
  t.is(smp_cond_load_acquire(a, at, 8, 8), 0xc);
  t.is(smp_cond_load_acquire(a, at, 8, 0, { negate: true }), 0xc);
  atBoundaries(a, (n) => n === 4 && (mem[at] = 4));
  wait_on_bit(a, at, 3);
  t.is(mem[at], 4);
  for (const bit of [-1, 32, 0.5]) t.throws(() => wait_on_bit(a, at, bit), { message: /a word has bits 0 to 31/ });
});

test('with a store buffer a wait whose own store ends it is a read, and drains nothing; one that waits drains all', (t) => {
  const { cpus, mem, at, atBoundaries } = boot({ memory: 'tso' });
  const [a] = cpus;
  WRITE_ONCE(a, at, 1);
  recorded(a);
  t.is(wait_on(a, at, -1, 1), 1);
  t.is(mem[at], 0);
  t.deepEqual(recorded(a), ['read 0 1 1']);
  const seen: number[] = [];
  atBoundaries(a, (n) => {
    seen.push(mem[at]);
    if (n === 3) mem[at + 1] = 1;
  });
  wait_on(a, at + 1, -1, 1);
  t.deepEqual(seen.slice(0, 3), [0, 1, 1]);
});
