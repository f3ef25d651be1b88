/**
 * Goal: a task gives its CPU up at the place that was chosen for it, or goes where another task does, and the modelled
 * kernel's context switch runs around the exchange; a per-CPU address that was taken before is the old CPU's.
 * Method: two Cpu objects in one thread; the one that offers its CPU lets the other act while it stands aside.
 */
import test from 'ava';
import { DEFINE_PER_CPU, ownWords, per_cpu_ptr, this_cpu_ptr, this_cpu_read } from '../../lib/kernel/percpu.js';
import { this_cpu_write } from '../../lib/kernel/percpu.js';
import { migrate_disable, migrate_enable, preempt_disable, preempt_enable } from '../../lib/kernel/preempt.js';
import type { ContextSwitch, Cpu } from '../../lib/machine/cpu.js';
import { exchangeCpus, offerAt } from '../../lib/machine/migration.js';
import { allowPreemption, forbidPreemption, preemptHere, preemptionPoint } from '../../lib/machine/preemption.js';
import { boot, isAbandoned, look, type Machine } from './boot.js';

const HERE = 1;
const THERE = 2;
const batch = DEFINE_PER_CPU('test_preempted', 2);

/** A switch that notes what it is called with, and by which CPU. */
function noting(notes: number[][]): ContextSwitch {
  return {
    out: (cpu) => notes.push([cpu.id]) + 40,
    into: (cpu, kept, from) => void notes.push([cpu.id, kept, from]),
  };
}

/** Whenever CPU 0 stands aside the task of CPU 1 comes to a place of its own. */
function other({ cpus: [a, b] }: Machine, how: ContextSwitch = noting([])): void {
  allowPreemption(b, how, 0, 0);
  a.lockstep = { boundary: () => {}, finish: () => {}, standAside: () => preemptHere(b, HERE) };
}

test('a task gives its CPU up when it comes to its place for the n-th time, and once', (t) => {
  for (const [place, nth, expected] of [
    [HERE, 1, [true, false, false, false]],
    [THERE, 1, [false, true, false, false]],
    [HERE, 2, [false, false, true, false]],
    [0, 3, [false, false, true, false]],
    [0, 0, [false, false, false, false]],
    [HERE, 0, [false, false, false, false]],
  ] as const) {
    const machine = boot();
    const [a] = machine.cpus;
    allowPreemption(a, noting([]), place, nth);
    other(machine);
    t.deepEqual(
      [HERE, THERE, HERE, THERE].map((at) => preemptHere(a, at)),
      [...expected],
      `place ${place}, ${nth}`,
    );
  }
});

test('a task that cannot be preempted comes to no place: nothing is recorded, nothing counted', (t) => {
  const machine = boot();
  const [a] = machine.cpus;
  other(machine);
  t.false(preemptHere(a, HERE));
  allowPreemption(a, noting([]), HERE, 1);
  preempt_disable(a);
  t.false(preemptHere(a, HERE));
  preempt_enable(a);
  t.is(look(a).records.length, 0);
  t.true(preemptHere(a, HERE));
  forbidPreemption(a);
  t.false(preemptHere(a, HERE));
});

test('the context switch runs on the CPU that is left and on the one that comes, with what the first part kept', (t) => {
  const machine = boot();
  const [a] = machine.cpus;
  const [ofA, ofB]: number[][][] = [[], []];
  allowPreemption(a, noting(ofA), HERE, 1);
  other(machine, noting(ofB));
  preemptHere(a, HERE);
  t.deepEqual(ofA, [[0], [1, 41, 0]]);
  t.deepEqual(ofB, [[1], [0, 41, 1]]);
  preemptHere(a, HERE);
  t.is(ofA.length, 2, 'no switch where nobody gives a CPU up');
});

test('a task that finds nobody goes on where it is, behind its context switch', (t) => {
  const machine = boot();
  const [a] = machine.cpus;
  const notes: number[][] = [];
  allowPreemption(a, noting(notes), HERE, 1);
  t.false(preemptHere(a, HERE));
  t.deepEqual(notes, [[0], [0, 41, 0]]);
  t.is(machine.mem[offerAt(machine.map)], 0);
});

test('this_cpu_ptr() is a place: the address is that of the CPU the task has left; by one instruction it is its own', (t) => {
  const machine = boot();
  const [a] = machine.cpus;
  const addressOf = (cpu: Cpu, id: number): number => per_cpu_ptr(cpu, batch, id);
  allowPreemption(a, noting([]), HERE, 1);
  other(machine);
  t.is(this_cpu_ptr(a, batch), addressOf(a, 0), 'not its place');
  t.is(a.id, 0);
  t.is(this_cpu_ptr(a, batch, HERE), addressOf(a, 0));
  t.is(a.id, 1);
  this_cpu_write(a, batch, 1, 7);
  t.deepEqual([machine.mem[addressOf(a, 0) + 1], machine.mem[addressOf(a, 1) + 1]], [0, 7]);
  t.deepEqual([this_cpu_read(a, batch, 1), ownWords(a, batch)], [7, addressOf(a, 1)]);
});

test('a point of its own needs no choice: the task goes where another one does, and now and then by itself', (t) => {
  const machine = boot();
  const [a, b] = machine.cpus;
  let moves = 0;
  a.lockstep = { boundary: () => {}, finish: () => {}, standAside: () => exchangeCpus(b, false) };
  for (let n = 0; n < 200; n++) if (preemptionPoint(a)) moves++;
  t.true(moves > 20 && moves < 100, `${moves} of 200`);
  t.is(a.id === b.id, false);
});

test('with migration disabled a task stays where it is, also if another one gives its CPU up', (t) => {
  const machine = boot();
  const [a, b] = machine.cpus;
  migrate_disable(b);
  a.lockstep = { boundary: () => {}, finish: () => {}, standAside: () => t.false(preemptionPoint(b)) };
  let moves = 0;
  for (let n = 0; n < 50; n++) if (preemptionPoint(a)) moves++;
  t.is(moves, 0);
  migrate_disable(b);
  migrate_enable(b);
  t.false(preemptionPoint(b), 'nested');
  migrate_enable(b);
  a.lockstep = { boundary: () => {}, finish: () => {}, standAside: () => exchangeCpus(b, false) };
  for (let n = 0; n < 50; n++) if (preemptionPoint(a)) moves++;
  t.true(moves > 0);
  t.true(isAbandoned(() => migrate_enable(a)));
});
