/** Searches many rows side by side, each core another one. Called by proveRows.ts, while nothing is hammered. */

import { Worker } from 'node:worker_threads';
import { guarded } from '../../harness/host/guarded.js';
import { HostPlaceWatch, HOST_PLACE_MS_MAX } from '../../harness/host/hostPlaceWatch.js';
import { leaveThread } from '../../harness/host/leftThreads.js';
import { LiveThreads } from '../../harness/host/liveThreads.js';
import { every } from '../../harness/host/timers.js';
import { BESIDE_LIMITS, type ExploreRequest } from '../exploreRequest.js';
import { formatDuration } from '../duration.js';
import { UsageError } from '../usageError.js';
import { searchOf, searchRow, type RowFound, type RowRefused } from './searchRow.js';
import { SharedLimit, sharedLimitFor, type SharedLimitData } from './sharedLimit.js';

import type { ReadyRow } from '../rows.js';

/** What a thread is started with. */
export interface SearchThreadData {
  readonly thread: number;
  readonly memory: SharedLimitData;
}

/** What a thread is sent: a row; or null, which interrupts its search. */
export interface SearchTask {
  readonly url: string;
  readonly typed: string;
  readonly request: ExploreRequest;
  /** From 1 on, in the order in which rows are begun. */
  readonly number: number;
}

/** What a thread sends: where it is in code of races, what it has found, or what was wrong. */
export type FromSearchThread =
  | { readonly place: SharedArrayBuffer }
  | { readonly found: RowFound | RowRefused }
  | { readonly usage: string }
  | { readonly fault: string };

/** What the caller sees and controls. */
export interface RowSearchHooks {
  /** Ends the searches, with what they know. */
  readonly signal: AbortSignal;
  /** Called when a row has been searched. */
  readonly onEnd: (row: ReadyRow, found: RowFound | RowRefused) => void;
}

const LOOK_EVERY_MS = 100;
/** Rows that have been searched by then need no other thread: to start one takes as long. */
const ALONE_MS = 300;

/** Gives the next row, with its number from 1 on; null if none is left. */
type NextRow = () => readonly [ReadyRow, number] | null;

/** Searches the rows on `cores` cores: on this thread, and soon in others. Rows that an interrupt left out have no end. */
export async function searchSideBySide(
  rows: readonly ReadyRow[],
  cores: number,
  hooks: RowSearchHooks,
  aloneMs = ALONE_MS,
): Promise<void> {
  // Those with many CPUs take the longest: none of them should be the last.
  const queue = rows.toSorted((one, other) => other.request.plan.cpus - one.request.plan.cpus);
  const memory = sharedLimitFor(cores, BESIDE_LIMITS.bytes);
  const others: SearchThread[] = [];
  let begun = 0;
  const next: NextRow = () => {
    const isOver = hooks.signal.aborted || others.some(({ hasFailed }) => hasFailed);
    const row = isOver ? undefined : queue.at(begun);
    return row === undefined ? null : [row, ++begun];
  };
  const onInterrupt = guarded(
    () => others.forEach((other) => other.interrupt()),
    (error) => others.forEach((other) => other.fail(error)),
  );
  hooks.signal.addEventListener('abort', onInterrupt);
  try {
    const startMs = performance.now();
    const here = searchHere(next, new SharedLimit(memory, 0), hooks, () => {
      if (performance.now() - startMs < aloneMs) return;
      for (let thread = others.length + 1; thread < Math.min(cores, 1 + queue.length - begun); thread++)
        others.push(new SearchThread({ thread, memory }, next, hooks));
    });
    await here;
    await Promise.all(others.map(async ({ end }) => await end));
  } finally {
    hooks.signal.removeEventListener('abort', onInterrupt);
    await leave(others);
  }
}

