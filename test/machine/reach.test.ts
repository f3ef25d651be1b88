/**
 * Goal: no operation that takes an address touches a word outside of what its CPU may touch; it fails the trial as
 * bad-address instead, and says which operation, which word and where. Everything that a race may touch, it can.
 * Method: each operation with each kind of wrong address, in an actor and in a handler; all other words of the machine are
 * filled with a mark and compared. `forged` addresses are what misspelt fields give.
 */
import test from 'ava';
import {
  READ_ONCE,
  WRITE_ONCE,
  atomic_fetch_add,
  atomic_fetch_and,
  atomic_fetch_or,
  cmpxchg,
  xchg,
} from '../../lib/machine/access.js';
import { spinWhileSet } from '../../lib/arch/ppc64/bitSpin.js';
import { DEFINE_PER_CPU, per_cpu_ptr } from '../../lib/kernel/percpu.js';
import { BRLOCK, br_read_lock, br_read_unlock, br_write_lock, br_write_unlock } from '../../lib/kernel/brlock.js';
import {
  lockdep_is_held,
  spin_lock,
  spin_lock_irqsave,
  spin_lock_nest_lock,
  spin_lock_nested,
  spin_trylock,
  spin_unlock,
} from '../../lib/kernel/spinlock.js';
import { enter, kernelFunction, step } from '../../lib/machine/callStack.js';
import { instanceAt, type Cpu } from '../../lib/machine/cpu.js';
import { send } from '../../lib/machine/ipi.js';
import { MACHINE, FAILURE, MESSAGE_WORDS } from '../../lib/machine/layout.js';
import { readText } from '../../lib/machine/text.js';
import { outcomeSignature } from '../../lib/machine/outcome.js';
import { beginTrial, boot, isAbandoned, look, snapshotOf, type Machine } from './boot.js';

const VARIABLE = DEFINE_PER_CPU('reach_test', 3);

type Operation = (cpu: Cpu, address: number) => unknown;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  READ_ONCE,
  WRITE_ONCE: (cpu, a) => WRITE_ONCE(cpu, a, 5),
  cmpxchg: (cpu, a) => cmpxchg(cpu, a, 0, 5),
  xchg: (cpu, a) => xchg(cpu, a, 5),
  atomic_fetch_or: (cpu, a) => atomic_fetch_or(cpu, a, 5),
  atomic_fetch_and: (cpu, a) => atomic_fetch_and(cpu, a, 5),
  atomic_fetch_add: (cpu, a) => atomic_fetch_add(cpu, a, 5),
  spin_lock,
  spin_trylock,
  spin_lock_nested: (cpu, a) => spin_lock_nested(cpu, a, 1),
  spin_lock_nest_lock: (cpu, a) => spin_lock_nest_lock(cpu, a, cpu.instance),
  'nest lock': (cpu, a) => spin_lock_nest_lock(cpu, cpu.instance, a),
  spin_lock_irqsave,
  spin_unlock,
  lockdep_is_held,
  br_read_lock,
  br_read_unlock,
  br_write_lock,
  br_write_unlock,
  spinWhileSet: (cpu, a) => spinWhileSet(cpu, a, 1),
};

/** Addresses that no operation may touch, by what they are; those of the machine, of another trial, and those that are none. */
function forged({ map, at, cpus }: Machine): Record<string, number> {
  const { instanceWords } = map.shape;
  return {
    'a misspelt field': at + NaN,
    'no address': undefined as unknown as number,
    'half a word': at + 0.5,
    'an infinite one': Infinity,
    'a negative one': -1,
    'the header in front': at - 1,
    'the word behind': at + instanceWords,
    'the instance behind': instanceAt(map, 1),
    'the outcome': map.machine + MACHINE.outcome,
    'a mailbox': map.mailboxes,
    'a wait record': cpus[1].wait,
    'its own interrupt mask': cpus[0].irqOff,
    'a counter': map.counters,
    'a ring': map.rings,
    'a word behind all areas': map.percpu + 2 * map.percpuStride,
    'the last word': map.words - 1,
    'beyond the memory': 1 << 28,
    'beyond 32 bits': 2 ** 32 + at,
  };
}

/** Words that a failure writes, as 1: its outcome, its description and copy, the CPU's own block and record. */
function writtenBy({ mem, map, cpus }: Machine, on: Cpu): Uint8Array {
  const own = new Uint8Array(mem.length);
  const leave = (first: number, words: number): void => void own.fill(1, first, first + words);
  leave(map.machine + MACHINE.outcome, 1);
  leave(map.machine + MACHINE.failure, FAILURE.WORDS);
  leave(on.block, map.cpuStride);
  leave(map.rings + on.id * map.ringStride, map.ringStride);
  leave(map.snapshots, map.snapshotStride * map.shape.signatures);
  for (const cpu of cpus) leave(map.parties + cpu.id * 16, 16);
  return own;
}

/** Other words that have changed since the memory was as in `before`. */
function changed(mem: Int32Array, before: Int32Array, own: Uint8Array): number[] {
  // Of a copy: shared memory is many times slower to go through, and each of some 360 stores does.
  const after = mem.slice();
  const words: number[] = [];
  for (let w = 0; w < after.length; w++) if (after[w] !== before[w] && own[w] === 0) words.push(w);
  return words;
}

for (const [name, operation] of Object.entries(OPERATIONS)) {
  test(`${name} touches nothing that its CPU may not touch`, (t) => {
    const machine = boot({ words: BRLOCK.WORDS, lockNames: () => 'lock' });
    const [cpu] = machine.cpus;
    const { mem } = machine;
    const before = mem.slice();
    const own = writtenBy(machine, cpu);
    for (const [what, address] of Object.entries(forged(machine))) {
      t.true(
        isAbandoned(() => operation(cpu, address)),
        what,
      );
      t.is(cpu.signatures[outcomeSignature(machine.mem[cpu.outcome])], 'bad-address', what);
      t.deepEqual(changed(mem, before, own), [], what);
      mem.set(before);
    }
  });
}

