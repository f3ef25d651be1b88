/**
 * Goal: every CPU has its own copy of a per-CPU variable, none shares a cache line, and all threads agree on the places.
 * Method: variables are declared, linked twice and written through both ways of naming them.
 */
import test from 'ava';
import { DEFINE_PER_CPU, linkPerCpuAreas, per_cpu_ptr, this_cpu_ptr } from '../../lib/kernel/percpu.js';
import { LINE_WORDS } from '../../lib/sharedarraybuffer-utils/index.js';
import { boot } from '../machine/boot.js';

// Beside each other in the order of names, whatever other tests of this thread declare.
const zebra = DEFINE_PER_CPU('test_percpu_zebra', 1);
const aardvark = DEFINE_PER_CPU('test_percpu_aardvark', 17);

test('places follow from the names, each on lines of its own', (t) => {
  const words = linkPerCpuAreas();
  const places = [aardvark.offset, zebra.offset];
  t.is(zebra.offset - aardvark.offset, 2 * LINE_WORDS);
  t.true(places.every((at) => at % LINE_WORDS === 0 && at >= 0));
  t.true(zebra.offset + LINE_WORDS <= words);
  t.is(linkPerCpuAreas(), words);
  t.deepEqual([aardvark.offset, zebra.offset], places);
});

test('each CPU has its own copy, which others can name', (t) => {
  const { cpus, mem } = boot({ cpus: 3 });
  for (const cpu of cpus) mem[this_cpu_ptr(cpu, zebra)] = 10 + cpu.id;
  for (const cpu of cpus) {
    t.deepEqual(
      [0, 1, 2].map((id) => mem[per_cpu_ptr(cpu, zebra, id)]),
      [10, 11, 12],
    );
    t.is(per_cpu_ptr(cpu, zebra, cpu.id), this_cpu_ptr(cpu, zebra));
  }
});

test('a name is declared once', (t) => {
  t.throws(() => DEFINE_PER_CPU('test_percpu_zebra', 1), { message: /declared twice/ });
});
