/**
 * Does the tester notice?     Result: each variant fails in its own way, but for `lock`, which holds
 *
 * Mail:  none: these are the canaries of the tester itself. What they fail with must be named right, every time.
 * Ways:  a lock that locks nobody out, and each way in which CPUs hang: a cycle of locks, a lock taken twice, CPUs that
 *        move and get nowhere, one that waits for a CPU that never lets go, or for one that is gone, a lock whose owner has
 *        exited, a word that nobody stores, a thread that does nothing at all any more, awake or asleep. `undeclared-hang` says that it holds, and hangs: a run of it must be VIOLATED.
 * Run:   npx racehammer run canary:livelock
 */
import {
  DEADLOCK,
  LIVELOCK,
  LOST_WAKE_UP,
  ORPHANED_LOCK,
  READ_ONCE,
  STARVATION,
  STUCK_WORKER,
  WORD,
  WRITE_ONCE,
  atomic_fetch_add,
  defineRace,
  do_exit,
  enter,
  fail,
  isEveryNthTrial,
  kernelFunction,
  leave,
  oneOf,
  smp_call_function_many,
  spin,
  spin_lock,
  spin_unlock,
  step,
  wait_on,
  steps,
  struct,
  words,
  xchg,
  type Cpu,
  type Variant,
} from '../../lib/sdk/index.js';

const STEPS = ['A1', 'A2', 'A3'] as const;
const S = steps(STEPS);
const CPUS_MAX = 64;
const TWO_INSIDE = 'two-inside';

/** Word `turn` is nobody's; `inside` counts the CPUs in the critical section; nobody ever sets `over`. */
const STATE = struct({ inside: WORD, turn: WORD, over: WORD, came: WORD, lock: words(CPUS_MAX) });

interface Config {
  readonly variant: string;
  /** A variant that hangs does so in one of so many trials. */
  readonly every: number;
}

const F_CRITICAL = kernelFunction('critical_section');
const F_FIRST = kernelFunction('canary_first');
const F_SECOND = kernelFunction('canary_second');

const lockOf = (at: number, i: number, cpu: Cpu): number => at + STATE.lock + (i % cpu.cpus);

/** Two CPUs must never be in here at once. */
function critical_section(cpu: Cpu, at: number, locked: boolean): void {
  enter(cpu, F_CRITICAL);
  step(cpu, S.A1);
  if (locked) spin_lock(cpu, at + STATE.lock);
  step(cpu, S.A2);
  const others = atomic_fetch_add(cpu, at + STATE.inside, 1);
  if (others !== 0) fail(cpu, TWO_INSIDE, 'two CPUs in one critical section', others);
  spin(cpu, 2000);
  atomic_fetch_add(cpu, at + STATE.inside, -1);
  step(cpu, S.A3);
  if (locked) spin_unlock(cpu, at + STATE.lock);
  leave(cpu);
}

/** Each CPU holds its own lock and wants the next one's: AB-BA, or a cycle of all. */
function circle(cpu: Cpu, at: number): void {
  step(cpu, S.A1);
  spin_lock(cpu, lockOf(at, cpu.id, cpu));
  atomic_fetch_add(cpu, at + STATE.came, 1);
  while (READ_ONCE(cpu, at + STATE.came) < cpu.cpus);
  step(cpu, S.A2);
  spin_lock(cpu, lockOf(at, cpu.id + 1, cpu));
  spin_unlock(cpu, lockOf(at, cpu.id + 1, cpu));
  step(cpu, S.A3);
  spin_unlock(cpu, lockOf(at, cpu.id, cpu));
}

/** Stores again and again, until what never comes. */
function moveForEver(cpu: Cpu, at: number): void {
  step(cpu, S.A2);
  while (READ_ONCE(cpu, at + STATE.over) === 0) xchg(cpu, at + STATE.turn, cpu.id);
}

/** No operation on shared memory at all. */
function loopForEver(): never {
  for (;;);
}

/** The same asleep: nobody notifies, and nobody could. */
function sleepForEver(cpu: Cpu, at: number): void {
  Atomics.wait(cpu.mem, at + STATE.over, 0);
}

