/** Searches rows, one after another, in a thread of its own, which searchThreads.ts starts and ends. */

import { parentPort, workerData } from 'node:worker_threads';
import { guarded } from '../../harness/host/guarded.js';
import { HOST_PLACE } from '../../harness/host/hostPlace.js';
import { loadRace } from '../../harness/host/loadRace.js';
import { mutantsOf, withMutants } from '../../race/mutants.js';
import type { NamedRace } from '../namedRace.js';
import { UsageError } from '../usageError.js';
import { searchRow } from './searchRow.js';
import type { FromSearchThread, SearchThreadData, SearchTask } from './searchThreads.js';
import { SharedLimit } from './sharedLimit.js';

const { thread, memory } = workerData as SearchThreadData;
const limit = new SharedLimit(memory, thread);
const interrupts = new AbortController();

function say(message: FromSearchThread): void {
  parentPort?.postMessage(message);
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) say({ usage: message });
  else say({ fault: error instanceof Error ? (error.stack ?? message) : message });
}

async function load({ url, typed, request: { variant } }: SearchTask): Promise<NamedRace> {
  const { race } = await loadRace(url);
  return { url, typed, race: Object.hasOwn(mutantsOf(race), variant) ? withMutants(race) : race };
}

async function search(task: SearchTask): Promise<void> {
  const { signal } = interrupts;
  const named = await load(task);
  const found = await limit.within(
    task.number,
    signal,
    async (hooks) => await searchRow(named, task.request, { ...hooks, signal }),
  );
  say({ found });
}

parentPort?.on(
  'message',
  guarded((task: SearchTask | null) => {
    if (task === null) interrupts.abort();
    else search(task).catch(fail);
  }, fail),
);
say({ place: HOST_PLACE });
