/**
 * Goal: a state in which nobody can go on is called what the machine calls it.
 * Method: races of two CPUs that hang in each of the ways; the same ones that do not, so that the names are not given to everything.
 */
import test from 'ava';
import {
  LINE,
  WRITE_ONCE,
  defineRace,
  do_exit,
  local_irq_restore,
  local_irq_save,
  smp_call_function_single,
  spin_lock,
  spin_unlock,
  struct,
  wait_on,
  words,
  type Cpu,
} from '../../lib/sdk/index.js';
import {
  QSPINLOCK,
  RW_SEMAPHORE,
  down_read,
  down_write,
  queued_spin_lock,
  queued_spin_unlock,
  up_read,
  up_write,
} from '../../lib/sdk/locking.js';
import tryLoops, { TRY_LOOPS } from '../fixtures/tryLoops.js';
import { searched } from './searched.js';

const STATE = struct({ a: LINE, b: LINE, x: LINE, sem: words(RW_SEMAPHORE.WORDS), fair: words(QSPINLOCK.WORDS) });

const nothing = (): void => {};

const found = (run: (cpu: Cpu, at: number) => void) => {
  const race = defineRace({
    name: 'hangs',
    state: STATE,
    variants: { any: {} },
    signatures: { deadlock: 'they wait for each other' },
    interrupts: [nothing],
    actors: { run },
  });
  return [...searched(race).found.failures.keys()].toSorted();
};

test('two locks in both orders', (t) => {
  const both = (inOrder: boolean) =>
    found((cpu, at) => {
      const [first, second] = cpu.id === 0 || inOrder ? [STATE.a, STATE.b] : [STATE.b, STATE.a];
      spin_lock(cpu, at + first);
      spin_lock(cpu, at + second);
      spin_unlock(cpu, at + second);
      spin_unlock(cpu, at + first);
    });
  t.deepEqual(both(false), ['deadlock']);
  t.deepEqual(both(true), []);
});

test('a fair lock that each CPU takes twice', (t) => {
  const taken = (times: number) =>
    found((cpu, at) => {
      for (let i = 0; i < times; i++) queued_spin_lock(cpu, at + STATE.fair);
      for (let i = 0; i < times; i++) queued_spin_unlock(cpu, at + STATE.fair);
    });
  t.deepEqual(taken(2), ['deadlock']);
  t.deepEqual(taken(1), []);
});

test('a CPU that spins with interrupts off, while the owner of the lock waits for its answer', (t) => {
  const flush = (off: boolean) =>
    found((cpu, at) => {
      if (cpu.id === 0) {
        spin_lock(cpu, at + STATE.a);
        smp_call_function_single(cpu, 1, nothing, 0, true);
        spin_unlock(cpu, at + STATE.a);
      } else {
        const flags = off ? local_irq_save(cpu) : 0;
        spin_lock(cpu, at + STATE.a);
        spin_unlock(cpu, at + STATE.a);
        if (off) local_irq_restore(cpu, flags);
      }
    });
  t.deepEqual(flush(true), ['deadlock']);
  t.deepEqual(flush(false), []);
});

test('a word that nobody stores', (t) => {
  const waits = (stores: boolean) =>
    found((cpu, at) => {
      if (cpu.id === 0) wait_on(cpu, at + STATE.x, 1, 1);
      else if (stores) WRITE_ONCE(cpu, at + STATE.x, 1);
    });
  t.deepEqual(waits(false), ['lost-wake-up']);
  t.deepEqual(waits(true), []);
});

test('a lock whose owner has exited', (t) => {
  const owner = (exits: boolean) =>
    found((cpu, at) => {
      spin_lock(cpu, at + STATE.a);
      if (exits && cpu.id === 0) do_exit(cpu);
      spin_unlock(cpu, at + STATE.a);
    });
  t.deepEqual(owner(true), ['orphaned-lock']);
  t.deepEqual(owner(false), []);
});

test('locks that sleep', (t) => {
  const readers = (upgrades: boolean) =>
    found((cpu, at) => {
      down_read(cpu, at + STATE.sem);
      if (!upgrades) up_read(cpu, at + STATE.sem);
      down_write(cpu, at + STATE.sem);
      up_write(cpu, at + STATE.sem);
      if (upgrades) up_read(cpu, at + STATE.sem);
    });
  t.deepEqual(readers(true), ['deadlock']);
  t.deepEqual(readers(false), []);
});

test('a task that has ended in an rw_semaphore', (t) => {
  t.deepEqual(
    found((cpu, at) => {
      down_write(cpu, at + STATE.sem);
      if (cpu.id === 0) do_exit(cpu);
      up_write(cpu, at + STATE.sem);
    }),
    ['orphaned-lock'],
  );
});

for (const { lock, exited } of TRY_LOOPS)
  test(`${lock} in a loop is called what the machine calls it`, (t) => {
    const failures = (variant: string): string[] =>
      (['sc', 'tso'] as const).flatMap((memory) => [
        ...searched(tryLoops, { variant, knobs: { lock }, memory }).found.failures.keys(),
      ]);
    t.deepEqual(failures('cycle'), ['deadlock', 'deadlock']);
    t.deepEqual(failures('exited'), [exited, exited]);
    t.deepEqual(failures('given'), []);
  });
