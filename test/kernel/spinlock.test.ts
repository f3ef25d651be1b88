/**
 * Goal: spinlocks exclude, forbid preemption while they are held, bring back the interrupt state that they found, and kill
 * whoever unlocks what it does not hold.
 * Method: two CPUs of one thread. How a lock waits is in test/machine/lock.test.ts.
 */
import test from 'ava';
import { IRQS_DISABLED } from '../../lib/machine/irq.js';
import { preempt_count } from '../../lib/kernel/preempt.js';
import { irqs_disabled, local_irq_disable } from '../../lib/kernel/irqflags.js';
import {
  lockdep_is_held,
  spin_lock,
  spin_lock_irqsave,
  spin_trylock,
  spin_unlock,
  spin_unlock_irqrestore,
} from '../../lib/kernel/spinlock.js';
import { hasFailed } from '../../lib/machine/outcome.js';
import { boot, isAbandoned, look } from '../machine/boot.js';

test('a lock forbids preemption, once for each one held', (t) => {
  const { cpus, at } = boot();
  const [cpu] = cpus;
  spin_lock(cpu, at);
  spin_lock(cpu, at + 1);
  t.is(preempt_count(cpu), 2);
  spin_unlock(cpu, at);
  t.is(preempt_count(cpu), 1);
  spin_unlock(cpu, at + 1);
  t.is(preempt_count(cpu), 0);
});

test('held is what this CPU holds', (t) => {
  const { cpus, at } = boot();
  spin_lock(cpus[0], at);
  t.true(lockdep_is_held(cpus[0], at));
  t.false(lockdep_is_held(cpus[1], at));
  t.false(lockdep_is_held(cpus[0], at + 1));
});

test('a trylock that fails leaves nothing behind', (t) => {
  const { cpus, at } = boot();
  const [a, b] = cpus;
  t.true(spin_trylock(a, at));
  t.false(spin_trylock(b, at));
  t.deepEqual([preempt_count(a), preempt_count(b)], [1, 0]);
  t.deepEqual(look(b).held, []);
  spin_unlock(a, at);
  t.true(spin_trylock(b, at));
});

test('irqsave takes the lock with interrupts off, and restores what it found', (t) => {
  const { cpus, mem, at } = boot();
  const [cpu] = cpus;
  const flags = spin_lock_irqsave(cpu, at);
  t.true(irqs_disabled(cpu));
  t.true(look(cpu).held[0].irqsOff);
  const inner = spin_lock_irqsave(cpu, at + 1);
  spin_unlock_irqrestore(cpu, at + 1, inner);
  t.true(irqs_disabled(cpu), 'the outer section still has them off');
  spin_unlock_irqrestore(cpu, at, flags);
  t.is(mem[cpu.irqOff], 0);
  local_irq_disable(cpu);
  spin_unlock_irqrestore(cpu, at, spin_lock_irqsave(cpu, at));
  t.is(mem[cpu.irqOff], IRQS_DISABLED);
  t.is(preempt_count(cpu), 0);
});

test('I19: an unlock by another CPU kills it', (t) => {
  const { cpus, at } = boot();
  spin_lock(cpus[0], at);
  t.true(isAbandoned(() => spin_unlock(cpus[1], at)));
  t.true(hasFailed(cpus[0]));
  t.true(lockdep_is_held(cpus[0], at));
});
