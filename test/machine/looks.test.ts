/**
 * Goal: a CPU that waits looks away from the word between two looks, and a request of it ends that. It looks early whether its wait can end
 * where its last one could not.
 * Method: one CPU looks away, with and without a request; what it counts is an iteration's share of the spin budget. Deadlocks are
 * made by hand.
 */
import test from 'ava';
import { findCycle } from '../../lib/machine/cycle.js';
import { IRR_MAILBOX } from '../../lib/machine/irq.js';
import { acquire, release } from '../../lib/machine/lock.js';
import { FIRST_LOOK, firstLook, lookAway } from '../../lib/machine/looks.js';
import { WAIT, publishWait } from '../../lib/machine/wait.js';
import { EVERY_BOUNDARY, boot } from './boot.js';

test('looking away touches nothing, and counts for several iterations, but for a CPU of which something is requested', (t) => {
  const { cpus, mem } = boot();
  const before = mem.slice();
  t.true(lookAway(cpus[0]) > 1);
  t.deepEqual(mem, before);
  mem[cpus[0].irr] = IRR_MAILBOX;
  t.is(lookAway(cpus[0]), 1);
  t.true(lookAway(cpus[1]) > 1);
});

test('a CPU that has proved its wait to have no end looks sooner in the next one, until one has ended', (t) => {
  const machine = boot({ words: 3 });
  const { cpus, mem, at } = machine;
  const [prover, other] = cpus;
  t.is(firstLook(prover), FIRST_LOOK);
  for (const { id } of cpus) acquire(cpus[id], at + id);
  for (const cpu of cpus) publishWait(cpu, WAIT.LOCK, at + 1 - cpu.id);
  t.true(findCycle(prover));
  t.true(firstLook(prover) < FIRST_LOOK);
  t.is(firstLook(other), FIRST_LOOK);
  mem[prover.outcome] = 0;
  for (const cpu of cpus) publishWait(cpu, WAIT.RUN, 0);
  mem[prover.irr] = EVERY_BOUNDARY;
  machine.atBoundaries(prover, (n) => {
    if (n === 3) release(other, at + 1);
  });
  acquire(prover, at + 1);
  t.is(firstLook(prover), FIRST_LOOK);
});
