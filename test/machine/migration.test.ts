/**
 * Goal: two threads exchange their CPUs as a whole, at a preemption point of both and in the same trial, or not at all;
 * a task keeps its step and its call stack; and every thread gets its own CPU back.
 * Method: two Cpu objects in one thread; the one that offers its CPU lets the other act while it stands aside.
 */
import test from 'ava';
import { enter, kernelFunction, leave, step } from '../../lib/machine/callStack.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { CPU } from '../../lib/machine/layout.js';
import { acquire, release } from '../../lib/machine/lock.js';
import {
  goHome,
  isEveryNthTrial,
  isOffered,
  isPreemptible,
  offerAt,
  exchangeCpus,
} from '../../lib/machine/migration.js';
import { readCpu } from '../../lib/machine/snapshotView.js';
import { beginTrial, boot, look, recorded, type Machine } from './boot.js';

const OUTER = kernelFunction('outer_function');
const INNER = kernelFunction('inner_function');

/** While `cpu` stands aside with its CPU on offer, `meanwhile` happens. */
function whileOffered(cpu: Cpu, meanwhile: () => void): void {
  cpu.lockstep = { boundary: () => {}, finish: () => {}, standAside: meanwhile };
}

/** The first CPU is offered, the second is given for it. Returns what the two preemption points returned. */
function exchange({ cpus: [a, b] }: Machine): [boolean, boolean] {
  let taken = false;
  whileOffered(a, () => (taken = exchangeCpus(b, false)));
  return [exchangeCpus(a, true), taken];
}

const runners = ({ cpus, mem, map }: Machine): number[] =>
  cpus.map((_, id) => mem[map.cpus + id * map.cpuStride + CPU.runner]);

test('two threads exchange their CPUs', (t) => {
  const machine = boot();
  const [a, b] = machine.cpus;
  const before = [a.block, b.block];
  t.deepEqual(exchange(machine), [true, true]);
  t.deepEqual([a.id, b.id, a.home, b.home], [1, 0, 0, 1]);
  t.deepEqual([a.block, b.block], before.toReversed());
  t.is(a.base, a.block * 4);
  t.deepEqual(
    [a.irr, a.wait, a.irqOff, a.step].map((at) => at - a.block),
    [CPU.irr, CPU.wait, CPU.irqOff, CPU.step],
  );
  t.is(a.percpu, machine.map.percpu + machine.map.percpuStride);
  t.is(a.ring, a.rings[1]);
  t.deepEqual(runners(machine), [2, 1]);
  t.is(machine.mem[offerAt(machine.map)], 0);
});

test("what is held and recorded afterwards is the new CPU's", (t) => {
  const machine = boot();
  const [a, b] = machine.cpus;
  exchange(machine);
  a.ring.reset();
  b.ring.reset();
  acquire(a, machine.at);
  t.deepEqual(look(a).held.length, 1);
  t.is(machine.mem[machine.at] & 0x7f, 2, 'owned by CPU 1');
  t.deepEqual([recorded(a).length, recorded(b).length], [1, 0]);
  release(a, machine.at);
});

test('the exchange is recorded by the CPU that each thread is at the time', (t) => {
  const machine = boot();
  const [a, b] = machine.cpus;
  exchange(machine);
  const ops = (cpu: Cpu): string[] => look(cpu).records.map((r) => r.op);
  t.deepEqual(ops(b), ['read', 'cmpxchg'], 'CPU 0: nothing on offer, offers itself');
  t.deepEqual(ops(a), ['read', 'cmpxchg', 'write'], 'CPU 1: the offer, taken; then the other thread, as CPU 1');
  t.is(look(a).records[2].before, look(a).records[1].after);
});

test('a task takes its step and its call stack along', (t) => {
  const machine = boot();
  const [a, b] = machine.cpus;
  enter(a, OUTER);
  step(a, 1);
  enter(a, INNER);
  step(a, 2);
  enter(b, OUTER);
  step(b, 3);
  exchange(machine);
  t.deepEqual(
    look(a).frames.map((f) => [f.fn, f.step]),
    [
      ['inner_function', 'A2'],
      ['outer_function', 'A1'],
    ],
  );
  t.deepEqual(
    look(b).frames.map((f) => [f.fn, f.step]),
    [['outer_function', 'A3']],
  );
  leave(a);
  t.is(look(a).step, 'A1');
  t.deepEqual([look(a).task, look(a).comm, look(b).comm], [0, 'task0', 'task1']);
});

