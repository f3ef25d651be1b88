/**
 * Goal: the map of a machine follows from the race alone, whatever else its process has loaded.
 * Method: the size of a CPU's area before and after all models of the package are loaded.
 */
import test from 'ava';
import { DEFINE_PER_CPU, linkPerCpuAreas } from '../../lib/kernel/percpu.js';

test('a variable with the name of one of a model has its size', (t) => {
  t.throws(() => DEFINE_PER_CPU('task_struct', 3), {
    message: /task_struct has 3 words; another one of this name has 2/,
  });
});

test('loading models changes no place', async (t) => {
  const before = linkPerCpuAreas();
  await import('../../lib/sdk/mm.js');
  await import('../../lib/sdk/paravirt.js');
  await import('../../lib/sdk/ppc64.js');
  await import('../../lib/sdk/xen.js');
  t.is(linkPerCpuAreas(), before);
  t.throws(() => DEFINE_PER_CPU('cr3', 1), { message: /cr3 is declared twice/ });
});
