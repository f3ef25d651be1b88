/**
 * Goal: a failure is not lost when the verdict of the trial before is cleared while it is being given.
 * Method: CPU 0 clears between the load of the verdict and the exchange, as far as the failing CPU can tell: the value
 * that it has read is no longer there.
 */
import test from 'ava';
import { fail, failFrom, hasVerdict, verdictCpu, verdictTag } from '../../lib/machine/verdict.js';
import { beginTrial, boot } from './boot.js';

test('the verdict of the trial before is cleared meanwhile', (t) => {
  const { cpus, mem } = boot();
  const [a, b] = cpus;
  fail(a, 'bang', 'in trial 1');
  const seen = mem[b.verdict];
  beginTrial(b, 2);
  mem[b.verdict] = 0;
  t.true(failFrom(b, seen, 'deadlock', 'in trial 2'));
  t.true(hasVerdict(b));
  t.deepEqual([verdictTag(mem[b.verdict]), verdictCpu(mem[b.verdict])], [2, 1]);
});

test('it is cleared, and another CPU has failed in this trial', (t) => {
  const { cpus, mem } = boot();
  const [a, b] = cpus;
  fail(a, 'bang', 'in trial 1');
  const seen = mem[b.verdict];
  for (const cpu of cpus) beginTrial(cpu, 2);
  mem[b.verdict] = 0;
  fail(a, 'bang', 'in trial 2');
  t.false(failFrom(b, seen, 'deadlock', 'in trial 2'));
  t.is(verdictCpu(mem[b.verdict]), 0);
});
