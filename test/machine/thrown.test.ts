/**
 * Goal: an exception out of the code of a race fails its trial as an oops does, and the first one leaves its words and its
 * stack, whatever it is; faults of the machine itself are thrown on.
 * Method: one CPU; things of every kind are thrown.
 */
import test from 'ava';
import { MachineFault } from '../../lib/machine/fault.js';
import { THROWN_CHARS_MAX } from '../../lib/machine/layout.js';
import { captureRings } from '../../lib/machine/snapshot.js';
import { readThrown, stackOf, threw, wordsOf } from '../../lib/machine/thrown.js';
import { ACTIVITY, outcomeSignature, outcomeTag } from '../../lib/machine/outcome.js';
import { beginTrial, boot, look, records } from './boot.js';

const revoked = Proxy.revocable({}, {});
revoked.revoke();

const WORDS: readonly (readonly [unknown, string])[] = [
  [new TypeError('x is not a function'), 'TypeError: x is not a function'],
  [Object.freeze(new Error('größer')), 'Error: größer'],
  [{ message: 'from another realm' }, 'Error: from another realm'],
  [{ code: 5 }, '{"code":5}'],
  [null, 'null'],
  [undefined, 'undefined'],
  [Symbol('s'), 'Symbol(s)'],
  [7n, '7'],
  ['text', 'text'],
  [revoked.proxy, 'something that cannot be put into words'],
];

test('everything that can be thrown has words', (t) => {
  for (const [thrown, words] of WORDS) {
    t.is(wordsOf(thrown), words);
    t.is(typeof stackOf(thrown), 'string');
  }
});

test('the trial fails, the CPU is dead, and its record ends', (t) => {
  const { cpus, mem } = boot();
  const [cpu] = cpus;
  threw(cpu, new Error('first'));
  const outcome = mem[cpu.outcome];
  t.is(cpu.signatures[outcomeSignature(outcome)], 'actor-threw');
  t.is(outcomeTag(outcome), cpu.trialTag);
  t.is(look(cpu).activity, ACTIVITY.DEAD);
  t.deepEqual(
    records(cpu).map(({ op }) => op),
    ['failed', 'died'],
  );
});

test('the first exception is kept with its stack, whole', (t) => {
  const { cpus, mem, map } = boot();
  const [cpu] = cpus;
  t.is(readThrown(mem, map), undefined);
  const first = new RangeError('größer\nin two lines');
  threw(cpu, first);
  captureRings(cpu, outcomeSignature(mem[cpu.outcome]));
  beginTrial(cpu, 2);
  threw(cpu, new Error('second'));
  const kept = readThrown(mem, map);
  t.is(kept?.what, 'RangeError: größer\nin two lines');
  t.true(kept?.frames[0].startsWith('at '));
  t.is(kept?.frames.length, first.stack?.match(/^ +at /gm)?.length);
});

test('what does not fit is cut; what has no stack has no frames', (t) => {
  const { cpus, mem, map } = boot();
  threw(cpus[0], 'x'.repeat(THROWN_CHARS_MAX + 5));
  t.deepEqual(readThrown(mem, map), { what: 'x'.repeat(THROWN_CHARS_MAX), frames: [] });
});

test('an exception in a trial that has failed already is none of its outcomes', (t) => {
  const { cpus, mem, map } = boot();
  const [a, b] = cpus;
  threw(a, 'first');
  const outcome = mem[a.outcome];
  threw(b, 'second');
  t.is(mem[a.outcome], outcome);
  t.is(readThrown(mem, map)?.what, 'first');
});

test('a fault of the machine is no outcome', (t) => {
  const { cpus, mem } = boot();
  t.throws(() => threw(cpus[0], new MachineFault('broken')), { instanceOf: MachineFault });
  t.is(mem[cpus[0].outcome], 0);
});
