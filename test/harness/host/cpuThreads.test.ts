/**
 * Goal: threads that are started early become those of the first pool of their size, and are ended where that has another.
 * Method: the workers that this thread has started, as Node tells it, beside those of the pools.
 */
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import test from 'ava';
import type { Piscina } from 'piscina';
import { startEarly, takeThreads } from '../../../lib/harness/host/cpuThreads.js';

const started: Worker[] = [];
const note = (worker: Worker): void => void started.push(worker);
process.on('worker', note);
test.after.always(() => void process.off('worker', note));

/** Workers that were started since the last call. Node tells it a moment later. */
async function newWorkers(): Promise<Worker[]> {
  await setImmediate();
  return started.splice(0);
}

async function ended(pool: Piscina): Promise<void> {
  const workers = pool.threads.map((worker) => once(worker, 'exit'));
  await pool.destroy();
  await Promise.all(workers);
}

test.serial('the first pool of their size has them, the next one its own', async (t) => {
  // Other files have their tests in this thread as well.
  await newWorkers();
  startEarly(2);
  startEarly(2);
  const early = await newWorkers();
  t.is(early.length, 2);
  const first = takeThreads(2);
  t.deepEqual([...first.threads], early);
  t.deepEqual(await newWorkers(), []);
  const second = takeThreads(2);
  t.deepEqual([...second.threads], await newWorkers());
  t.is(second.threads.length, 2);
  await Promise.all([ended(first), ended(second)]);
});

test.serial('they are ended where the first pool has another size', async (t) => {
  // Other files have their tests in this thread as well.
  await newWorkers();
  startEarly(2);
  const exits = (await newWorkers()).map((worker) => once(worker, 'exit'));
  const pool = takeThreads(3);
  t.is((await Promise.all(exits)).length, 2);
  t.deepEqual([...pool.threads], await newWorkers());
  t.is(pool.threads.length, 3);
  await ended(pool);
});
