/**
 * Goal: interrupts are taken at instruction boundaries and nowhere else, only while they are on, one at a time, and inside
 * waiting loops as well; a CPU in a handler shows that it waits for nothing.
 * Method: two or three CPUs in one thread; one posts, another goes on to its next instruction.
 */
import test from 'ava';
import { READ_ONCE, WRITE_ONCE } from '../../lib/machine/access.js';
import { enter, kernelFunction, leave, step } from '../../lib/machine/callStack.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { awaitAcks, send } from '../../lib/machine/ipi.js';
import { IN_HARDIRQ, IN_HYPERVISOR, IRQS_DISABLED, interruptPending } from '../../lib/machine/irq.js';
import { acquire, release } from '../../lib/machine/lock.js';
import { WAIT, waitKind, waitObject } from '../../lib/machine/wait.js';
import { boot, look, recorded, records } from './boot.js';

const F_OUTER = kernelFunction('outer');
const F_HANDLER = kernelFunction('handler');

/** A handler that appends to a list, so that the test sees who ran what. */
interface Log {
  readonly runs: { readonly cpu: number; readonly info: number; readonly irqOff: number }[];
}

function note(cpu: Cpu, info: number, { runs }: Log): void {
  runs.push({ cpu: cpu.id, info, irqOff: cpu.mem[cpu.irqOff] });
}

function bootNoting(cpus = 2): ReturnType<typeof boot> & Log {
  const log: Log = { runs: [] };
  return { ...boot({ cpus, interrupts: [note], config: log }), ...log };
}

test('a posted interrupt is taken at the next boundary, before the access', (t) => {
  const { cpus, at, runs } = bootNoting();
  const [a, b] = cpus;
  send(a, 2, 0, note, 41, false);
  t.deepEqual(runs, []);
  t.true(interruptPending(b));
  recorded(b);
  READ_ONCE(b, at);
  t.deepEqual(runs, [{ cpu: 1, info: 41, irqOff: IN_HARDIRQ }]);
  t.false(interruptPending(b));
  t.is(b.mem[b.irqOff], 0);
  const ops = recorded(b).map((r) => r.split(' ')[0]);
  t.is(ops[0], 'irq_enter');
  t.deepEqual(ops.slice(-2), ['irq_exit', 'read']);
  READ_ONCE(b, at);
  t.is(runs.length, 1);
});

for (const [name, reason] of Object.entries({ IRQS_DISABLED, IN_HARDIRQ, IN_HYPERVISOR })) {
  test(`no interrupt is taken with ${name} set, and the one that came is not lost`, (t) => {
    const { cpus, mem, at, runs } = bootNoting();
    const [a, b] = cpus;
    mem[b.irqOff] = reason;
    send(a, 2, 0, note, 1, false);
    READ_ONCE(b, at);
    WRITE_ONCE(b, at, 1);
    acquire(b, at + 1);
    release(b, at + 1);
    t.deepEqual(runs, []);
    t.false(interruptPending(b));
    mem[b.irqOff] = 0;
    t.deepEqual(runs, [], 'turning interrupts on is no boundary');
    READ_ONCE(b, at);
    t.is(runs.length, 1);
  });
}

test('one delivery takes what all senders have posted', (t) => {
  const { cpus, at, runs } = bootNoting(3);
  send(cpus[2], 1, 0, note, 102, false);
  send(cpus[1], 1, 0, note, 101, false);
  READ_ONCE(cpus[0], at);
  t.deepEqual(
    runs.map((r) => r.info),
    [101, 102],
  );
});

