/**
 * Goal: "the patch is a nop", as the mail of lazy-mmu says: with preemption off in the flush a trial can end in no other way than without,
 * while its rules hold; where R1 is broken and the task goes in the flush, it can.
 * Method: all states of both forms, under some of the settings of which `explain lazy-mmu` gives the number.
 */
import test from 'ava';
import lazyMmu from '../../stress/lazy-mmu/race.js';
import { EXPLAIN } from '../../stress/lazy-mmu/explain.js';
import { searched } from './searched.js';

/** Returns how trials of a form can end. */
function outcomes(variant: string, more: Readonly<Record<string, string>>): string[] {
  const { found } = searched(lazyMmu, { variant, knobs: { migrate: 'always', ...more } });
  if (found.cuts !== 0) throw new Error('not all states were searched');
  return [...found.failures.keys()].toSorted();
}

const R1 = { broken: 'R1', checks: '0' };

for (const preempt_at of ['before-flush', 'flush', 'fault'])
  test(`all rules hold, preempted at ${preempt_at}: the same outcomes`, (t) => {
    t.deepEqual(outcomes('flush-preempt-off', { preempt_at }), []);
    t.deepEqual(outcomes('flush-set-pmd', { preempt_at }), []);
  });

test('R1 is broken, preempted in front of the flush: the same outcomes, and none of them is good', (t) => {
  const asked = { ...R1, preempt_at: 'before-flush' };
  t.deepEqual(outcomes('flush-preempt-off', asked), outcomes('flush-set-pmd', asked));
  t.true(outcomes('flush-set-pmd', asked).includes('update-stranded'));
});

test('R1 is broken, preempted in the flush: here the patch does something', (t) => {
  const asked = { ...R1, preempt_at: 'flush' };
  t.deepEqual(outcomes('flush-preempt-off', asked), []);
  t.deepEqual(outcomes('flush-set-pmd', asked), ['bug-lazy-mode', 'update-stranded']);
});

test('explain has the number of settings that were compared', (t) => {
  const { paging, preempt_at, broken } = lazyMmu.knobs;
  const rules = broken.values.length - 1;
  const settings = paging.values.length * preempt_at.values.length * (1 + 2 * rules);
  t.true(EXPLAIN.includes(`${settings} settings`), String(settings));
});
