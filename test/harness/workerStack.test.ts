/**
 * Goal: the stack of a thread can be read while it loops or sleeps, with the frames of packages, and the reader's event loop goes on.
 * Method: such threads, which are ended then.
 */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import test, { type ExecutionContext } from 'ava';
import { workerStack } from '../../lib/harness/workerStack.js';

const SAY = "require('node:worker_threads').parentPort.postMessage('begun');";

/** The stack of a thread that runs the code, and how many turns the event loop made until it was there. */
async function stackOf(t: ExecutionContext, code: string): Promise<{ stack: string; turns: number; worker: Worker }> {
  const worker = new Worker(`${SAY} ${code}`, { eval: true });
  t.teardown(() => worker.terminate());
  await once(worker, 'message');
  const stack = workerStack(worker.threadId);
  for (let turns = 0; ; turns++) {
    const frames = await Promise.race([stack, setImmediate(null)]);
    if (frames !== null) return { stack: frames.join('\n'), turns, worker };
  }
}

test.serial('a thread that loops for ever is caught where it loops, and the caller is not held up', async (t) => {
  const { stack, turns, worker } = await stackOf(t, 'function loopForEver() { for (;;); } loopForEver();');
  t.regex(stack, /^at loopForEver /);
  t.notRegex(stack, /node:internal/);
  t.true(turns > 1, `${turns} turns`);
  const { threadId } = worker;
  await worker.terminate();
  t.deepEqual(await workerStack(threadId), []);
});

test.serial('a thread that sleeps is asked for its stack as well, and sleeps on', async (t) => {
  const word = new Int32Array(new SharedArrayBuffer(4));
  const code = `
    const word = require('node:worker_threads').workerData;
    function sleepForEver() { Atomics.store(word, 0, 1); Atomics.wait(word, 0, 1); }
    sleepForEver();`;
  const worker = new Worker(`${SAY} ${code}`, { eval: true, workerData: word });
  t.teardown(() => worker.terminate());
  await once(worker, 'message');
  t.regex((await workerStack(worker.threadId)).join('\n'), /^at sleepForEver /);
  t.regex((await workerStack(worker.threadId)).join('\n'), /^at sleepForEver /);
});

test.serial('the frames of a package are kept: the race calls it, and it is what loops', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'racehammer-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const inPackage = join(folder, 'node_modules', 'some-queue');
  mkdirSync(inPackage, { recursive: true });
  writeFileSync(join(inPackage, 'index.js'), 'module.exports.pop = function pop() { for (;;); };');
  const { stack } = await stackOf(
    t,
    `function consumer() { require(${JSON.stringify(inPackage)}).pop(); } consumer();`,
  );
  t.regex(stack, /^at .*pop \(.*node_modules.*some-queue.*:1:\d+\)\nat consumer /);
});
