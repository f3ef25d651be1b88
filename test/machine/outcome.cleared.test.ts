/**
 * Goal: a failure is not lost when the outcome of the trial before is cleared while it is being given.
 * Method: CPU 0 clears between the load of the outcome and the exchange, as far as the failing CPU can tell: the value
 * that it has read is no longer there.
 */
import test from 'ava';
import { fail, failFrom, hasFailed, outcomeCpu, outcomeTag } from '../../lib/machine/outcome.js';
import { beginTrial, boot } from './boot.js';

test('the outcome of the trial before is cleared meanwhile', (t) => {
  const { cpus, mem } = boot();
  const [a, b] = cpus;
  fail(a, 'bang', 'in trial 1');
  const seen = mem[b.outcome];
  beginTrial(b, 2);
  mem[b.outcome] = 0;
  t.true(failFrom(b, seen, 'deadlock', 'in trial 2'));
  t.true(hasFailed(b));
  t.deepEqual([outcomeTag(mem[b.outcome]), outcomeCpu(mem[b.outcome])], [2, 1]);
});

test('it is cleared, and another CPU has failed in this trial', (t) => {
  const { cpus, mem } = boot();
  const [a, b] = cpus;
  fail(a, 'bang', 'in trial 1');
  const seen = mem[b.outcome];
  for (const cpu of cpus) beginTrial(cpu, 2);
  mem[b.outcome] = 0;
  fail(a, 'bang', 'in trial 2');
  t.false(failFrom(b, seen, 'deadlock', 'in trial 2'));
  t.is(outcomeCpu(mem[b.outcome]), 0);
});
