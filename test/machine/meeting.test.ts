/**
 * Goal: CPUs go on from a meeting when all have come, take interrupts while they wait, and survive a handler that dies.
 * Method: one thread: the other CPUs come, post or open the gate at the waiting CPU's idle boundaries. Meetings of real
 * threads are in every race test.
 */
import test from 'ava';
import type { Cpu } from '../../lib/machine/cpu.js';
import { post, send } from '../../lib/machine/ipi.js';
import { MachineFault } from '../../lib/machine/fault.js';
import { CPU, MACHINE, PROGRESS } from '../../lib/machine/layout.js';
import { idleAtGate, meet } from '../../lib/machine/meeting.js';
import { IRR_NMI, sendNmi } from '../../lib/machine/nmi.js';
import { ACTOR_THREW } from '../../lib/machine/signatures.js';
import { ACTIVITY, die, fail, outcomeSignature } from '../../lib/machine/outcome.js';
import { Gate } from '../../lib/sharedarraybuffer-utils/index.js';
import { boot, recorded } from './boot.js';

/** Calls `script` at every turn of the CPU's waiting loop; 1 is the first. */
function atPauses(cpu: Cpu, script: (n: number) => void): void {
  let n = 0;
  Object.assign(cpu.waiter, { pause: () => script(++n) });
}

test('a machine of one CPU never waits', (t) => {
  const [cpu] = boot({ cpus: 1 }).cpus;
  for (let turn = 1; turn < 4; turn++) meet(cpu, turn);
  t.is(cpu.mem[cpu.progress], 3);
});

test('the last to come does not wait', (t) => {
  const { cpus, mem } = boot({ cpus: 3 });
  mem[cpus[0].progress] = 5;
  mem[cpus[2].progress] = 6;
  meet(cpus[1], 5);
  t.is(mem[cpus[1].progress], 5);
});

test('a CPU waits until the others have come, and takes interrupts meanwhile', (t) => {
  const ran: number[] = [];
  const handler = (cpu: Cpu, info: number): void => void ran.push(cpu.id, info);
  const { cpus, mem, atBoundaries } = boot({ cpus: 3, interrupts: [handler] });
  const [a, b, c] = cpus;
  atBoundaries(a, (n) => {
    if (n === 2) send(b, 1, 0, handler, 7, false);
    if (n === 10) Atomics.store(mem, b.progress, 1);
    if (n === 20) Atomics.store(mem, c.progress, 1);
  });
  meet(a, 1);
  t.deepEqual(ran, [0, 7]);
  t.is(mem[c.progress], 1);
});

test('turn numbers may come round', (t) => {
  const { cpus, mem } = boot();
  const [a, b] = cpus;
  mem[b.progress] = -(2 ** 31);
  meet(a, 2 ** 31 - 1);
  t.is(mem[a.progress], 2 ** 31 - 1);
  mem[b.progress] = -(2 ** 31) + 1;
  meet(a, -(2 ** 31));
  t.is(mem[a.progress], -(2 ** 31));
});

test('a handler that dies while its CPU idles ends the trial, not the meeting', (t) => {
  const handler = (cpu: Cpu): never => die(cpu, 'bang', 'in a handler');
  const { cpus, mem } = boot({ interrupts: [handler] });
  const [a, b] = cpus;
  send(b, 1, 0, handler, 0, false);
  atPauses(a, (n) => {
    if (n === 20) Atomics.store(mem, b.progress, 1);
  });
  meet(a, 1);
  t.is(mem[a.block + CPU.activity], ACTIVITY.DEAD);
  t.not(mem[a.irqOff], 0, 'it takes no more interrupts until it is reset');
});

test('a meeting is not over while a handler of the ended trial runs on an idle CPU', (t) => {
  const { cpus, mem, map } = boot();
  const [a, b] = cpus;
  mem[b.progress] = 1;
  mem[b.progress + PROGRESS.handlers] = 1;
  mem[map.machine + MACHINE.idlers] = 1;
  let ended = false;
  atPauses(a, (n) => {
    if (n !== 20) return;
    ended = true;
    mem[map.machine + MACHINE.idlers] = 0;
  });
  meet(a, 1);
  t.true(ended);
});

