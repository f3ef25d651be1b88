/**
 * Goal: a CPU comes by the watchdog's request wherever it is in its actor, masked interrupts or not, and sets the outcome
 * that is asked of it, in that trial and in no other; where it is not in its actor, nothing is thrown.
 * Method: CPUs of one thread, with the request word written by hand.
 */
import test from 'ava';
import { READ_ONCE } from '../../lib/machine/access.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { IRQS_DISABLED } from '../../lib/machine/irq.js';
import { CPU, MACHINE, WATCH } from '../../lib/machine/layout.js';
import { IRR_NMI, sendNmi, takeNmi } from '../../lib/machine/nmi.js';
import { LIVELOCK } from '../../lib/machine/signatures.js';
import { ACTIVITY, fail, hasFailed, outcomeCpu, outcomeSignature, outcomeWord } from '../../lib/machine/outcome.js';
import { beginTrial, boot, isAbandoned, type Machine } from './boot.js';

function runningPair(): Machine {
  const machine = boot();
  for (const cpu of machine.cpus) machine.mem[cpu.block + CPU.activity] = ACTIVITY.RUNNING;
  for (const cpu of machine.cpus) machine.atBoundaries(cpu, () => takeNmi(cpu));
  return machine;
}

function request(cpu: Cpu, tag: number): void {
  const at = cpu.map.machine + MACHINE.watch;
  cpu.mem[at + WATCH.detail] = 42;
  cpu.mem[at + WATCH.request] = outcomeWord(tag, cpu.id, cpu.signatures.indexOf(LIVELOCK));
  sendNmi(cpu.mem, cpu.map, cpu.id);
}

test('the CPU that is asked sets the outcome with interrupts off, and the others leave the trial', (t) => {
  const { cpus, mem, at } = runningPair();
  const [a, b] = cpus;
  mem[b.irqOff] = IRQS_DISABLED;
  request(b, b.trialTag);
  t.false(isAbandoned(() => READ_ONCE(a, at)));
  t.true(isAbandoned(() => READ_ONCE(b, at)));
  t.is(outcomeCpu(mem[a.outcome]), 1);
  t.is(a.signatures[outcomeSignature(mem[a.outcome])], LIVELOCK);
  t.is(b.detail[0], 42);
  t.true(isAbandoned(() => READ_ONCE(a, at)));
});

test('code that swallows it is thrown out again at its next instruction', (t) => {
  const { cpus, at } = runningPair();
  request(cpus[0], cpus[0].trialTag);
  for (let i = 0; i < 3; i++) t.true(isAbandoned(() => READ_ONCE(cpus[0], at)));
});

test('a request for another trial, and one to a CPU that has ended its actor, set no outcome', (t) => {
  const { cpus, mem, at } = runningPair();
  const [a, b] = cpus;
  request(a, a.trialTag);
  beginTrial(a, 2);
  READ_ONCE(a, at);
  mem[b.block + CPU.activity] = ACTIVITY.IDLE;
  request(b, b.trialTag);
  READ_ONCE(b, at);
  t.is(mem[a.outcome], 0);
  t.is(mem[a.irr] & IRR_NMI, 0);
  t.is(mem[b.irr] & IRR_NMI, 0);
});

test('a request is gone with the NMI that it came with: no trial is given it whose tag is the same', (t) => {
  for (const isIdle of [false, true]) {
    const { cpus, mem, map, at } = runningPair();
    const [cpu] = cpus;
    request(cpu, cpu.trialTag + 1);
    if (isIdle) mem[cpu.block + CPU.activity] = ACTIVITY.IDLE;
    READ_ONCE(cpu, at);
    t.is(mem[map.machine + MACHINE.watch + WATCH.request], 0);
    mem[cpu.block + CPU.activity] = ACTIVITY.RUNNING;
    beginTrial(cpu, 2);
    sendNmi(mem, map, cpu.id);
    t.false(isAbandoned(() => READ_ONCE(cpu, at)));
    t.is(mem[cpu.outcome], 0);
  }
});

test('a request to another CPU stays for that one', (t) => {
  const { cpus, at } = runningPair();
  request(cpus[1], cpus[1].trialTag);
  sendNmi(cpus[0].mem, cpus[0].map, 0);
  t.false(isAbandoned(() => READ_ONCE(cpus[0], at)));
  t.true(isAbandoned(() => READ_ONCE(cpus[1], at)));
});

test('a CPU in its idle loop is asked in vain, whatever has failed', (t) => {
  const { cpus, mem, at } = runningPair();
  mem[cpus[0].block + CPU.activity] = ACTIVITY.IDLE;
  fail(cpus[1], 'bang', '');
  sendNmi(mem, cpus[0].map, 0);
  t.false(isAbandoned(() => READ_ONCE(cpus[0], at)));
  t.true(hasFailed(cpus[0]));
});