test('a race can touch every word of its instance, and the per-CPU variables of all CPUs', (t) => {
  const { cpus, map, at } = boot();
  for (const cpu of cpus) {
    for (let w = 0; w < map.shape.instanceWords; w++) atomic_fetch_add(cpu, at + w, 1);
    for (const id of [0, 1])
      for (let w = 0; w < VARIABLE.words; w++) atomic_fetch_add(cpu, per_cpu_ptr(cpu, VARIABLE, id) + w, 1);
  }
  t.is(READ_ONCE(cpus[1], at + map.shape.instanceWords - 1), 2);
  t.is(READ_ONCE(cpus[0], per_cpu_ptr(cpus[0], VARIABLE, 1) + 2), 2);
});

test('a handler may touch the instance of its sender and that of its own trial, no third one', (t) => {
  let touched = 0;
  let address = (): number => 0;
  const handler = (cpu: Cpu): void => {
    atomic_fetch_add(cpu, address(), 1);
    touched++;
  };
  const { cpus, mem, map } = boot({ instances: 3, interrupts: [handler] });
  const [sender, receiver] = cpus;
  const post = (): void => {
    mem[receiver.irr] = 0;
    send(sender, 2, 0, handler, 0, false);
  };
  sender.instance = instanceAt(map, 1);
  for (const i of [0, 1]) {
    address = () => instanceAt(map, i) + 3;
    post();
    READ_ONCE(receiver, instanceAt(map, 0));
    t.is(mem[instanceAt(map, i) + 3], 1);
  }
  address = () => instanceAt(map, 2) + 3;
  post();
  t.true(isAbandoned(() => READ_ONCE(receiver, instanceAt(map, 0))));
  t.is(touched, 2);
  t.is(mem[instanceAt(map, 2) + 3], 0);
  t.is(receiver.signatures[outcomeSignature(mem[receiver.outcome])], 'bad-address');
});

const MESSAGES: readonly (readonly [what: string, address: (machine: Machine) => number, message: string])[] = [
  ['a misspelt field', () => NaN, 'WRITE_ONCE of word NaN of an instance of 32 words'],
  ['a fraction', ({ at }) => at + 1.5, 'WRITE_ONCE of word 1.5 of an instance of 32 words'],
  ['a word far outside', ({ at }) => at + 5012, 'WRITE_ONCE of word 5012 of an instance of 32 words'],
  ['a word in front', ({ at }) => at - 3, 'WRITE_ONCE of word -3 of an instance of 32 words'],
  [
    'a forgotten instance',
    () => 16,
    "WRITE_ONCE of word 16 of the machine, which is not the race's: was instance + 16 meant?",
  ],
  [
    'another instance',
    ({ map }) => instanceAt(map, 1) + 2,
    'WRITE_ONCE of word 50 of an instance of 32 words: it belongs to another trial',
  ],
];

for (const [what, address, message] of MESSAGES) {
  test(`${what} is named as its author thinks of it`, (t) => {
    const machine = boot();
    const { cpus, mem, map } = machine;
    t.true(isAbandoned(() => WRITE_ONCE(cpus[0], address(machine), 1)));
    t.is(readText(mem, map.machine + MACHINE.failure + FAILURE.message, MESSAGE_WORDS), message);
  });
}

test('the failure knows step, function, and where in its JavaScript the race was', (t) => {
  const machine = boot();
  const [cpu] = machine.cpus;
  step(cpu, 2);
  enter(cpu, kernelFunction('strays'));
  t.true(isAbandoned(() => cmpxchg(cpu, NaN, 0, 1)));
  const { message, stack, cpus } = snapshotOf(machine, 'bad-address');
  t.is(message, 'cmpxchg of word NaN of an instance of 32 words');
  t.is(cpus[0].frames[0].fn, 'strays');
  t.is(cpus[0].step, 'A2');
  t.regex(stack[0], /reach\.test\.[jt]s:\d+:\d+/);
  t.false(stack.some((frame) => /[/\\]lib[/\\]machine[/\\]/.test(frame)));
});

test('a value that is no word is refused, an unsigned one is not', (t) => {
  const { cpus, mem, at } = boot();
  const [cpu] = cpus;
  for (const value of [1.5, NaN, undefined, '1', true, 2 ** 32, -(2 ** 31) - 1, Infinity]) {
    for (const store of [WRITE_ONCE, xchg, atomic_fetch_or, atomic_fetch_and, atomic_fetch_add])
      t.throws(() => store(cpu, at, value as number), { instanceOf: RangeError, message: /is no 32-bit word/ });
    t.throws(() => cmpxchg(cpu, at, value as number, 1), { instanceOf: RangeError });
    t.throws(() => cmpxchg(cpu, at, 1, value as number), { instanceOf: RangeError });
  }
  t.is(mem[at], 0);
  t.is(look(cpu).records.length, 0);
  WRITE_ONCE(cpu, at, 0xffffffff);
  t.is(mem[at], -1);
});

test('a trial that was failed by a bad address is followed by one that is not', (t) => {
  const { cpus, at, mem } = boot();
  t.true(isAbandoned(() => WRITE_ONCE(cpus[0], NaN, 1)));
  beginTrial(cpus[0], 2);
  WRITE_ONCE(cpus[0], at, 1);
  t.is(mem[at], 1);
});