test('what was interrupted goes on at its own step, and so does its call stack', (t) => {
  const inner: string[] = [];
  const handler = (cpu: Cpu): void => {
    step(cpu, 3);
    enter(cpu, F_HANDLER);
    inner.push(...look(cpu).frames.map((frame) => `${frame.fn} ${frame.step}`));
    leave(cpu);
  };
  const { cpus, at } = boot({ cpus: 3, interrupts: [handler] });
  const [a, b, c] = cpus;
  enter(b, F_OUTER);
  step(b, 2);
  send(a, 2, 0, handler, 0, false);
  send(c, 2, 0, handler, 0, false);
  READ_ONCE(b, at);
  t.is(look(b).step, 'A2');
  t.deepEqual(
    look(b).frames.map((frame) => `${frame.fn} ${frame.step}`),
    ['outer A2'],
  );
  // The second handler of the same delivery begins there as well.
  const trace = ['handler A3', 'smp_call_function_interrupt A3', 'outer A2'];
  t.deepEqual(inner, [...trace, ...trace]);
  const steps = records(b).map((r) => `${r.op} ${r.step}`);
  t.is(steps.at(-1), 'read A2');
  t.is(steps.at(-2), 'irq_exit -');
  t.is(steps[0], 'irq_enter A2');
});

test('handlers do not nest: what comes meanwhile is taken behind the interrupted access', (t) => {
  const order: string[] = [];
  const handler = (cpu: Cpu, info: number, machine: { peer: Cpu }): void => {
    order.push(`begin ${info}`);
    if (info === 1) send(machine.peer, 1, 0, handler, 2, false);
    READ_ONCE(cpu, cpu.instance);
    order.push(`end ${info}`);
  };
  const config: { peer?: Cpu } = {};
  const { cpus, at } = boot({ interrupts: [handler], config });
  config.peer = cpus[1];
  send(cpus[1], 1, 0, handler, 1, false);
  READ_ONCE(cpus[0], at);
  t.deepEqual(order, ['begin 1', 'end 1']);
  READ_ONCE(cpus[0], at);
  t.deepEqual(order, ['begin 1', 'end 1', 'begin 2', 'end 2']);
});

test('a CPU that spins on a lock with interrupts on takes them, and shows meanwhile that it waits for nothing', (t) => {
  const waits: number[] = [];
  const handler = (cpu: Cpu): void => void waits.push(cpu.mem[cpu.wait]);
  const { cpus, at, atBoundaries } = boot({ interrupts: [handler] });
  const [a, b] = cpus;
  const seen: number[] = [];
  acquire(b, at);
  atBoundaries(a, (n) => {
    seen.push(a.mem[a.wait]);
    if (n === 10) send(b, 1, 0, handler, 0, false);
    if (n === 40) release(b, at);
  });
  acquire(a, at);
  t.is(waits.length, 1);
  t.is(waitKind(waits[0]), WAIT.RUN);
  const blocked = seen.filter((w) => waitKind(w) === WAIT.LOCK);
  t.true(blocked.length >= 8);
  t.true(blocked.every((w) => waitObject(w) === at));
  t.is(new Set(blocked).size, 2, 'another sequence number behind the interrupt');
  t.is(waitKind(a.mem[a.wait]), WAIT.RUN);
});

test('a CPU that spins with interrupts off takes none', (t) => {
  const { cpus, mem, at, atBoundaries, runs } = bootNoting();
  const [a, b] = cpus;
  acquire(b, at);
  mem[a.irqOff] = IRQS_DISABLED;
  atBoundaries(a, (n) => {
    if (n === 3) send(b, 1, 0, note, 0, false);
    if (n === 6) release(b, at);
  });
  acquire(a, at);
  t.deepEqual(runs, []);
  mem[a.irqOff] = 0;
  READ_ONCE(a, at + 1);
  t.is(runs.length, 1);
});

test('a CPU that waits for acknowledgements takes interrupts', (t) => {
  const { cpus, mem, at, atBoundaries, runs } = bootNoting();
  const [a, b] = cpus;
  mem[b.irqOff] = IRQS_DISABLED;
  send(a, 2, 0, note, 1, false);
  atBoundaries(a, (n) => {
    if (n === 2) send(b, 1, 0, note, 2, false);
    if (n < 40) return;
    mem[b.irqOff] = 0;
    READ_ONCE(b, at);
  });
  awaitAcks(a);
  t.deepEqual(
    runs.map((r) => [r.cpu, r.info]),
    [
      [0, 2],
      [1, 1],
    ],
  );
});
