/**
 * Goal: an argument that an author leaves out, or computes to no number, is never silent: the operation throws, or fails the trial.
 * Method: each operation of `racehammer` and `racehammer/locking` that takes more than a CPU is called as it should be, which goes well,
 * and then with each of its arguments left out, and NaN. An operation that is not in the table fails the test.
 */
import test from 'ava';
import * as base from '../../lib/sdk/index.js';
import * as locking from '../../lib/sdk/locking.js';
import type { ContextSwitch, Cpu } from '../../lib/machine/cpu.js';
import type { InterruptLine, LineKind } from '../../lib/machine/lineTable.js';
import type { BootOptions } from '../machine/boot.js';
import { checkLeftOut, operationsOf, type Call } from './leftOutCalls.js';

const { DEFINE_PER_CPU, LINE, READ_ONCE, WRITE_ONCE, lines, struct } = base;
const STATE = struct({ x: LINE, lock: lines(256), rcu: lines(locking.RCU.WORDS) });
const LEFT = DEFINE_PER_CPU('left_out', 2);

const handler = (cpu: Cpu, at: number): void => void READ_ONCE(cpu, at + STATE.x);
const line = (name: string, kind: LineKind): InterruptLine => ({ name, kind, priority: 1, handler, fn: 0, storm: 0 });
const LINES = [line('irq', 'hardirq'), line('bh', 'softirq'), line('task', 'tasklet')];
const CALLEE = base.kernelFunction('callee');
const CONTEXT: ContextSwitch = { out: () => 0, into: () => undefined };

const word = (...others: unknown[]): Call => ({ args: (_, at) => [at + STATE.x, ...others] });
const lock = (first?: Call['first']): Call => ({
  args: (_, at) => [at + STATE.lock],
  ...(first === undefined ? {} : { first }),
});
const behind = (operation: (cpu: Cpu, lock: number) => unknown): Call =>
  lock((cpu, at) => operation(cpu, at + STATE.lock));
/** An unlock with the flags that its lock has returned. */
const restores = (operation: (cpu: Cpu, lock: number) => unknown): Call => {
  let flags: unknown;
  return {
    first: (cpu, at) => (flags = operation(cpu, at + STATE.lock)),
    args: (_, at) => [at + STATE.lock, flags],
  };
};
const given = (...args: unknown[]): Call => ({ args: () => args });
const filled: Call = lock((cpu, at) => WRITE_ONCE(cpu, at + STATE.lock, 1));
const rcu = (...others: unknown[]): Call => ({ args: (_, at) => [at + STATE.rcu, ...others] });
const reading: Call['first'] = (cpu, at) => locking.rcu_read_lock(cpu, at + STATE.rcu);

