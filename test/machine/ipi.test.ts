/**
 * Goal: a call reaches every CPU of its mask once, with what its sender stored before; a waiting sender goes on when all
 * have answered, with what they stored; calls follow each other without loss.
 * Method: CPUs of one thread; while a sender waits, the others go on at its instruction boundaries.
 */
import test from 'ava';
import { READ_ONCE, WRITE_ONCE } from '../../lib/machine/access.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { awaitAcks, awaitLastCall, send } from '../../lib/machine/ipi.js';
import { IRQS_DISABLED, interruptPending } from '../../lib/machine/irq.js';
import { SPIN } from '../../lib/machine/recorder.js';
import { hasFailed } from '../../lib/machine/outcome.js';
import { WAIT, waitKind } from '../../lib/machine/wait.js';
import { beginTrial, boot, isAbandoned, look, recorded } from './boot.js';

/** Stores what it finds in word 0 plus its argument into the receiver's own word, and counts there. */
function reply(cpu: Cpu, info: number): void {
  WRITE_ONCE(cpu, cpu.instance + 1 + cpu.id, READ_ONCE(cpu, cpu.instance) + info);
}

test('a call reaches the CPUs of its mask, the sender left out', (t) => {
  const { cpus, mem, at } = boot({ cpus: 4, interrupts: [reply] });
  WRITE_ONCE(cpus[0], at, 100);
  send(cpus[0], 0b1011, 0, reply, 5, false);
  for (const cpu of cpus) READ_ONCE(cpu, at);
  t.deepEqual([...mem.subarray(at + 1, at + 5)], [0, 105, 0, 105]);
});

test('masks of two words: CPUs from 32 on', (t) => {
  const { cpus, mem, at } = boot({ cpus: 40, words: 48, interrupts: [reply] });
  WRITE_ONCE(cpus[35], at, 100);
  send(cpus[35], 1 << 3, (1 << 1) | (1 << 3) | (1 << 7), reply, 5, false);
  t.is(cpus[35].mailboxes.unacked(35, 0), 1 << 3);
  t.is(cpus[35].mailboxes.unacked(35, 1), (1 << 1) | (1 << 7));
  for (const cpu of cpus) READ_ONCE(cpu, at);
  const reached = cpus.filter((cpu) => mem[at + 1 + cpu.id] === 105).map((cpu) => cpu.id);
  t.deepEqual(reached, [3, 33, 39]);
  awaitAcks(cpus[35]);
  send(cpus[3], 0, 1 << 7, reply, 6, false);
  READ_ONCE(cpus[39], at);
  t.is(mem[at + 40], 106);
});

test('a waiting sender goes on when the last one has answered, and sees what they stored', (t) => {
  const { cpus, mem, at, atBoundaries } = boot({ cpus: 3, interrupts: [reply] });
  const [a, b, c] = cpus;
  let answeredAt = 0;
  atBoundaries(a, (n) => {
    if (waitKind(mem[a.wait]) !== WAIT.ACK) return;
    if (n % 10 === 0) READ_ONCE(answeredAt === 0 ? c : b, at);
    if (n % 10 === 0) answeredAt = n;
  });
  WRITE_ONCE(a, at, 100);
  send(a, 6, 0, reply, 7, true);
  t.deepEqual([mem[at + 2], mem[at + 3]], [107, 107]);
  t.true(answeredAt >= 20);
  t.is(waitKind(mem[a.wait]), WAIT.RUN);
  const spins = look(a).records.filter((r) => r.flags === SPIN);
  t.deepEqual(
    spins.map((r) => [r.op, r.before]),
    [
      ['read', 6],
      ['read', 0],
    ],
    'the failed first look and the success',
  );
});

test('a waiting sender is answered behind its handler, another one before', (t) => {
  const unacked: number[] = [];
  const handler = (cpu: Cpu): void => void unacked.push(cpu.mailboxes.unacked(0, 0));
  const { cpus, at, atBoundaries } = boot({ interrupts: [handler] });
  const [a, b] = cpus;
  send(a, 2, 0, handler, 0, false);
  READ_ONCE(b, at);
  atBoundaries(a, () => {
    if (waitKind(a.mem[a.wait]) === WAIT.ACK) READ_ONCE(b, at);
  });
  send(a, 2, 0, handler, 0, true);
  t.deepEqual(unacked, [0, 2]);
});

test('the next call waits until the last one has been taken', (t) => {
  const infos: number[] = [];
  const handler = (_: Cpu, info: number): void => void infos.push(info);
  const { cpus, at, atBoundaries } = boot({ interrupts: [handler] });
  const [a, b] = cpus;
  send(a, 2, 0, handler, 1, false);
  atBoundaries(a, (n) => {
    if (n === 5) READ_ONCE(b, at);
    else if (n < 5) t.deepEqual(infos, []);
  });
  send(a, 2, 0, handler, 2, false);
  t.deepEqual(infos, [1]);
  READ_ONCE(b, at);
  t.deepEqual(infos, [1, 2]);
});

