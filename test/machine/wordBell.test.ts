/**
 * Goal: who sleeps until a word is stored is woken by each kind of store to that word, and by no other; and by a CPU that
 * ends the trial.
 * Method: a CPU of one thread is put to sleep by hand; others store.
 */
import test from 'ava';
import {
  WRITE_ONCE,
  atomic_fetch_add,
  atomic_fetch_and,
  atomic_fetch_or,
  cmpxchg,
  xchg,
} from '../../lib/machine/access.js';
import { partyOf, type Cpu } from '../../lib/machine/cpu.js';
import { CPU } from '../../lib/machine/layout.js';
import { acquire, release } from '../../lib/machine/lock.js';
import { WAIT, publishWait } from '../../lib/machine/wait.js';
import { forgetSleeper, noteSleeper, wakeSleepers } from '../../lib/machine/wordBell.js';
import { PARKED, PARTY } from '../../lib/sharedarraybuffer-utils/waiter.js';
import { boot, type Machine } from './boot.js';

/** Whether CPU 40 still sleeps on word 1 after CPU 0 has done something. */
function sleepsAfter(act: (cpu: Cpu, machine: Machine) => void): boolean {
  const machine = boot({ cpus: 41 });
  const { mem, map, cpus, at } = machine;
  const sleeper = cpus[40];
  publishWait(sleeper, WAIT.WORD, at + 1);
  noteSleeper(sleeper, true);
  const parked = partyOf(map, 40) + PARTY.parked;
  mem[parked] = PARKED.ALONE;
  act(cpus[0], machine);
  return mem[parked] !== PARKED.NO;
}

for (const [what, store] of Object.entries<(cpu: Cpu, address: number) => void>({
  WRITE_ONCE: (cpu, a) => WRITE_ONCE(cpu, a, 1),
  cmpxchg: (cpu, a) => void cmpxchg(cpu, a, 0, 1),
  xchg: (cpu, a) => void xchg(cpu, a, 1),
  atomic_fetch_or: (cpu, a) => void atomic_fetch_or(cpu, a, 1),
  atomic_fetch_and: (cpu, a) => void atomic_fetch_and(cpu, a, 1),
  atomic_fetch_add: (cpu, a) => void atomic_fetch_add(cpu, a, 1),
  'an unlock': (cpu, a) => (acquire(cpu, a), release(cpu, a)),
})) {
  test(`${what} wakes who sleeps on the word`, (t) => {
    t.false(sleepsAfter((cpu, { at }) => store(cpu, at + 1)));
    t.true(sleepsAfter((cpu, { at }) => store(cpu, at)));
  });
}

test('a CPU that ends wakes all that sleep on words', (t) => {
  t.false(sleepsAfter((cpu) => wakeSleepers(cpu)));
});

test('a CPU that was thrown out of its wait is no sleeper for anybody', (t) => {
  const { cpus, mem } = boot({ cpus: 41 });
  const bits = () => cpus.map(({ block }) => mem[block + CPU.sleepers + 1]);
  noteSleeper(cpus[39], true);
  noteSleeper(cpus[40], true);
  forgetSleeper(cpus[40]);
  t.true(bits().every((word) => word === 1 << 7));
  forgetSleeper(cpus[40]);
  t.true(bits().every((word) => word === 1 << 7));
  forgetSleeper(cpus[39]);
  t.true(bits().every((word) => word === 0));
});

test('who does not sleep any more is not woken', (t) => {
  t.true(
    sleepsAfter((cpu, { at, cpus }) => {
      noteSleeper(cpus[40], false);
      WRITE_ONCE(cpu, at + 1, 1);
      wakeSleepers(cpu);
    }),
  );
});
