/**
 * Goal: a thread that cannot be ended holds its process up once: who waits for it later waits less.
 * Method: stand-ins for threads that never end; of two waits that begin together the one for a thread that was waited for ends first.
 */
import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import test from 'ava';
import { LiveThreads } from '../../../lib/harness/host/liveThreads.js';

const threads = (...workers: readonly EventEmitter[]): LiveThreads => {
  const live = new LiveThreads();
  for (const worker of workers) live.add(worker as Worker);
  return live;
};
const wait = async (live: LiveThreads): Promise<void> => live.until(() => live.size === 0);

test('a thread that has outlasted a wait is not waited for as long again', async (t) => {
  const stuck = new EventEmitter();
  await wait(threads(stuck));
  const ended: string[] = [];
  await Promise.all([
    wait(threads(new EventEmitter())).then(() => ended.push('a new one')),
    wait(threads(stuck, new EventEmitter())).then(() => ended.push('with a new one')),
    wait(threads(stuck)).then(() => ended.push('the stuck one')),
  ]);
  t.is(ended[0], 'the stuck one');
});

test('a wait is over as soon as the last thread has ended', async (t) => {
  const worker = new EventEmitter();
  const live = threads(worker);
  const over = wait(live);
  worker.emit('exit');
  await over;
  t.is(live.size, 0);
});

test('what a condition throws when a thread ends goes to the one that waits', async (t) => {
  const workers = [new EventEmitter(), new EventEmitter()];
  const live = threads(...workers);
  const broken = live.until(() => {
    if (live.size < 2) throw new Error('the condition broke');
    return false;
  });
  const over = wait(live);
  for (const worker of workers) t.notThrows(() => worker.emit('exit'));
  await t.throwsAsync(broken, { message: 'the condition broke' });
  await over;
});
