/**
 * Goal: interrupts are off between save and restore, however deep, and in a handler; nothing that comes meanwhile is lost.
 * Method: one CPU masks, another posts.
 */
import test from 'ava';
import { READ_ONCE } from '../../lib/machine/access.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { send } from '../../lib/machine/ipi.js';
import { IN_HARDIRQ, IN_HYPERVISOR } from '../../lib/machine/irq.js';
import {
  in_interrupt,
  irqs_disabled,
  local_irq_disable,
  local_irq_enable,
  local_irq_restore,
  local_irq_save,
} from '../../lib/kernel/irqflags.js';
import { boot } from '../machine/boot.js';

test('sections nest', (t) => {
  const [cpu] = boot().cpus;
  t.false(irqs_disabled(cpu));
  const outer = local_irq_save(cpu);
  const inner = local_irq_save(cpu);
  local_irq_restore(cpu, inner);
  t.true(irqs_disabled(cpu));
  local_irq_restore(cpu, outer);
  t.false(irqs_disabled(cpu));
});

test('disable and enable do not nest', (t) => {
  const [cpu] = boot().cpus;
  local_irq_disable(cpu);
  local_irq_disable(cpu);
  t.true(irqs_disabled(cpu));
  local_irq_enable(cpu);
  t.false(irqs_disabled(cpu));
});

test('the flags are the mask alone, whatever else keeps interrupts away', (t) => {
  const { cpus, mem } = boot();
  const [cpu] = cpus;
  mem[cpu.irqOff] = IN_HARDIRQ | IN_HYPERVISOR;
  const flags = local_irq_save(cpu);
  t.is(flags, 0);
  local_irq_restore(cpu, flags);
  t.is(mem[cpu.irqOff], IN_HARDIRQ | IN_HYPERVISOR);
  t.true(in_interrupt(cpu));
  t.true(irqs_disabled(cpu));
  mem[cpu.irqOff] = IN_HYPERVISOR;
  t.false(irqs_disabled(cpu), 'the guest does not see that it is in the hypervisor');
});

test('what comes in a section is taken behind it', (t) => {
  const contexts: boolean[] = [];
  const handler = (cpu: Cpu): void => void contexts.push(in_interrupt(cpu), irqs_disabled(cpu));
  const { cpus, at } = boot({ interrupts: [handler] });
  const [a, b] = cpus;
  const flags = local_irq_save(a);
  send(b, 1, 0, handler, 0, false);
  READ_ONCE(a, at);
  t.deepEqual(contexts, []);
  local_irq_restore(a, flags);
  READ_ONCE(a, at);
  t.deepEqual(contexts, [true, true]);
  t.false(in_interrupt(a));
});
