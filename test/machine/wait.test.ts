/**
 * Goal: one word says what a CPU waits for, and no two waits of a CPU that follow each other have the same word.
 * Method: records are published and read back, for every kind and at the ends of each field.
 */
import test from 'ava';
import { IRQS_DISABLED, IN_HARDIRQ } from '../../lib/machine/irq.js';
import { WAIT, publishWait, waitKind, waitObject, waitsWithIrqsOff } from '../../lib/machine/wait.js';
import { boot } from './boot.js';

test('a record gives back kind, object and interrupt state', (t) => {
  const { cpus, mem } = boot();
  const [cpu] = cpus;
  for (const kind of Object.values(WAIT)) {
    for (const object of [0, 1, 0x8000, 0xffff, 0x10000, 0x3ffff]) {
      for (const off of [0, IRQS_DISABLED, IN_HARDIRQ]) {
        mem[cpu.irqOff] = off;
        publishWait(cpu, kind, object);
        const record = mem[cpu.wait];
        t.deepEqual([waitKind(record), waitObject(record), waitsWithIrqsOff(record)], [kind, object, off !== 0]);
      }
    }
  }
});

test('the sequence tells equal waits apart, until it comes round', (t) => {
  const { cpus, mem } = boot();
  const seen = new Set<number>();
  for (let i = 0; i < 2 ** 11; i++) {
    publishWait(cpus[0], WAIT.LOCK, 0x3ffff);
    seen.add(mem[cpus[0].wait]);
  }
  t.is(seen.size, 2 ** 11);
  publishWait(cpus[0], WAIT.LOCK, 0x3ffff);
  t.true(seen.has(mem[cpus[0].wait]));
  t.is(waitObject(mem[cpus[0].wait]), 0x3ffff);
});
