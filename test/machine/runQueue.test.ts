/**
 * Goal: a CPU goes from task to task as a whole, to one that may run on it, and to nobody while its task may not be put off; a look at the
 * machine in the middle of that proves nothing.
 * Method: Cpu objects in one thread; a task that waits for a CPU lets the others act while it waits.
 */
import test from 'ava';
import { mutex_lock } from '../../lib/kernel/mutex.js';
import { local_irq_save } from '../../lib/kernel/irqflags.js';
import { migrate_disable, preempt_disable } from '../../lib/kernel/preempt.js';
import { TASK_UNINTERRUPTIBLE, schedule, set_current_state, wake_up_process } from '../../lib/kernel/sched.js';
import { enter, kernelFunction } from '../../lib/machine/callStack.js';
import { readCondition } from '../../lib/machine/condition.js';
import { blockOf, type Cpu } from '../../lib/machine/cpu.js';
import { findCycle } from '../../lib/machine/cycle.js';
import { CPU } from '../../lib/machine/layout.js';
import { acquire } from '../../lib/machine/lock.js';
import { homeBellOf, leaveCpu } from '../../lib/machine/migration.js';
import { hasFailed } from '../../lib/machine/outcome.js';
import { awaitCpu, giveWay, hasRunQueue, readyTask, taskOfferAt } from '../../lib/machine/runQueue.js';
import { DEADLOCK, LOST_WAKE_UP } from '../../lib/machine/signatures.js';
import { WAIT, publishWait } from '../../lib/machine/wait.js';
import { wait_on } from '../../lib/machine/waitOn.js';
import { PARKED, PARTY } from '../../lib/sharedarraybuffer-utils/index.js';
import { explainFailure, shapeOf } from '../../lib/race/hang.js';
import {
  EVERY_BOUNDARY,
  boot,
  isAbandoned,
  look,
  records,
  snapshotOf,
  type BootOptions,
  type Machine,
} from './boot.js';

const FN = kernelFunction('a_function_of_its_own');
const WORD = 4;

const machine = (options: BootOptions = {}): Machine => boot({ cpus: 3, processors: 1, ...options });

/** While a task waits for a CPU, `meanwhile` happens, once. */
function whileReady(cpu: Cpu, meanwhile: () => void): void {
  let isDone = false;
  cpu.lockstep = {
    boundary: () => {},
    finish: () => {},
    awaitTaker: () => {
      if (isDone) return;
      isDone = true;
      meanwhile();
    },
  };
}

const runners = ({ cpus, mem, map }: Machine): number[] => cpus.map((_, id) => mem[blockOf(map, id) + CPU.runner]);

test('a machine with a CPU for each task has no run queue', (t) => {
  const [cpu] = boot({ cpus: 3 }).cpus;
  t.false(hasRunQueue(cpu));
  t.false(giveWay(cpu));
  t.is(records(cpu).length, 0);
  t.is(machine().cpus[0].cpus, 1);
  t.is(machine().cpus[0].places, 3);
});

test('a task that gives way and the one that is ready exchange their places, with what belongs to a task', (t) => {
  const m = machine();
  const [a, b] = m.cpus;
  enter(a, FN);
  mutex_lock(a, m.at);
  // It waits for a CPU again, and nobody gives it one.
  whileReady(b, () => {
    whileReady(a, () => {
      t.is(a.id, 1);
      t.is(look(a).frames[0].fn, 'a_function_of_its_own');
      t.is(look(a).held.length, 1);
      throw new Error('enough');
    });
    t.throws(() => giveWay(a), { message: 'enough' });
  });
  awaitCpu(b);
  t.is(b.id, 0);
  t.deepEqual(runners(m), [2, 1, 3]);
  t.is(m.mem[taskOfferAt(m.map, 1)], 0);
  t.is(look(b).held.length, 0);
  t.is(look(b).comm, 'task1');
  t.true(look(b).hasCpu);
  t.false(look(a).hasCpu);
});

for (const [what, enterIt] of Object.entries<(cpu: Cpu, at: number) => void>({
  'a spinlock': (cpu, at) => acquire(cpu, at),
  'preemption disabled': (cpu) => preempt_disable(cpu),
  'interrupts off': (cpu) => void local_irq_save(cpu),
}))
  test(`with ${what} no task gives way`, (t) => {
    const m = machine();
    const [a, b] = m.cpus;
    enterIt(a, m.at);
    whileReady(b, () => {
      t.false(giveWay(a));
      throw new Error('enough');
    });
    t.throws(() => awaitCpu(b), { message: 'enough' });
    t.is(a.id, 0);
    t.is(m.mem[taskOfferAt(m.map, 1)], 0, 'the offer is taken back');
  });

test('a CPU goes to a task that may run on it', (t) => {
  const m = boot({ cpus: 4, processors: 2, allowed: [-1, -1, 0b10, 0b01] });
  const [a, b, c, d] = m.cpus;
  let found: number[] = [];
  whileReady(c, () => {
    whileReady(d, () => {
      found = [readyTask(a), readyTask(b)];
      throw new Error('enough');
    });
    awaitCpu(d);
  });
  t.throws(() => awaitCpu(c), { message: 'enough' });
  t.deepEqual(found, [3, 2]);
});

