/**
 * Goal: a CPU that polls takes calls and polled lines although interrupts are off, nowhere else; its wait says so, and nobody
 * counts it as one that cannot answer.
 * Method: CPUs in one thread; one posts, the other polls.
 */
import test from 'ava';
import { local_irq_restore, local_irq_save } from '../../lib/kernel/irqflags.js';
import { raiseInterrupt } from '../../lib/kernel/interrupts.js';
import { beginPolling, endPolling, pollCalls } from '../../lib/kernel/polling.js';
import { smp_call_function_single } from '../../lib/kernel/smp.js';
import { spin_lock, spin_unlock } from '../../lib/kernel/spinlock.js';
import { READ_ONCE } from '../../lib/machine/access.js';
import { kernelFunction } from '../../lib/machine/callStack.js';
import { provenCycle } from '../../lib/machine/cycle.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { post, send } from '../../lib/machine/ipi.js';
import type { InterruptLine } from '../../lib/machine/lineTable.js';
import { WAIT, waitKind, waitsWithIrqsOff } from '../../lib/machine/wait.js';
import { boot, isAbandoned, look, snapshotOf } from '../machine/boot.js';

const runs: string[] = [];

function called(cpu: Cpu): void {
  runs.push(`call on ${cpu.id}`);
  pollCalls(cpu);
}

function line(name: string, polled: boolean): InterruptLine {
  const handler = (cpu: Cpu): void => {
    runs.push(`${name} on ${cpu.id}`);
    pollCalls(cpu);
  };
  return { name, kind: 'hardirq', priority: 1, polled, storm: 0, fn: kernelFunction(name).id, handler };
}

function bootPolling(): ReturnType<typeof boot> {
  runs.length = 0;
  return boot({ interrupts: [called], lines: [line('tlb', true), line('disk', false)] });
}

test.serial('pollCalls takes calls and polled lines with interrupts off; other lines wait', (t) => {
  const { cpus, at } = bootPolling();
  const [a, b] = cpus;
  const flags = local_irq_save(b);
  send(a, 2, 0, called, 0, false);
  raiseInterrupt(a, 'tlb', { on: 1 });
  raiseInterrupt(a, 'disk', { on: 1 });
  READ_ONCE(b, at);
  t.deepEqual(runs, []);
  pollCalls(b);
  t.deepEqual(runs, ['call on 1', 'tlb on 1']);
  READ_ONCE(b, at);
  t.is(runs.length, 2);
  local_irq_restore(b, flags);
  READ_ONCE(b, at);
  t.is(runs[2], 'disk on 1');
  t.is(look(b).context, 0);
});

for (const polls of [false, true]) {
  test.serial(
    `a wait for a lock with interrupts off ${polls ? 'takes calls, and is no member' : 'is a member'} of a cycle`,
    (t) => {
      const { cpus, at, atBoundaries } = bootPolling();
      const [a, b] = cpus;
      spin_lock(a, at);
      const flags = local_irq_save(b);
      if (polls) beginPolling(b);
      const seen: boolean[] = [];
      atBoundaries(b, (n) => {
        if (waitKind(look(b).wait) !== WAIT.LOCK || n < 8) return;
        if (runs.length === 0 && seen.length === 0) {
          post(a, 2, 0, called, 0, true);
          seen.push(waitsWithIrqsOff(look(b).wait));
          return;
        }
        // As if CPU 0 waited for the answer with the lock held.
        seen.push(provenCycle(b, 1) >= 0);
        spin_unlock(a, at);
      });
      spin_lock(b, at);
      t.deepEqual(seen, [!polls, false]);
      t.deepEqual(runs, polls ? ['call on 1'] : []);
      spin_unlock(b, at);
      if (polls) endPolling(b);
      local_irq_restore(b, flags);
    },
  );
}

test.serial('waiting for an IPI with interrupts off is a failure, but not of a race that polls', (t) => {
  const machine = bootPolling();
  const [a, b] = machine.cpus;
  const wait = (cpu: Cpu): void => {
    const flags = local_irq_save(cpu);
    machine.atBoundaries(cpu, () => READ_ONCE(b, machine.at));
    smp_call_function_single(cpu, 1, called, 0, true);
    local_irq_restore(cpu, flags);
  };
  Object.assign(a, { polls: true });
  wait(a);
  t.is(machine.mem[a.outcome], 0);
  Object.assign(a, { polls: false });
  wait(a);
  t.is(snapshotOf(machine, 'ipi-wait-irqs-off').cpu, 0);
});

test.serial('polling that is begun twice, ended unbegun or left begun is unbalanced', (t) => {
  const [a, b] = bootPolling().cpus;
  beginPolling(a);
  t.true(isAbandoned(() => beginPolling(a)));
  t.true(isAbandoned(() => endPolling(b)));
});
