/**
 * Goal: a CPU that waits for a word is proved to wait for ever exactly when nobody can store it any more: every shape of
 * standstill, and every near miss.
 * Method: wait records, conditions and ends are set by hand on CPUs of one thread. What changes between the two passes
 * changes when the first has come to an end: `between` hooks in there.
 */
import test, { type ExecutionContext } from 'ava';
import type { Cpu } from '../../lib/machine/cpu.js';
import { enter, kernelFunction } from '../../lib/machine/callStack.js';
import { CPU, MACHINE } from '../../lib/machine/layout.js';
import { noteHeld } from '../../lib/machine/heldLocks.js';
import { acquire } from '../../lib/machine/lock.js';
import { ACTIVITY, hasFailed } from '../../lib/machine/outcome.js';
import { WAIT, publishWait } from '../../lib/machine/wait.js';
import type { Machine } from './boot.js';
import {
  STANDS,
  called,
  ends,
  exchanged,
  exits,
  machineOf,
  proved,
  sleepsFor,
  waits,
  waitsFor,
  waitsForLock,
  waitsForLost,
  type Scene,
} from './standstillShapes.js';

for (const [what, cpus, scene, from, found] of STANDS)
  test(`stands: ${what}`, (t) => {
    const machine = machineOf(cpus);
    scene(machine);
    t.is(proved(machine, from), found);
  });

const MOVES: readonly [what: string, cpus: number, scene: Scene][] = [
  ['the other runs', 2, (m) => waits(m, 0, 0)],
  [
    'the other has not begun the trial',
    2,
    (m) => (waits(m, 0, 0), (m.mem[m.cpus[1].block + CPU.activity] = ACTIVITY.IDLE)),
  ],
  ['the word has its value', 2, (m) => (waits(m, 0, 0), ends(m, 1), (m.mem[m.at] = 1))],
  ['one of two runs', 3, (m) => (waits(m, 0, 0), ends(m, 1))],
  ['the one that may store it runs', 3, (m) => (waits(m, 0, 0, { by: [2] }), ends(m, 1))],
  [
    'one that has ended may store it in a handler, and another runs who may call it',
    3,
    (m) => (waits(m, 0, 0, { by: [1] }), ends(m, 1)),
  ],
  [
    'two wait with interrupts on, and a third runs who may call them',
    3,
    (m) => (waits(m, 0, 0, { by: [1] }), waits(m, 1, 1, { by: [0] })),
  ],
  ['a call waits for it', 2, (m) => (waits(m, 0, 0), ends(m, 1), called(m, 0, 1))],
  ['a call waits for one that has ended', 2, (m) => (waits(m, 0, 0), ends(m, 1), called(m, 1, 0))],
  ['an idle CPU runs a handler', 2, (m) => (waits(m, 0, 0), ends(m, 1), (m.mem[m.map.machine + MACHINE.idlers] = 1))],
  [
    'a handler of an idle CPU may hold it',
    2,
    (m) => (waitsFor(m, 0, 0, 1), ends(m, 1), (m.mem[m.map.machine + MACHINE.idlers] = 1)),
  ],
  [
    'the task that holds it runs on another CPU than the one it began on',
    3,
    (m) => (exchanged(m, 1, 2), waits(m, 0, 0, { by: [1], held: true, tasks: true }), waitsFor(m, 1, 1, 0)),
  ],
  [
    'the task that holds it is on its way to another CPU',
    2,
    (m) => (
      (m.mem[m.cpus[1].block + CPU.runner] = 0),
      waits(m, 0, 0, { by: [1], held: true, tasks: true }),
      ends(m, 1)
    ),
  ],
  [
    'who holds it is a handler of a CPU whose task has exited',
    3,
    (m) => (sleepsFor(m, 0, 0, 1), exits(m, 1), noteHeld(m.cpus[1], m.at, 0)),
  ],
  [
    'the task that has it runs, beside one that has exited with another lock',
    3,
    (m) => (sleepsFor(m, 0, 0, 1), exits(m, 2, 1)),
  ],
  ['a task that has exited had given it back', 3, (m) => (sleepsFor(m, 0, 0, 1), exits(m, 1, 0), (m.mem[m.at] = 1))],
  [
    'the task is on its way to the CPU of one that has exited',
    3,
    (m) => (exits(m, 2, 0), exchanged(m, 1, 2), (m.mem[m.cpus[2].block + CPU.runner] = 0), sleepsFor(m, 0, 0, 1)),
  ],
  ['who holds it runs', 3, (m) => (waitsFor(m, 0, 0, 1), ends(m, 2))],
  ['who holds it waits for one that runs', 3, (m) => (waitsFor(m, 0, 0, 1), waitsFor(m, 1, 1, 2))],
  ['what it waits for has been given back', 2, (m) => (waitsFor(m, 0, 0, 1), waitsFor(m, 1, 1, 0), (m.mem[m.at] = 1))],
  ['the other waits for a lock that is free', 2, (m) => (waits(m, 0, 1), waitsForLock(m, 1, 0))],
  [
    'the other waits for a lock of a third that runs',
    3,
    (m) => (acquire(m.cpus[2], m.at), waits(m, 0, 1, { by: [1] }), waitsForLock(m, 1, 0, true)),
  ],
  ['the other waits for a word that has its value', 2, (m) => (waits(m, 0, 0), waits(m, 1, 1), (m.mem[m.at + 1] = 1))],
  ['a handler waits for another CPU by name', 2, (m) => waits(m, 0, 0, { by: [1], inside: true })],
  [
    'another one owes it the answer to a call, beside one that was offline and has answered an earlier one',
    3,
    (m) => (waitsForLost(m, 0, 1), m.cpus[0].mailboxes.expect(0, 0, 4)),
  ],
  [
    'a call has come for one that has ended, and had waited with interrupts off before',
    3,
    (m) => {
      waitsForLock(m, 1, 5, true);
      publishWait(m.cpus[1], WAIT.RUN, 0);
      m.mem[m.cpus[1].irqOff] = 0;
      waits(m, 0, 0);
      ends(m, 1, 2);
      called(m, 1, 0);
    },
  ],
  ['a timer will interrupt it', 2, (m) => (waits(m, 0, 0), ends(m, 1), (m.mem[m.cpus[0].block + CPU.armed] = 1))],
  ['a timer has fired', 2, (m) => (waits(m, 0, 0), ends(m, 1), (m.mem[m.cpus[0].block + CPU.fired] = 1))],
  [
    'a line is raised on one that has ended',
    2,
    (m) => (waits(m, 0, 0), ends(m, 1), (m.mem[m.cpus[1].block + CPU.lines] = (m.cpus[0].trialTag << 16) | 1)),
  ],
];

