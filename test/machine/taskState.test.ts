/**
 * Goal: a task takes the locks along that it holds when it changes its CPU, with their classes, and finds none of another task.
 * Method: the states of two CPUs of one thread are exchanged as migration.ts does.
 */
import test from 'ava';
import { mutex_lock, mutex_unlock } from '../../lib/kernel/mutex.js';
import { heldClasses } from '../../lib/machine/heldClasses.js';
import { CPU } from '../../lib/machine/layout.js';
import { boot } from './boot.js';

test('the locks that a task holds go with it', (t) => {
  const { cpus, mem, at } = boot({ lockNames: (offset) => `lock${offset}` });
  const [a, b] = cpus;
  mutex_lock(a, at);
  mutex_lock(a, at + 1);
  mutex_lock(b, at + 2);
  const [ofA, ofB] = [heldClasses(a), heldClasses(b)];
  a.task.save(mem, a.block);
  b.task.save(mem, b.block);
  a.task.restore(mem, b.block);
  b.task.restore(mem, a.block);
  t.is(mem[a.block + CPU.held], 1);
  t.is(mem[b.block + CPU.held], 2);
  t.deepEqual([heldClasses(b), heldClasses(a)], [ofA, ofB]);
  a.become(1);
  mutex_unlock(a, at);
  mutex_unlock(a, at + 1);
  t.is(mem[a.block + CPU.held], 0);
  t.is(heldClasses(a), 0);
});
