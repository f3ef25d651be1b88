/**
 * Goal: who fails first decides, for this trial and no other; a CPU that dies keeps what it holds; the failure is described
 * in words that another thread can read.
 * Method: CPUs of one thread fail in chosen orders.
 */
import test from 'ava';
import {
  CPU,
  FAILURE,
  FAILURE_DETAIL_WORDS,
  MACHINE,
  MESSAGE_WORDS,
  STACK_TEXT_WORDS,
} from '../../lib/machine/layout.js';
import { ACTOR_THREW, HANGS, LIVELOCK, MISUSES, STUCK_WORKER } from '../../lib/machine/signatures.js';
import { acquire, holds } from '../../lib/machine/lock.js';
import {
  ACTIVITY,
  die,
  fail,
  failFrom,
  hasFailed,
  isLaterTrial,
  trialTag,
  outcomeCpu,
  outcomeSignature,
  outcomeTag,
} from '../../lib/machine/outcome.js';
import { readText } from '../../lib/machine/text.js';
import { enter, kernelFunction } from '../../lib/machine/callStack.js';
import { preempt_disable } from '../../lib/kernel/preempt.js';
import { beginTrial, boot, isAbandoned, look } from './boot.js';

test('an outcome carries trial, CPU and signature', (t) => {
  const { cpus, mem } = boot({ cpus: 64 });
  for (const trial of [1, 2, 0x7ffff, 0x80000, 0x7fffffff]) {
    for (const id of [0, 31, 63]) {
      mem[cpus[id].outcome] = 0;
      beginTrial(cpus[id], trial);
      t.true(fail(cpus[id], 'bang', ''));
      const outcome = mem[cpus[id].outcome];
      t.deepEqual([outcomeTag(outcome), outcomeCpu(outcome), outcomeSignature(outcome)], [trialTag(trial), id, 2]);
      t.true(hasFailed(cpus[id]));
    }
  }
});

test('tags come round, and the later one of two is told', (t) => {
  for (const [a, b] of [
    [2, 1],
    [0, 0x7ffff],
    [3, 0x7fffd],
    [0x40000, 1],
  ]) {
    t.true(isLaterTrial(a, b));
    t.false(isLaterTrial(b, a));
    t.false(isLaterTrial(a, a));
  }
});

test('the first failure of a trial decides', (t) => {
  const { cpus, mem } = boot();
  const [a, b] = cpus;
  t.true(fail(a, 'bang', 'first'));
  const outcome = mem[a.outcome];
  t.false(fail(b, 'deadlock', 'second'));
  t.is(mem[a.outcome], outcome);
  t.true(hasFailed(b));
});

test("an earlier trial's outcome is none of this trial, and gives way", (t) => {
  const { cpus, mem } = boot();
  const [a, b] = cpus;
  fail(a, 'bang', 'in trial 1');
  beginTrial(b, 2);
  t.true(hasFailed(a));
  t.false(hasFailed(b));
  t.true(fail(b, 'deadlock', 'in trial 2'));
  t.is(outcomeTag(mem[a.outcome]), 2);
  t.false(hasFailed(a));
});

test('a failure that was found before another outcome was set does not count', (t) => {
  const { cpus, mem } = boot();
  const [a, b] = cpus;
  const seen = mem[a.outcome];
  fail(b, 'bang', '');
  t.false(failFrom(a, seen, 'deadlock', ''));
  t.is(outcomeCpu(mem[a.outcome]), 1);
});

test('what neither the race nor the machine knows is no signature', (t) => {
  const { cpus, mem } = boot();
  t.throws(() => fail(cpus[0], 'never-heard-of', ''), {
    instanceOf: RangeError,
    message:
      /^"never-heard-of" is no signature of the race; it can fail as deadlock, unlock-not-owner, bang, .*bad-address/,
  });
  t.is(mem[cpus[0].outcome], 0);
});

test('what the machine itself knows need not be declared', (t) => {
  for (const signature of [...HANGS, ACTOR_THREW, ...MISUSES]) {
    const { cpus, mem } = boot();
    t.true(fail(cpus[0], signature, ''));
    t.is(cpus[0].signatures[outcomeSignature(mem[cpus[0].outcome])], signature);
  }
});

