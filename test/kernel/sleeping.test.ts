/**
 * Goal: locks that sleep belong to a task, wake who waits, and are refused where nobody may sleep; who waits in vain is
 * reported at once.
 * Method: CPUs of one thread; while one waits, what others do happens at its instruction boundaries.
 */
import test from 'ava';
import {
  complete,
  complete_all,
  reinit_completion,
  try_wait_for_completion,
  wait_for_completion,
} from '../../lib/kernel/completion.js';
import { local_irq_restore, local_irq_save } from '../../lib/kernel/irqflags.js';
import { might_sleep } from '../../lib/kernel/mightSleep.js';
import { mutex_lock, mutex_trylock, mutex_unlock } from '../../lib/kernel/mutex.js';
import { preempt_disable } from '../../lib/kernel/preempt.js';
import {
  RW_SEMAPHORE,
  down_read,
  down_read_trylock,
  down_write,
  down_write_trylock,
  up_read,
  up_write,
} from '../../lib/kernel/rwsem.js';
import { down, down_trylock, up } from '../../lib/kernel/semaphore.js';
import { spin_lock, spin_unlock } from '../../lib/kernel/spinlock.js';
import {
  WAIT_QUEUE,
  finish_wait,
  prepare_to_wait,
  sleepOnQueue,
  wait_event,
  wait_event_exclusive,
  wake_up,
  wake_up_all,
} from '../../lib/kernel/waitQueue.js';
import { READ_ONCE, WRITE_ONCE } from '../../lib/machine/access.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { send } from '../../lib/machine/ipi.js';
import { CPU } from '../../lib/machine/layout.js';
import { hasFailed } from '../../lib/machine/outcome.js';
import { DEADLOCK, SLEEPING_IN_ATOMIC, UNLOCK_NOT_OWNER } from '../../lib/machine/signatures.js';
import { boot, isAbandoned, snapshotOf, type BootOptions, type Machine } from '../machine/boot.js';

const LOCK = RW_SEMAPHORE.WORDS;
const machine = (options: BootOptions = {}): Machine => boot({ words: LOCK + 2, ringEntries: 256, ...options });
const held = (cpu: Cpu): number => cpu.mem[cpu.block + CPU.held];

/** Every function that may sleep, where it need not. */
const SLEEPERS: Readonly<Record<string, (cpu: Cpu, at: number) => void>> = {
  mutex_lock,
  down_read,
  down_write,
  down,
  wait_for_completion,
  wait_event: (cpu, at) => wait_event(cpu, at, () => true),
  might_sleep: (cpu) => might_sleep(cpu),
};

const ATOMIC: Readonly<Record<string, (cpu: Cpu, at: number) => void>> = {
  'with a spinlock held': (cpu, at) => spin_lock(cpu, at + LOCK),
  'with interrupts off': (cpu) => void local_irq_save(cpu),
  'with preemption disabled': (cpu) => preempt_disable(cpu),
};

for (const [name, sleep] of Object.entries(SLEEPERS)) {
  for (const [where, enter] of Object.entries(ATOMIC)) {
    test(`${name}() ${where}`, (t) => {
      const m = machine();
      const [cpu] = m.cpus;
      m.mem[m.at] = name === 'down' || name === 'wait_for_completion' ? 1 : 0;
      enter(cpu, m.at);
      t.true(isAbandoned(() => sleep(cpu, m.at)));
      const { message } = snapshotOf(m, SLEEPING_IN_ATOMIC);
      t.true(message.startsWith(`BUG: sleeping function called from invalid context: ${name}()`), message);
    });
  }

  test(`${name}() in an interrupt`, (t) => {
    const handler = (cpu: Cpu, at: number): void => sleep(cpu, at);
    const m = machine({ interrupts: [handler] });
    send(m.cpus[1], 1, 0, handler, m.at, false);
    t.true(isAbandoned(() => READ_ONCE(m.cpus[0], m.at)));
    t.true(snapshotOf(m, SLEEPING_IN_ATOMIC).message.includes('in_atomic(): 1'));
  });

  test(`${name}() where a task may sleep again`, (t) => {
    const m = machine();
    const [cpu] = m.cpus;
    spin_lock(cpu, m.at + LOCK);
    spin_unlock(cpu, m.at + LOCK);
    local_irq_restore(cpu, local_irq_save(cpu));
    m.mem[m.at] = name === 'down' || name === 'wait_for_completion' ? 1 : 0;
    sleep(cpu, m.at);
    t.false(hasFailed(cpu));
  });
}

test('a mutex has one owner, who alone gives it back', (t) => {
  const m = machine();
  const [a, b] = m.cpus;
  mutex_lock(a, m.at);
  t.false(mutex_trylock(b, m.at));
  t.is(held(a), 1);
  t.true(isAbandoned(() => mutex_unlock(b, m.at)));
  t.is(snapshotOf(m, UNLOCK_NOT_OWNER).detail[1], 0);
});

test('who waits for a mutex gets it, and takes interrupts meanwhile', (t) => {
  let handled = 0;
  const handler = (): void => void handled++;
  const m = machine({ interrupts: [handler] });
  const [a, b] = m.cpus;
  mutex_lock(b, m.at);
  m.atBoundaries(a, (n) => {
    if (n === 4) send(b, 1, 0, handler, 0, false);
    if (n === 30) mutex_unlock(b, m.at);
  });
  mutex_lock(a, m.at);
  t.is(handled, 1);
  t.is(held(a), 1);
  mutex_unlock(a, m.at);
  t.is(held(a) + held(b), 0);
  t.is(m.mem[m.at], 0);
});

