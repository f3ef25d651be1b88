/**
 * Goal: the stack of a thread can be read while it loops or sleeps, with the frames of packages, and the reader's event loop goes on.
 * Method: such threads, which are ended then.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import test, { type ExecutionContext } from 'ava';
import { workerStack } from '../../../lib/harness/watch/workerStack.js';

/** A busy host. */
const PATIENT_MS = 30_000;

/** A thread that runs the code, once that has called `here()`. */
async function begin(t: ExecutionContext, code: string): Promise<Worker> {
  const word = new Int32Array(new SharedArrayBuffer(4));
  const start = "const word = require('node:worker_threads').workerData; const here = () => Atomics.store(word, 0, 1);";
  const worker = new Worker(`${start} ${code}`, { eval: true, workerData: word });
  t.teardown(() => worker.terminate());
  while (Atomics.load(word, 0) === 0) await setImmediate();
  return worker;
}

/** Its stack, and how many turns the event loop made until it was there. */
async function stackOf(worker: Worker): Promise<{ stack: string; turns: number }> {
  const stack = workerStack(worker.threadId, PATIENT_MS);
  for (let turns = 0; ; turns++) {
    const frames = await Promise.race([stack, setImmediate(null)]);
    if (frames !== null) return { stack: frames.join('\n'), turns };
  }
}

test.serial('a thread that loops for ever is caught where it loops, and the caller is not held up', async (t) => {
  const worker = await begin(t, 'function loopForEver() { here(); for (;;); } loopForEver();');
  const { stack, turns } = await stackOf(worker);
  t.regex(stack, /^at loopForEver /);
  t.notRegex(stack, /node:internal/);
  t.true(turns > 1, `${turns} turns`);
  const { threadId } = worker;
  await worker.terminate();
  t.deepEqual(await workerStack(threadId, 1), []);
});

test.serial('a thread that sleeps is asked for its stack as well, and sleeps on', async (t) => {
  const worker = await begin(t, 'function sleepForEver() { here(); Atomics.wait(word, 0, 1); } sleepForEver();');
  for (let times = 0; times < 2; times++) t.regex((await stackOf(worker)).stack, /^at sleepForEver /);
});

test.serial('a thread that is not waited for any longer can be ended, whenever that is', async (t) => {
  for (const waitMs of [1, 20, 60, 200]) {
    const worker = await begin(t, 'here(); for (;;);');
    await workerStack(worker.threadId, waitMs);
    await t.notThrowsAsync(worker.terminate());
  }
});

test.serial('the frames of a package are kept: the race calls it, and it is what loops', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'racehammer-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const inPackage = join(folder, 'node_modules', 'some-queue');
  mkdirSync(inPackage, { recursive: true });
  writeFileSync(join(inPackage, 'index.js'), 'module.exports.pop = function pop(here) { here(); for (;;); };');
  const worker = await begin(t, `function consumer() { require(${JSON.stringify(inPackage)}).pop(here); } consumer();`);
  const { stack } = await stackOf(worker);
  t.regex(stack, /^at .*pop \(.*node_modules.*some-queue.*:1:\d+\)\nat consumer /);
});