test('a CPU that dies releases nothing, and others can see all of it', (t) => {
  const { cpus, mem, at } = boot();
  const [cpu] = cpus;
  enter(cpu, kernelFunction('page_referenced_one'));
  preempt_disable(cpu);
  acquire(cpu, at);
  acquire(cpu, at + 1);
  mem[cpu.irqOff] = 1;
  t.true(isAbandoned(() => die(cpu, 'bang', 'for the test')));
  t.true(holds(cpu, at) && holds(cpu, at + 1));
  const { activity, held, irqOff, preemptCount, frames, records } = look(cpu);
  t.is(activity, ACTIVITY.DEAD);
  t.deepEqual(
    held.map((h) => h.lock - at),
    [0, 1],
  );
  t.deepEqual([irqOff, preemptCount, frames.length], [1, 1, 1]);
  t.is(records.at(-1)?.op, 'died');
});

test('the failure block has CPU, signature, trial, details and message', (t) => {
  const { cpus, mem, map } = boot();
  beginTrial(cpus[1], 77);
  fail(cpus[1], 'bang', 'a table is both', 1, -2, 3, 4);
  const at = map.machine + MACHINE.failure;
  t.deepEqual(
    [FAILURE.cpu, FAILURE.signature, FAILURE.trial, FAILURE.instance].map((f) => mem[at + f]),
    [1, 2, 77, cpus[1].instance],
  );
  t.deepEqual([...mem.subarray(at + FAILURE.detail, at + FAILURE.detail + 5)], [1, -2, 3, 4, 0]);
  t.is(readText(mem, at + FAILURE.message, MESSAGE_WORDS), 'a table is both');
});

test('details of an earlier failure do not shine through', (t) => {
  const { cpus, mem, map } = boot();
  const [cpu] = cpus;
  fail(cpu, 'bang', 'a long message of the first failure', 1, 2, 3, 4);
  beginTrial(cpu, 2);
  cpu.detail.fill(5);
  fail(cpu, 'deadlock', 'short', 9);
  const at = map.machine + MACHINE.failure;
  const detail = [...mem.subarray(at + FAILURE.detail, at + FAILURE.detail + FAILURE_DETAIL_WORDS)];
  t.deepEqual(detail, [9, ...new Array<number>(FAILURE_DETAIL_WORDS - 1).fill(0)]);
  t.is(readText(mem, at + FAILURE.message, MESSAGE_WORDS), 'short');
});

test('only the first failure of a signature is described', (t) => {
  const { cpus, mem, map } = boot();
  const [cpu] = cpus;
  mem[map.machine + MACHINE.captured] = 1 << 2;
  fail(cpu, 'bang', 'again');
  t.is(readText(mem, map.machine + MACHINE.failure + FAILURE.message, MESSAGE_WORDS), '');
  t.true(hasFailed(cpu));
});

test('a message that is too long is cut', (t) => {
  const { cpus, mem, map } = boot();
  fail(cpus[0], 'bang', 'x'.repeat(500));
  t.is(readText(mem, map.machine + MACHINE.failure + FAILURE.message, MESSAGE_WORDS), 'x'.repeat(4 * MESSAGE_WORDS));
  t.is(mem[cpus[0].block + CPU.activity], ACTIVITY.IDLE, 'who fails without dying goes on');
});

test('of what goes by time the stack is kept where the code is JavaScript; of a stuck worker none, for it would be that of its successor', (t) => {
  for (const [signature, hasStack] of [
    [LIVELOCK, true],
    [STUCK_WORKER, false],
  ] as const) {
    const { mem, map, cpus } = boot();
    cpus[0].tellsStack = true;
    beginTrial(cpus[0], 1);
    fail(cpus[0], signature, 'in vain');
    const stack = readText(mem, map.machine + MACHINE.failure + FAILURE.stack, STACK_TEXT_WORDS);
    t.is(stack !== '', hasStack, signature);
  }
});