test('a mutex taken twice by one task', (t) => {
  const m = machine();
  mutex_lock(m.cpus[0], m.at);
  t.true(isAbandoned(() => mutex_lock(m.cpus[0], m.at)));
  t.deepEqual(snapshotOf(m, DEADLOCK).cycle, [0]);
});

test('down_read() twice with a writer in between, while a third task runs', (t) => {
  const m = machine({ cpus: 3 });
  const [a, w] = m.cpus;
  down_read(a, m.at);
  m.atBoundaries(w, (n) => {
    if (n === 10) t.true(isAbandoned(() => down_read(a, m.at)));
  });
  t.true(isAbandoned(() => down_write(w, m.at)));
  t.deepEqual(
    snapshotOf(m, DEADLOCK).cycle.toSorted((x, y) => x - y),
    [0, 1],
  );
});

test('a writer waits for readers and they for it; a trylock for nobody', (t) => {
  const m = machine();
  const [a, b] = m.cpus;
  t.true(down_read_trylock(a, m.at));
  t.false(down_write_trylock(b, m.at));
  m.atBoundaries(b, (n) => {
    if (n === 10) t.false(down_read_trylock(a, m.at), 'a writer waits');
    if (n === 20) up_read(a, m.at);
  });
  down_write(b, m.at);
  m.atBoundaries(a, (n) => {
    if (n === 10) up_write(b, m.at);
  });
  down_read(a, m.at);
  up_read(a, m.at);
  t.is(held(a) + held(b), 0);
  t.true(m.mem.subarray(m.at, m.at + RW_SEMAPHORE.WORDS).every((word) => word === 0));
});

for (const [what, unlock] of Object.entries({ up_read, up_write }))
  test(`${what}() of what the task does not have`, (t) => {
    const m = machine();
    t.true(isAbandoned(() => unlock(m.cpus[0], m.at)));
    t.true(snapshotOf(m, UNLOCK_NOT_OWNER).message.includes(what));
  });

test('a semaphore counts', (t) => {
  const m = machine();
  const [a, b] = m.cpus;
  m.mem[m.at] = 2;
  down(a, m.at);
  t.is(down_trylock(b, m.at), 0);
  t.is(down_trylock(b, m.at), 1);
  m.atBoundaries(a, (n) => {
    if (n === 10) up(b, m.at);
  });
  down(a, m.at);
  t.is(m.mem[m.at], 0);
});

test('complete() behind complete_all() changes nothing: all go on', (t) => {
  const m = machine();
  const [a] = m.cpus;
  complete_all(a, m.at);
  complete(a, m.at);
  for (let i = 0; i < 3; i++) t.true(try_wait_for_completion(a, m.at));
});

test('a completion lets one go on for each complete(), and all after complete_all()', (t) => {
  const m = machine();
  const [a, b] = m.cpus;
  complete(b, m.at);
  wait_for_completion(a, m.at);
  t.false(try_wait_for_completion(a, m.at));
  m.atBoundaries(a, (n) => {
    if (n === 10) complete_all(b, m.at);
  });
  wait_for_completion(a, m.at);
  t.true(try_wait_for_completion(a, m.at));
  t.true(try_wait_for_completion(b, m.at));
  reinit_completion(a, m.at);
  t.false(try_wait_for_completion(b, m.at));
});

test('wake_up() wakes all but of those who sleep exclusively one; wake_up_all() wakes all', (t) => {
  const m = machine({ cpus: 4 });
  const [a, b, c, d] = m.cpus;
  const asleep = (): number => m.mem[m.at];
  prepare_to_wait(a, m.at, true);
  prepare_to_wait(b, m.at, true);
  prepare_to_wait(c, m.at, false);
  wake_up(d, m.at);
  t.is(asleep(), 0b0010);
  sleepOnQueue(a, m.at);
  sleepOnQueue(c, m.at);
  finish_wait(a, m.at);
  finish_wait(c, m.at);
  prepare_to_wait(a, m.at, true);
  wake_up_all(d, m.at);
  t.is(asleep(), 0);
  finish_wait(a, m.at);
  finish_wait(b, m.at);
  t.is(m.mem[m.at + WAIT_QUEUE.exclusive], 0);
});

for (const [what, wait] of Object.entries({ wait_event, wait_event_exclusive }))
  test(`${what}() looks again after each wake-up`, (t) => {
    const m = machine();
    const [a, b] = m.cpus;
    let looks = 0;
    m.atBoundaries(a, (n) => {
      if (n === 12) wake_up(b, m.at);
      if (n !== 40) return;
      WRITE_ONCE(b, m.at + LOCK, 1);
      wake_up(b, m.at);
    });
    wait(a, m.at, (cpu) => {
      looks++;
      return READ_ONCE(cpu, m.at + LOCK) !== 0;
    });
    t.true(looks >= 4);
    t.is(m.mem[m.at] | m.mem[m.at + WAIT_QUEUE.exclusive], 0);
  });

test('what was stored before wake_up() is visible to one who joins the queue behind it', (t) => {
  for (const wake of [wake_up, wake_up_all]) {
    const m = machine({ memory: 'tso' });
    const [a, b] = m.cpus;
    WRITE_ONCE(a, m.at + LOCK, 1);
    t.is(m.mem[m.at + LOCK], 0, 'it waits in the buffer');
    wake(a, m.at);
    prepare_to_wait(b, m.at, false);
    t.is(READ_ONCE(b, m.at + LOCK), 1);
  }
});
