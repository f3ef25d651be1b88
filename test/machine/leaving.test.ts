/**
 * Goal: a CPU that has left its trial touches nothing more in it, whatever the code of the race does on the way out: a `finally`
 * block releases nothing, code that catches what was thrown at it gets no further.
 * Method: one CPU is abandoned, dies or exits; then every operation of the SDK is tried on it.
 */
import test from 'ava';
import { BUG, do_exit } from '../../lib/kernel/bug.js';
import { BRLOCK, br_read_lock, br_write_lock } from '../../lib/kernel/brlock.js';
import { smp_call_function_single, smp_call_function_single_async } from '../../lib/kernel/smp.js';
import { spin_lock, spin_trylock, spin_unlock } from '../../lib/kernel/spinlock.js';
import { READ_ONCE, WRITE_ONCE, atomic_fetch_add, cmpxchg, xchg } from '../../lib/machine/access.js';
import { PLACE_WORDS } from '../../lib/harness/places.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { PLACE, PROGRESS } from '../../lib/machine/layout.js';
import { IRR_NMI, sendNmi } from '../../lib/machine/nmi.js';
import { threw } from '../../lib/machine/thrown.js';
import { leftTrial } from '../../lib/machine/undone.js';
import { abandon, fail, isLeaving } from '../../lib/machine/outcome.js';
import { boot, isAbandoned, recorded } from './boot.js';

const handler = (): void => {};

const WAYS_OUT: Readonly<Record<string, (cpu: Cpu) => void>> = {
  abandoned: (cpu) => abandon(cpu, 0),
  dead: (cpu) => BUG(cpu, 'bang', 'dies'),
  exited: (cpu) => do_exit(cpu),
};

const OPERATIONS: Readonly<Record<string, (cpu: Cpu, at: number) => unknown>> = {
  READ_ONCE,
  WRITE_ONCE: (cpu, at) => WRITE_ONCE(cpu, at, 7),
  cmpxchg: (cpu, at) => cmpxchg(cpu, at, 0, 7),
  xchg: (cpu, at) => xchg(cpu, at, 7),
  atomic_fetch_add: (cpu, at) => atomic_fetch_add(cpu, at, 7),
  spin_lock: (cpu, at) => spin_lock(cpu, at),
  spin_trylock,
  'spin_unlock of the lock that it holds': (cpu, at) => spin_unlock(cpu, at + 1),
  'spin_unlock of another': (cpu, at) => spin_unlock(cpu, at),
  br_read_lock: (cpu, at) => br_read_lock(cpu, at + 2),
  br_write_lock: (cpu, at) => br_write_lock(cpu, at + 2),
  smp_call_function_single: (cpu) => smp_call_function_single(cpu, 1, handler, 0, true),
  smp_call_function_single_async: (cpu) => smp_call_function_single_async(cpu, 1, handler, 0),
  BUG: (cpu) => BUG(cpu, 'bang', 'once more'),
  do_exit: (cpu) => do_exit(cpu),
};

for (const [way, leave] of Object.entries(WAYS_OUT)) {
  test(`a CPU that is ${way} makes no access and no record, until the code of the race is left`, (t) => {
    const machine = boot({ words: 2 + BRLOCK.WORDS, interrupts: [handler] });
    const { cpus, mem, at } = machine;
    const [cpu] = cpus;
    spin_lock(cpu, at + 1);
    if (way === 'abandoned') fail(cpus[1], 'bang', 'ends the trial');
    t.true(isAbandoned(() => leave(cpu)));
    t.true(isLeaving(cpu));
    recorded(cpu);
    const before = mem.slice(at, at + 2 + BRLOCK.WORDS);
    const outcome = mem[cpu.outcome];
    for (const [name, operation] of Object.entries(OPERATIONS))
      t.true(
        isAbandoned(() => operation(cpu, at)),
        name,
      );
    t.false(fail(cpu, 'bang', 'on the way out'));
    threw(cpu, new Error('in a finally block'));
    t.deepEqual(mem.slice(at, at + 2 + BRLOCK.WORDS), before);
    t.is(mem[cpu.outcome], outcome);
    t.deepEqual(recorded(cpu), []);
    leftTrial(cpu);
    t.false(isLeaving(cpu));
    t.is(READ_ONCE(cpu, at), 0);
  });
}

test('code that catches what ends its trial, in a loop, still answers the watchdog, and shows where it is', (t) => {
  const { cpus, mem, map, at } = boot({ words: 1 });
  const [cpu] = cpus;
  fail(cpus[1], 'bang', 'ends the trial');
  t.true(isAbandoned(() => abandon(cpu, 0)));
  const place = (): number => mem[cpu.progress + PROGRESS.place];
  const catchTimes = (times: number): void => {
    for (let i = 0; i < times; i++) isAbandoned(() => READ_ONCE(cpu, at));
  };
  sendNmi(mem, map, cpu.id);
  catchTimes(100);
  t.is(mem[cpu.irr] & IRR_NMI, 0, 'it is not deaf, so that no thread is ended for it');
  t.is(place(), PLACE.NONE, 'a few are those of finally blocks');
  catchTimes(10_000);
  t.is(place(), PLACE.CATCHING);
  t.is(typeof PLACE_WORDS[PLACE.CATCHING], 'string');
  leftTrial(cpu);
  t.is(place(), PLACE.NONE);
});