test('with migration disabled a task comes back to its CPU alone', (t) => {
  const m = boot({ cpus: 3, processors: 2 });
  const [a, b, c] = m.cpus;
  migrate_disable(a);
  let found: number[] = [];
  whileReady(c, () => {
    whileReady(a, () => {
      t.is(readyTask(b), -1);
      found = [...readCondition(m.mem, blockOf(m.map, a.id), 3).by];
      throw new Error('enough');
    });
    t.throws(() => giveWay(a), { message: 'enough' });
  });
  awaitCpu(c);
  t.is(c.id, 0);
  t.deepEqual(found, [0]);
});

test('threads that share cores meet on bells of their own, wherever their tasks have ended', (t) => {
  const m = boot({ cpus: 3, processors: 1, sharedCores: 2 });
  const [a] = m.cpus;
  const bell = homeBellOf(m.map, 1);
  Atomics.store(m.mem, bell + PARTY.parked, PARKED.IN_RELAY);
  a.relay!.release();
  t.is(m.mem[bell + PARTY.parked], PARKED.NO);
  t.is(m.mem[bell + PARTY.bell], 1);
});

test('a task that sleeps leaves its CPU, and waits on at the place of the other one', (t) => {
  const m = machine();
  const [a, b, c] = m.cpus;
  set_current_state(a, m.at + WORD, TASK_UNINTERRUPTIBLE);
  let looks = 0;
  whileReady(b, () => {
    m.atBoundaries(a, () => {
      if (a.id === 1 && ++looks === 5) wake_up_process(c, m.at + WORD);
    });
    Atomics.or(m.mem, blockOf(m.map, 1) + CPU.irr, EVERY_BOUNDARY);
    whileReady(a, () => {
      throw new Error('awake, and ready');
    });
    t.throws(() => schedule(a, m.at + WORD), { message: 'awake, and ready' });
  });
  awaitCpu(b);
  t.deepEqual([a.id, b.id], [1, 0]);
  t.true(looks >= 5);
  t.is(m.mem[m.at + WORD], 0);
});

test('a CPU that goes from one task to another is no CPU that has ended', (t) => {
  const m = machine();
  const [, b, c] = m.cpus;
  // The task of CPU 0 has ended, and given it to another one, which is not there yet.
  Atomics.store(m.mem, m.cpus[0].progress, 1);
  leaveCpu(m.cpus[0]);
  Atomics.store(m.mem, b.progress, 1);
  c.mem[m.at] = 1;
  m.atBoundaries(c, (n) => {
    if (n > 40) m.mem[m.at] = 0;
  });
  wait_on(c, m.at, -1, 0);
  t.false(hasFailed(c));
  // Once it is, and ends, nobody is left.
  m.mem[blockOf(m.map, 0) + CPU.runner] = 1;
  c.mem[m.at] = 1;
  m.atBoundaries(c, () => {});
  t.true(isAbandoned(() => wait_on(c, m.at, -1, 0)));
  t.is(snapshotOf(m, LOST_WAKE_UP).cpu, 2);
});

test('a task that spins for what a ready task of its CPU holds', (t) => {
  const m = machine();
  const [a, b, c] = m.cpus;
  Atomics.store(m.mem, c.progress, 1);
  whileReady(b, () => {
    mutex_lock(a, m.at);
    // It has gone to the place in front of the CPU, and the other one has the CPU.
    whileReady(a, () => {
      t.is(a.id, 1);
      throw new Error('enough');
    });
    t.throws(() => giveWay(a), { message: 'enough' });
  });
  awaitCpu(b);
  b.lockstep = null;
  publishWait(a, WAIT.RUN, 0);
  let isStuck = false;
  whileReady(a, () => {
    isStuck = isAbandoned(() => wait_on(b, m.at, -1, 0));
    throw new Error('enough');
  });
  t.throws(() => awaitCpu(a), { message: 'enough' });
  t.true(isStuck);
  const snapshot = snapshotOf(m, DEADLOCK);
  t.deepEqual(new Set(snapshot.cycle), new Set([0, 1]));
  const symbols = (): string => 'the mutex';
  t.regex(
    explainFailure(snapshot, symbols, '').join('\n'),
    /task task0 holds the mutex.* waits for CPU 0, as a task that is ready/,
  );
  t.regex(shapeOf(snapshot, symbols) ?? '', /^priority inversion/);
});

test('a task that is ready is not stuck while one that sleeps has its CPU', (t) => {
  const m = machine();
  const [, b, c] = m.cpus;
  whileReady(b, () => {
    publishWait(c, WAIT.RUN, 0);
    t.false(findCycle(b));
    throw new Error('enough');
  });
  t.throws(() => awaitCpu(b), { message: 'enough' });
  t.false(hasFailed(b));
});
