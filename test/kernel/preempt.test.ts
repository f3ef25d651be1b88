/**
 * Goal: preempt_count counts nested sections of its own CPU and has eight bits, as in the kernel: one more kills the CPU.
 * Method: sections are nested to the limit and beyond.
 */
import test from 'ava';
import { preempt_count, preempt_disable, preempt_enable } from '../../lib/kernel/preempt.js';
import { ACTIVITY } from '../../lib/machine/outcome.js';
import { boot, isAbandoned, look } from '../machine/boot.js';

test('sections nest, and each CPU counts its own', (t) => {
  const [a, b] = boot().cpus;
  preempt_disable(a);
  preempt_disable(a);
  t.deepEqual([preempt_count(a), preempt_count(b)], [2, 0]);
  preempt_enable(a);
  t.is(preempt_count(a), 1);
});

test('the 256th section overflows the field', (t) => {
  const [cpu] = boot().cpus;
  for (let i = 0; i < 255; i++) preempt_disable(cpu);
  t.is(preempt_count(cpu), 255);
  t.true(isAbandoned(() => preempt_disable(cpu)));
  t.is(look(cpu).activity, ACTIVITY.DEAD);
});