/** The task ends in the handler, and the call of its sender is never acknowledged. */
function exitHandler(cpu: Cpu): never {
  return do_exit(cpu);
}

/** The same in an interrupt, which may find its CPU idle. */
function moveForEverHandler(cpu: Cpu, at: number): void {
  while (READ_ONCE(cpu, at + STATE.over) === 0) atomic_fetch_add(cpu, at + STATE.turn, 1);
}

function loopForEverHandler(): never {
  return loopForEver();
}

/** CPU 0: does what the variant is about. */
function canary_first(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_FIRST);
  if (isEveryNthTrial(cpu, c.every)) beFirst(cpu, at, c);
  leave(cpu);
}

function beFirst(cpu: Cpu, at: number, c: Config): void {
  switch (c.variant) {
    case 'broken-lock':
      return critical_section(cpu, at, false);
    case 'lock':
      return critical_section(cpu, at, true);
    case 'lock-cycle':
    case 'undeclared-hang':
      return circle(cpu, at);
    case 'self-deadlock':
      spin_lock(cpu, at + STATE.lock);
      step(cpu, S.A1);
      return spin_lock(cpu, at + STATE.lock);
    case 'livelock':
      return moveForEver(cpu, at);
    case 'starvation': // it holds the lock until the other has arrived, which needs the lock to say so, and stores meanwhile
      step(cpu, S.A1);
      spin_lock(cpu, at + STATE.lock);
      WRITE_ONCE(cpu, at + STATE.turn, 1);
      step(cpu, S.A2);
      while (READ_ONCE(cpu, at + STATE.came) === 0) atomic_fetch_add(cpu, at + STATE.inside, 1);
      return spin_unlock(cpu, at + STATE.lock);
    case 'awaited-under-lock': // the same, and it only reads meanwhile
      step(cpu, S.A1);
      spin_lock(cpu, at + STATE.lock);
      WRITE_ONCE(cpu, at + STATE.turn, 1);
      step(cpu, S.A2);
      while (READ_ONCE(cpu, at + STATE.came) === 0);
      return spin_unlock(cpu, at + STATE.lock);
    case 'lost-wait':
      step(cpu, S.A2);
      return void wait_on(cpu, at + STATE.over, -1, 1);
    case 'lost-wake-up':
      step(cpu, S.A2);
      while (READ_ONCE(cpu, at + STATE.over) === 0);
      return;
    case 'orphaned-lock':
      step(cpu, S.A1);
      spin_lock(cpu, at + STATE.lock);
      WRITE_ONCE(cpu, at + STATE.turn, 1);
      step(cpu, S.A2);
      return do_exit(cpu);
    case 'stuck-worker':
      step(cpu, S.A2);
      return loopForEver();
    case 'stuck-asleep':
      step(cpu, S.A2);
      return sleepForEver(cpu, at);
    case 'exit-handler':
      step(cpu, S.A1);
      return smp_call_function_many(cpu, 2, 0, exitHandler, at, true);
    case 'livelock-handler':
      step(cpu, S.A1);
      return smp_call_function_many(cpu, 2, 0, moveForEverHandler, at, false);
    case 'stuck-handler':
      step(cpu, S.A1);
      return smp_call_function_many(cpu, 2, 0, loopForEverHandler, at, false);
  }
}

/** Every other CPU. */
function canary_second(cpu: Cpu, at: number, c: Config): void {
  enter(cpu, F_SECOND);
  if (isEveryNthTrial(cpu, c.every)) beSecond(cpu, at, c);
  leave(cpu);
}

function beSecond(cpu: Cpu, at: number, c: Config): void {
  switch (c.variant) {
    case 'starvation':
    case 'awaited-under-lock':
    case 'orphaned-lock':
      while (READ_ONCE(cpu, at + STATE.turn) === 0);
      step(cpu, S.A3);
      spin_lock(cpu, at + STATE.lock);
      atomic_fetch_add(cpu, at + STATE.came, 1);
      return spin_unlock(cpu, at + STATE.lock);
    case 'self-deadlock':
    case 'lost-wake-up':
    case 'lost-wait':
    case 'stuck-worker':
    case 'stuck-asleep':
    case 'exit-handler':
    case 'livelock-handler':
    case 'stuck-handler':
      return;
    default:
      return beFirst(cpu, at, c);
  }
}