test('an offer that nobody takes is withdrawn', (t) => {
  const machine = boot();
  const [a] = machine.cpus;
  t.false(exchangeCpus(a, true));
  t.is(a.id, 0);
  t.is(machine.mem[offerAt(machine.map)], 0);
  t.deepEqual(runners(machine), [1, 2]);
  t.deepEqual(
    look(a).records.map((r) => r.op),
    ['read', 'cmpxchg', 'cmpxchg'],
  );
});

test('while it is offered a CPU is on offer, and only then', (t) => {
  const { cpus } = boot();
  const [a, b] = cpus;
  const seen: boolean[] = [];
  whileOffered(a, () => seen.push(isOffered(a), isOffered(b)));
  exchangeCpus(a, true);
  t.deepEqual([...seen, isOffered(a)], [true, false, false]);
});

test('nobody moves with preemption off, interrupts off, in an interrupt, or with a lock', (t) => {
  const { cpus, mem, at } = boot();
  const [a] = cpus;
  const point = (): boolean => isPreemptible(a) || exchangeCpus(a, true);
  mem[a.block + CPU.preemptCount] = 1;
  t.false(point());
  mem[a.block + CPU.preemptCount] = 0;
  mem[a.irqOff] = 1;
  t.false(point());
  mem[a.irqOff] = 2;
  t.false(point());
  mem[a.irqOff] = 0;
  acquire(a, at);
  a.ring.reset();
  t.false(point());
  t.deepEqual(recorded(a), [], 'not even a look at the offer');
  release(a, at);
  t.true(isPreemptible(a));
});

test('an offer of another trial is not taken', (t) => {
  const machine = boot();
  const [a, b] = machine.cpus;
  beginTrial(b, 2);
  t.deepEqual(exchange(machine), [false, false]);
  t.deepEqual([a.id, b.id], [0, 1]);
});

test('with three CPUs the one that comes second takes the offer instead of making its own', (t) => {
  const machine = boot({ cpus: 3 });
  const [a, b, c] = machine.cpus;
  const moved: boolean[] = [];
  whileOffered(a, () => moved.push(exchangeCpus(b, true), exchangeCpus(c, true)));
  t.true(exchangeCpus(a, true));
  t.deepEqual(moved, [true, false], 'the offer is taken, and not yet cleared');
  t.deepEqual([a.id, b.id, c.id], [1, 0, 2]);
  t.deepEqual(runners(machine), [2, 1, 3]);
});

test('tasks move on from where they are', (t) => {
  const machine = boot({ cpus: 3 });
  const [a, b, c] = machine.cpus;
  exchange(machine);
  whileOffered(a, () => exchangeCpus(c, false));
  t.true(exchangeCpus(a, true));
  t.deepEqual([a.id, b.id, c.id], [2, 0, 1]);
  t.deepEqual(runners(machine), [2, 3, 1]);
});

test('a thread goes home when its CPU is free, and leaves the other to its owner', (t) => {
  const machine = boot();
  const [a, b] = machine.cpus;
  exchange(machine);
  // The other thread has handed CPU 0 back, and waits for its own.
  machine.mem[machine.map.cpus + CPU.runner] = 0;
  goHome(a);
  t.deepEqual([a.id, a.block], [0, machine.map.cpus]);
  t.deepEqual(runners(machine), [1, 0]);
  b.become(0);
  t.throws(() => goHome(b), { message: /thread 0 runs it/ });
});

test('a CPU that somebody else runs is not adopted', (t) => {
  const machine = boot();
  const [a, b] = machine.cpus;
  machine.mem[a.block + CPU.runner] = 7;
  whileOffered(a, () =>
    t.throws(() => exchangeCpus(b, false), { message: /CPU 0 passes from thread 0 to 1, but thread 6 runs it/ }),
  );
  exchangeCpus(a, true);
});

test('every n-th trial', (t) => {
  const { cpus } = boot();
  const of = (n: number): number[] =>
    [1, 2, 3, 4, 5, 6].filter((trial) => (beginTrial(cpus[0], trial), isEveryNthTrial(cpus[0], n)));
  t.deepEqual([of(0), of(1), of(3)], [[], [1, 2, 3, 4, 5, 6], [3, 6]]);
});

test("a CPU that is handed back is read as its own task's", (t) => {
  const { cpus, mem, map } = boot();
  mem[cpus[1].block + CPU.runner] = 0;
  const naming = {
    signatures: [],
    steps: [],
    windows: [],
    interrupts: [],
    lines: [],
    role: (id: number) => ({ actor: 'a', comm: `c${id}` }),
  };
  t.is(readCpu(mem, cpus[1].block, map.rings, map.percpu, 1, map, naming).comm, 'c1');
});