test('a handler that runs in the next meeting already holds nobody in this one', (t) => {
  const { cpus, mem, map } = boot({ cpus: 3 });
  const [a, b, c] = cpus;
  // b has been through the trial behind this meeting; c has not left it either.
  mem[b.progress] = 2;
  mem[b.progress + PROGRESS.handlers] = 1;
  mem[map.machine + MACHINE.idlers] = 1;
  mem[c.progress] = 1;
  atPauses(a, () => {
    throw new Error('a waits for what may wait for it');
  });
  t.notThrows(() => meet(a, 1));
});

for (const waits of [false, true]) {
  test(`an idle CPU is counted while it runs handlers, whether or not their sender waits: ${waits}`, (t) => {
    const seen: number[] = [];
    const handler = (cpu: Cpu): void => void seen.push(cpu.mem[cpu.map.machine + MACHINE.idlers]);
    const { cpus, mem, map, atBoundaries } = boot({ interrupts: [handler] });
    const [a, b] = cpus;
    post(b, 1, 0, handler, 0, waits);
    atBoundaries(a, (n) => {
      if (n === 20) Atomics.store(mem, b.progress, 1);
    });
    meet(a, 1);
    t.deepEqual(seen, [1]);
    t.is(mem[map.machine + MACHINE.idlers], 0);
  });
}

test('once the trial has failed no handler of it is begun in a meeting, and no record made', (t) => {
  const handler = (): void => t.fail();
  const { cpus, mem, map } = boot({ interrupts: [handler] });
  const [a, b] = cpus;
  post(b, 1, 0, handler, 0, true);
  fail(b, 'bang', 'while its call is on the way');
  sendNmi(mem, map, a.id);
  atPauses(a, (n) => {
    if (n === 20) Atomics.store(mem, b.progress, 1);
  });
  meet(a, 1);
  t.deepEqual(recorded(a), []);
  t.is(mem[a.irr] & IRR_NMI, 0);
});

test('a CPU whose handler died is not thrown out of the meeting by a request', (t) => {
  const handler = (cpu: Cpu): never => die(cpu, 'bang', 'in a handler');
  const { cpus, mem, map } = boot({ interrupts: [handler] });
  const [a, b] = cpus;
  post(b, 1, 0, handler, 0, false);
  let made = 0;
  atPauses(a, (n) => {
    if (n === 10) {
      made = a.ring.written;
      sendNmi(mem, map, a.id);
    }
    if (n === 20) Atomics.store(mem, b.progress, 1);
  });
  meet(a, 1);
  t.not(made, 0);
  t.is(a.ring.written, made);
  t.is(mem[a.irr] & IRR_NMI, 0);
});

test('what else a handler throws fails the trial; a fault of the machine is thrown on', (t) => {
  for (const thrown of [new Error('a mistake in the handler'), new MachineFault('a mistake of ours')]) {
    const handler = (): never => {
      throw thrown;
    };
    const { cpus, mem } = boot({ interrupts: [handler] });
    const [a, b] = cpus;
    send(b, 1, 0, handler, 0, false);
    a.waiter.pause = () => Atomics.store(mem, b.progress, 1);
    if (thrown instanceof MachineFault) t.throws(() => meet(a, 1), { is: thrown });
    else {
      meet(a, 1);
      t.is(a.signatures[outcomeSignature(mem[a.outcome])], ACTOR_THREW);
    }
  }
});

test('a CPU at a gate takes interrupts until it opens', (t) => {
  const ran: number[] = [];
  const handler = (_: Cpu, info: number): void => void ran.push(info);
  const { cpus, mem, map, atBoundaries } = boot({ interrupts: [handler] });
  const [a, b] = cpus;
  const gate = new Gate(mem, map.machine + MACHINE.gate, 2, map.parties);
  atBoundaries(a, (n) => {
    if (n === 2) send(b, 1, 0, handler, 3, false);
    if (n === 20) gate.arrive();
  });
  idleAtGate(a, gate);
  t.deepEqual(ran, [3]);
});