const variant = (about: string, fails?: string): Variant => ({
  about,
  source: 'the tester itself',
  expects: [fails === undefined ? {} : { fails }],
});

export default defineRace({
  name: 'canary',
  question: 'Does the tester notice? Broken locks and every kind of hang, for the tester to name.',
  mail: 'none: the canaries of the tester itself',
  group: 'canaries',
  commits: [],
  explain: `No race of a kernel: each variant fails in one way that the tester must name, and "lock" must hold.
With knob every=n the variant does what it is named for in one of n trials, and nothing in the others.`,
  steps: STEPS,
  windows: [],
  signatures: {
    [TWO_INSIDE]: 'two CPUs in one critical section',
    [DEADLOCK]: 'a cycle of CPUs that wait for each other (I13)',
    [LOST_WAKE_UP]: 'a CPU that waits for a word that nobody stores',
    [LIVELOCK]: 'CPUs that move, and a trial that does not end',
    [STARVATION]: 'a CPU that waits for one that moves and does not let go',
    [ORPHANED_LOCK]: 'a lock whose owner has exited',
    [STUCK_WORKER]: 'a thread without an operation on shared memory, which had to be replaced',
  },
  knobs: {
    every: oneOf([1, 10, 100, 1000], 'the variant does it in one of so many trials'),
  },
  variants: {
    'broken-lock': variant('a critical section without its lock', TWO_INSIDE),
    lock: variant('the same with the lock'),
    'lock-cycle': variant('each CPU holds a lock and wants that of the next', DEADLOCK),
    'self-deadlock': variant('a CPU takes a lock twice', DEADLOCK),
    livelock: variant('CPUs that overwrite one word for ever', LIVELOCK),
    starvation: variant('a lock is held until somebody waits for it', STARVATION),
    'awaited-under-lock': variant('a lock is held until a word is stored, by a CPU that waits for the lock', DEADLOCK),
    'lost-wake-up': variant('a loop that waits for a word that nobody stores', LOST_WAKE_UP),
    'lost-wait': variant('a wait for a word that nobody stores', LOST_WAKE_UP),
    'orphaned-lock': variant('a task exits with a lock held', ORPHANED_LOCK),
    'stuck-worker': variant('an endless loop that touches no shared memory', STUCK_WORKER),
    'stuck-asleep': variant('an actor that sleeps in the kernel, and nobody wakes it', STUCK_WORKER),
    'exit-handler': variant('a call to a task that exits in its handler is never acknowledged', STARVATION),
    'livelock-handler': variant('an interrupt handler that stores for ever', LIVELOCK),
    'stuck-handler': variant('an interrupt handler in an endless loop', STUCK_WORKER),
    'undeclared-hang': variant('says that it holds, and deadlocks: a run must be VIOLATED'),
  },
  merged: 'lock',
  // Some would be VIOLATED, as they should.
  rows: [],
  interrupts: [moveForEverHandler, loopForEverHandler, exitHandler],
  cpus: { min: 2, default: 2 },
  phases: {},
  delays: {},
  actors: { canary_first, canary_second },
  configure: (name, knobs) => Object.freeze({ variant: name, every: knobs.every }),
  instanceWords: () => STATE.WORDS,
  reset: (mem, at) => mem.fill(0, at, at + STATE.WORDS),
  role: (cpu) => (cpu === 0 ? { actor: 'canary_first', comm: 'first' } : { actor: 'canary_second', comm: 'second' }),
  symbol: (offset) =>
    offset < STATE.lock ? ['inside', 'turn', 'over', 'came'][offset] : `lock[${offset - STATE.lock}]`,
  report: (snapshot) => [snapshot.message],
});
