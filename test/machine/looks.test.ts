/**
 * Goal: a CPU that waits looks away from the word between two looks, and a request of it ends that.
 * Method: one CPU looks away, with and without a request; what it counts is an iteration's share of the spin budget.
 */
import test from 'ava';
import { IRR_MAILBOX } from '../../lib/machine/irq.js';
import { lookAway } from '../../lib/machine/looks.js';
import { boot } from './boot.js';

test('looking away touches nothing, and counts for several iterations, but for a CPU of which something is requested', (t) => {
  const { cpus, mem } = boot();
  const before = mem.slice();
  t.true(lookAway(cpus[0]) > 1);
  t.deepEqual(mem, before);
  mem[cpus[0].irr] = IRR_MAILBOX;
  t.is(lookAway(cpus[0]), 1);
  t.true(lookAway(cpus[1]) > 1);
});
