/**
 * Goal: flush_tlb_page takes the translations of every CPU of the mask before it returns: by the hypervisor without them
 * taking part, by interrupts only when each has taken its own.
 * Method: CPUs of one thread with a translation each; with interrupts, the others go on at the flusher's boundaries.
 */
import test from 'ava';
import { READ_ONCE } from '../../lib/machine/access.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { preempt_count } from '../../lib/kernel/preempt.js';
import { local_irq_disable, local_irq_enable } from '../../lib/kernel/irqflags.js';
import { tlbFill, tlbLookup } from '../../lib/mm/tlb.js';
import { flush_tlb_func, flush_tlb_page } from '../../lib/mm/tlbFlush.js';
import { boot, look, type Machine } from '../machine/boot.js';

/** CPUs that each have a translation of page 100; the mask is word 0. */
function bootCaching(mask: number): Machine {
  const machine = boot({ cpus: 4, interrupts: [flush_tlb_func] });
  machine.mem[machine.at] = mask;
  for (const cpu of machine.cpus) {
    tlbLookup(cpu, 100);
    tlbFill(cpu, 100, 0x5003);
  }
  return machine;
}

function caching({ cpus }: Machine): number[] {
  return cpus.filter((cpu: Cpu) => tlbLookup(cpu, 100) !== 0).map((cpu) => cpu.id);
}

test('by hypercall: at once, with no interrupt', (t) => {
  const machine = bootCaching(0b1011);
  flush_tlb_page(machine.cpus[0], machine.at, machine.at, 'hypercall');
  t.deepEqual(caching(machine), [2]);
  for (const cpu of machine.cpus) t.false(look(cpu).records.some((r) => r.op === 'irq_enter'));
});

test('by interrupt: returns when every CPU of the mask has taken its own', (t) => {
  const machine = bootCaching(0b1011);
  const { cpus, at } = machine;
  for (const cpu of cpus.slice(1)) local_irq_disable(cpu);
  const stillCaching: number[][] = [];
  machine.atBoundaries(cpus[0], (n) => {
    if (n === 40 || n === 60) local_irq_enable(cpus[n === 40 ? 3 : 1]);
    if (n !== 45 && n !== 65) return;
    for (const cpu of cpus.slice(1)) READ_ONCE(cpu, at);
    stillCaching.push(caching(machine));
  });
  flush_tlb_page(cpus[0], at, at, 'ipi');
  t.deepEqual(stillCaching, [[1, 2], [2]]);
  t.deepEqual(caching(machine), [2]);
  t.is(preempt_count(cpus[0]), 0);
});

for (const backEnd of ['ipi', 'hypercall'] as const) {
  test(`${backEnd}: a mask of the own CPU needs nobody else`, (t) => {
    const machine = bootCaching(0b0100);
    flush_tlb_page(machine.cpus[2], machine.at, machine.at, backEnd);
    t.deepEqual(caching(machine), [0, 1, 3]);
  });

  test(`${backEnd}: a flusher that does not use the mm keeps its translations`, (t) => {
    const machine = bootCaching(0b0010);
    machine.atBoundaries(machine.cpus[0], () => READ_ONCE(machine.cpus[1], machine.at));
    flush_tlb_page(machine.cpus[0], machine.at, machine.at, backEnd);
    t.deepEqual(caching(machine), [0, 2, 3]);
  });

  test(`${backEnd}: an empty mask flushes nothing`, (t) => {
    const machine = bootCaching(0);
    flush_tlb_page(machine.cpus[1], machine.at, machine.at, backEnd);
    t.deepEqual(caching(machine), [0, 1, 2, 3]);
    t.deepEqual(look(machine.cpus[1]).frames, []);
  });
}