for (const cpus of [3, 40]) {
  test(`${cpus} CPUs: a call is whole, at whichever boundary of its post the sender is interrupted and posts another`, (t) => {
    const target = cpus - 1;
    const second = cpus > 32 ? 2 : target;
    const got: string[] = [];
    const one = (cpu: Cpu, info: number): void => void got.push(`one(${info}) on ${cpu.id}`);
    const two = (cpu: Cpu, info: number): void => void got.push(`two(${info}) on ${cpu.id}`);
    const mask = (id: number): [number, number] => (id < 32 ? [1 << id, 0] : [0, 1 << (id - 32)]);
    /** In an interrupt of CPU 1. */
    const nest = (cpu: Cpu): void => send(cpu, ...mask(second), two, 2, false);
    for (let at = 1; at < 16; at++) {
      got.length = 0;
      const machine = boot({ cpus, words: 48, interrupts: [one, two, nest] });
      const sender = machine.cpus[1];
      machine.atBoundaries(sender, (n) => {
        if (n === at) send(machine.cpus[0], 2, 0, nest, 0, false);
        READ_ONCE(machine.cpus[target], machine.at);
        READ_ONCE(machine.cpus[2], machine.at);
      });
      send(sender, ...mask(target), one, 1, false);
      for (let turn = 0; turn < 20; turn++) for (const cpu of machine.cpus) READ_ONCE(cpu, machine.at);
      t.deepEqual(got.toSorted(), [`one(1) on ${target}`, `two(2) on ${second}`], `boundary ${at}`);
      t.is(machine.mem[sender.irqOff], 0);
    }
  });
}

test('an empty mask posts nothing and waits for nobody', (t) => {
  const { cpus } = boot({ interrupts: [reply] });
  send(cpus[0], 1, 0, reply, 0, true);
  t.is(cpus[0].mailboxes.unacked(0, 0), 0);
  t.false(cpus[1].mailboxes.hasPending(1));
});

test('a call runs on the instance of its sender, whatever its receiver works on', (t) => {
  const { cpus, mem, map, at } = boot({ interrupts: [reply] });
  const [a, b] = cpus;
  b.instance = at + map.instanceStride;
  mem[at] = 100;
  mem[b.instance] = 200;
  send(a, 2, 0, reply, 5, false);
  READ_ONCE(b, at);
  t.is(mem[at + 2], 105);
  t.is(mem[b.instance + 2], 0);
  t.is(b.instance, at + map.instanceStride);
});

test('a call of the trial to come waits until its receiver has begun it', (t) => {
  const { cpus, mem, at } = boot({ cpus: 3, interrupts: [reply] });
  const [a, b, c] = cpus;
  beginTrial(a, 2);
  send(a, 2, 0, reply, 5, false);
  send(c, 2, 0, reply, 7, false);
  // CPU 1 idles in the meeting that CPU 0 has left.
  READ_ONCE(b, at);
  t.is(mem[at + 2], 7, 'the call of its own trial');
  t.is(a.mailboxes.unacked(0, 0), 2);
  t.true(interruptPending(b));
  beginTrial(b, 2);
  READ_ONCE(b, at);
  t.is(mem[at + 2], 5);
  t.is(a.mailboxes.unacked(0, 0), 0);
});

test('an actor ends when its last call has been taken', (t) => {
  const { cpus, at, atBoundaries } = boot({ interrupts: [reply] });
  const [a, b] = cpus;
  awaitLastCall(a);
  t.is(look(a).records.length, 0);
  send(a, 2, 0, reply, 5, false);
  atBoundaries(a, (n) => {
    if (n === 9) READ_ONCE(b, at);
  });
  awaitLastCall(a);
  t.is(a.mailboxes.unacked(0, 0), 0);
});

test('every access of a call is recorded', (t) => {
  const { cpus, at } = boot({ interrupts: [reply] });
  const [a, b] = cpus;
  send(a, 2, 0, reply, 5, false);
  const ops = recorded(a).map((r) => r.split(' ')[0]);
  t.deepEqual(ops, ['read', 'write', 'write', 'write', 'write', 'fetch_or']);
  READ_ONCE(b, at);
  const taken = recorded(b).map((r) => r.split(' ')[0]);
  t.deepEqual(taken, [
    'irq_enter',
    'read',
    'fetch_and',
    'read',
    'read',
    'read',
    'fetch_and',
    'read',
    'write',
    'irq_exit',
    'read',
  ]);
});

test('a handler that the race does not declare is a mistake of its author', (t) => {
  const { cpus } = boot();
  t.throws(() => send(cpus[0], 2, 0, reply, 0, false), { message: /reply is not declared/ });
});

test('a call to a CPU that is not there kills the sender', (t) => {
  const { cpus } = boot({ interrupts: [reply] });
  t.true(isAbandoned(() => send(cpus[0], 1 << 5, 0, reply, 0, false)));
  t.true(hasFailed(cpus[0]));
});

test('a waiting sender leaves the trial when it has failed elsewhere', (t) => {
  const { cpus, mem, atBoundaries } = boot({ interrupts: [reply] });
  const [a, b] = cpus;
  mem[b.irqOff] = IRQS_DISABLED;
  atBoundaries(a, (n) => {
    if (n === 9) isAbandoned(() => send(b, 1 << 5, 0, reply, 0, false));
  });
  t.true(isAbandoned(() => send(a, 2, 0, reply, 0, true)));
  t.is(look(a).records.at(-1)?.op, 'gave_up');
});