const CALLS: Readonly<Record<string, Call>> = {
  READ_ONCE: word(),
  WRITE_ONCE: word(1),
  atomic_fetch_add: word(1),
  atomic_fetch_and: word(1),
  atomic_fetch_or: word(1),
  xchg: word(1),
  cmpxchg: word(0, 1),
  smp_load_acquire: word(),
  smp_store_release: word(1),
  wait_on: word(-1, 0),
  smp_cond_load_acquire: { ...word(-1, 0, {}), free: [3] },
  wait_on_bit: { ...word(0, {}), free: [2] },
  chanceBelow: given(2),
  isEveryNthTrial: given(2),
  nextTry: { first: (cpu) => (loop = base.beginRetries(cpu)), args: () => [loop] },
  spin: given(1),
  awaitOffer: given(1),
  allowPreemption: { first: (cpu) => base.preempt_disable(cpu), args: () => [CONTEXT, 0, 1] },
  preemptHere: given(0),
  enter: given(CALLEE),
  step: given(1),
  raceWindow: given(0),
  endWindow: given(0),
  cpu_online: given(0),
  set_cpu_online: {
    first: (cpu) => Object.assign(cpu, { offline: { at: STATE.x, ipi: 'lost' } }),
    args: () => [0, true],
  },
  // What is no variable has an address that is none: no operation takes it.
  per_cpu_ptr: { ...given(LEFT, 0), free: [0] },
  raw_cpu_ptr: { ...given(LEFT), free: [0] },
  this_cpu_ptr: { ...given(LEFT), free: [0] },
  this_cpu_read: given(LEFT, 0),
  this_cpu_write: given(LEFT, 0, 1),
  local_irq_restore: { first: (cpu) => (flagsBefore = base.local_irq_save(cpu)), args: () => [flagsBefore] },
  lockdep_is_held: lock(),
  maskInterrupt: given('irq'),
  unmaskInterrupt: given('irq'),
  raiseInterrupt: given('irq'),
  raise_softirq: given('bh'),
  tasklet_schedule: given('task'),
  setInterruptLevel: given(0),
  startTimer: given('irq', { after: 1 }),
  stopTimer: given('irq'),
  __do_softirq: { args: (_, at) => [handler, at, null], free: [1, 2] },
  smp_call_function_single: { args: (_, at) => [0, handler, at, true], free: [2] },
  smp_call_function_single_async: { args: (_, at) => [0, handler, at], free: [2] },
  smp_call_function_many: { args: (_, at) => [1, 0, handler, at, true], free: [3] },
  spin_lock: lock(),
  spin_lock_bh: lock(),
  spin_lock_irqsave: lock(),
  spin_lock_nested: { args: (_, at) => [at + STATE.lock, 1] },
  spin_lock_nest_lock: {
    first: (cpu, at) => base.spin_lock(cpu, at + STATE.x),
    args: (_, at) => [at + STATE.lock, at + STATE.x],
  },
  spin_trylock: lock(),
  spin_trylock_bh: lock(),
  spin_unlock: behind(base.spin_lock),
  spin_unlock_bh: behind(base.spin_lock_bh),
  spin_unlock_irqrestore: restores(base.spin_lock_irqsave),
  read_lock: lock(),
  read_trylock: lock(),
  read_unlock: behind(base.read_lock),
  write_lock: lock(),
  write_lock_irqsave: lock(),
  write_trylock: lock(),
  write_unlock: behind(base.write_lock),
  write_unlock_irqrestore: restores(base.write_lock_irqsave),
  br_read_lock: lock(),
  br_read_unlock: behind(locking.br_read_lock),
  br_write_lock: lock(),
  br_write_lock_irqsave: { args: (_, at) => [at + STATE.lock, true] },
  br_write_unlock: behind(locking.br_write_lock),
  br_write_unlock_irqrestore: restores((cpu, at) => locking.br_write_lock_irqsave(cpu, at, true)),
  queued_spin_lock: lock(),
  queued_spin_trylock: lock(),
  queued_spin_unlock: behind(locking.queued_spin_lock),
  mutex_lock: lock(),
  mutex_lock_nested: { args: (_, at) => [at + STATE.lock, 1] },
  mutex_trylock: lock(),
  mutex_unlock: behind(locking.mutex_lock),
  down_read: lock(),
  down_read_trylock: lock(),
  down_write: lock(),
  down_write_trylock: lock(),
  up_read: behind(locking.down_read),
  up_write: behind(locking.down_write),
  down: filled,
  down_trylock: filled,
  up: lock(),
  complete: lock(),
  complete_all: lock(),
  reinit_completion: lock(),
  wait_for_completion: filled,
  try_wait_for_completion: filled,
  prepare_to_wait: { args: (_, at) => [at + STATE.lock, false] },
  finish_wait: lock(),
  sleepOnQueue: lock(),
  wait_event: { args: (_, at) => [at + STATE.lock, () => true] },
  wait_event_exclusive: { args: (_, at) => [at + STATE.lock, () => true] },
  wake_up: lock(),
  wake_up_all: lock(),
  set_current_state: word(1),
  __set_current_state: word(1),
  schedule: word(),
  wake_up_process: word(),
  rcu_read_lock: rcu(),
  rcu_read_unlock: { ...rcu(), first: reading },
  rcu_read_lock_held: rcu(),
  rcu_dereference: { first: reading, args: (_, at) => [at + STATE.rcu, at + STATE.x] },
  rcu_assign_pointer: word(1),
  rcu_barrier: rcu(),
  synchronize_rcu: rcu(),
  call_rcu: { args: (_, at) => [at + STATE.rcu, handler, at], free: [2] },
  readUnfreed: word(),
  kfree: word(2),
  read_seqbegin: lock(),
  read_seqretry: { args: (_, at) => [at + STATE.lock, 0] },
  read_seqcount_begin: lock(),
  read_seqcount_retry: { args: (_, at) => [at + STATE.lock, 0] },
  read_seqlock_excl: lock(),
  read_sequnlock_excl: behind(locking.read_seqlock_excl),
  write_seqcount_begin: lock(),
  write_seqcount_end: behind(locking.write_seqcount_begin),
  write_seqlock: lock(),
  write_seqlock_irqsave: lock(),
  write_sequnlock: behind(locking.write_seqlock),
  write_sequnlock_irqrestore: restores(locking.write_seqlock_irqsave),
};

/** They end the trial whatever they are given. */
const ENDS = new Set(['BUG', 'WARN', 'fail']);

let loop: unknown;
let flagsBefore: unknown;

const OPERATIONS = operationsOf({ ...base, ...locking }, ENDS);
const OPTIONS: BootOptions = { words: STATE.WORDS, interrupts: [handler], lines: LINES };

test('each operation has a call', (t) => {
  t.deepEqual(
    OPERATIONS.map(([name]) => name).filter((name) => !(name in CALLS)),
    [],
  );
});

for (const [name, operation] of OPERATIONS) test(name, (t) => checkLeftOut(t, operation, CALLS[name], OPTIONS));