/** Ends the threads, whatever they do. What has not ended soon is in a call that stays in the kernel. */
async function leave(threads: readonly SearchThread[]): Promise<void> {
  const live = new LiveThreads();
  for (const thread of threads) live.add(thread.terminate());
  await live.until(() => live.size === 0);
  for (const worker of live) leaveThread(worker);
}

/** Searches on this thread, as long as rows are left. `pausing` is called now and then. */
async function searchHere(
  next: NextRow,
  limit: SharedLimit,
  { signal, onEnd }: RowSearchHooks,
  pausing: () => void,
): Promise<void> {
  for (let taken = next(); taken !== null; taken = next()) {
    const [row, number] = taken;
    const found = await limit.within(number, signal, async (hooks) => {
      const pause = async (): Promise<void> => {
        pausing();
        await hooks.pause();
      };
      return await searchRow(row, searchOf(row), { ...hooks, signal, pause });
    });
    onEnd(row, found);
  }
}

/** One thread, which takes one row after another. */
export class SearchThread {
  /** Settles when no row is left, rejects with what is wrong. */
  readonly end: Promise<void>;
  readonly #worker: Worker;
  readonly #next: NextRow;
  readonly #hooks: RowSearchHooks;
  #row: ReadyRow | null = null;
  #hasFailed = false;
  #done: () => void = () => {};
  #failed: (error: unknown) => void = () => {};

  constructor(data: SearchThreadData, next: NextRow, hooks: RowSearchHooks) {
    this.#next = next;
    this.#hooks = hooks;
    this.end = new Promise((done, failed) => {
      this.#done = done;
      this.#failed = (error) => {
        this.#hasFailed = true;
        failed(error);
      };
    });
    // Somebody may wait for the others first.
    this.end.catch(() => {});
    const fail = (error: unknown): void => this.fail(error);
    this.#worker = new Worker(new URL('./searchThread.js', import.meta.url), { workerData: data });
    this.#worker.on(
      'message',
      guarded((message: FromSearchThread) => this.#hear(message), fail),
    );
    this.#worker.once('error', guarded(fail, fail));
    this.#worker.once(
      'exit',
      guarded(() => fail('its thread has ended: code of the race must not call process.exit()'), fail),
    );
    this.#begin();
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  interrupt(): void {
    this.#worker.postMessage(null);
  }

  /** Ends the thread, whatever it does. */
  terminate(): Worker {
    void this.#worker.terminate();
    return this.#worker;
  }

  #begin(): void {
    const next = this.#next();
    this.#row = next?.[0] ?? null;
    if (next === null) {
      this.#done();
      return;
    }
    const [row, number] = next;
    const { url, typed } = row;
    this.#worker.postMessage({ url, typed, request: searchOf(row), number } satisfies SearchTask);
  }

  #hear(message: FromSearchThread): void {
    if ('place' in message) this.#watch(message.place);
    else if ('usage' in message) this.#failed(new UsageError(message.usage));
    else if ('fault' in message) this.fail(message.fault);
    else if (this.#row !== null) {
      this.#hooks.onEnd(this.#row, message.found);
      this.#begin();
    }
  }

  /** Ends the search with what is wrong. */
  fail(why: unknown): void {
    const where = this.#row === null ? '' : `${this.#row.race.name}, ${this.#row.row}: `;
    this.#failed(new Error(`search of all states: ${where}${why instanceof Error ? why.message : String(why)}`));
  }

  /** Looks whether the thread leaves the code of the race in which it is. */
  #watch(place: SharedArrayBuffer): void {
    const watch = new HostPlaceWatch(place, LOOK_EVERY_MS);
    const look = (): void => {
      const stays = watch.tick();
      if (stays !== null) this.#failed(new UsageError(`${stays} does not end in ${formatDuration(HOST_PLACE_MS_MAX)}`));
    };
    const timer = every(LOOK_EVERY_MS, look, (error) => this.fail(error));
    const end = (): void => timer.end();
    this.end.then(end, end);
  }
}