for (const [what, cpus, scene] of MOVES)
  test(`goes on: ${what}`, (t) => {
    const machine = machineOf(cpus);
    scene(machine);
    for (const cpu of machine.cpus) t.is(proved(machine, cpu.id), '');
    t.false(hasFailed(machine.cpus[0]));
  });

/** Changes something when `walker` has found a standstill in its first pass, before its second. */
function between(walker: Cpu, change: () => void): void {
  const { path } = walker;
  const push = path.push.bind(path);
  let done = false;
  path.push = (c, wait) => {
    push(c, wait);
    if (!done) change();
    done = true;
  };
}

const CHANGES: readonly [what: string, change: Scene][] = [
  ['the word has its value', (m) => void (m.mem[m.at] = 1)],
  ['the wait is another one', (m) => waits(m, 0, 0)],
  ['the other has left its wait', (m) => publishWait(m.cpus[1], WAIT.RUN, 0)],
  ['a call has come', (m) => called(m, 1, 2)],
  ['a call of the one that has ended', (m) => called(m, 2, 0)],
  ['one that has ended runs a handler', (m) => void (m.mem[m.map.machine + MACHINE.idlers] = 1)],
  [
    'one that has ended is in the next trial',
    (m) => m.cpus.forEach(({ progress, id }) => (m.mem[progress] = id === 2 ? 1 : 2)),
  ],
];

function standing(): Machine {
  const machine = machineOf(3);
  waits(machine, 0, 0, { by: [1] });
  waits(machine, 1, 1, { by: [0] });
  ends(machine, 2);
  return machine;
}

for (const [what, change] of CHANGES)
  test(`no proof: between the passes ${what}`, (t: ExecutionContext) => {
    t.is(proved(standing(), 0), 'deadlock of 0 1');
    const machine = standing();
    between(machine.cpus[0], () => change(machine));
    t.is(proved(machine, 0), '');
  });

test('a cycle of locks alone is found as before, whoever waits for a word beside it', (t) => {
  const machine = machineOf(3);
  const [a, b] = machine.cpus;
  acquire(a, machine.at);
  acquire(b, machine.at + 1);
  waitsForLock(machine, 0, 1);
  waitsForLock(machine, 1, 0);
  waits(machine, 2, 2);
  enter(a, kernelFunction('f'));
  t.is(proved(machine, 2), 'deadlock of 0 1');
});
