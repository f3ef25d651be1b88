/** Goal: the stack of a thread in an endless loop can be read while it loops. Method: such a thread, which is ended then. */
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import test from 'ava';
import { workerStack } from '../../lib/harness/workerStack.js';

test.serial('a thread that loops for ever is caught where it loops', async (t) => {
  const code =
    "require('node:worker_threads').parentPort.postMessage('loops'); function loopForEver() { for (;;); } loopForEver();";
  const worker = new Worker(code, { eval: true });
  await once(worker, 'message');
  const stack = workerStack(worker.threadId);
  t.regex(stack.join('\n'), /at loopForEver/);
  const { threadId } = worker;
  await worker.terminate();
  t.deepEqual(workerStack(threadId), []);
});
