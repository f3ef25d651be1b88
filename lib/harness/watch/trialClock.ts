/**
 * Measures how long a trial has run with all the CPU time that its threads wanted. Used on the host by the watches of
 * this folder, and by rehearsal.ts and hostPlaceWatch.ts.
 */

import { lookAtThread, type ThreadLook } from '../host/threadTime.js';

/** What the host says of the threads of this process. */
export interface ThreadAccounts {
  /** One thread by the host's number; null where the host keeps no account of it. */
  look(tid: number): ThreadLook | null;
  /** CPU time of the whole process, in milliseconds. */
  processMs(): number;
}

export const HOST_ACCOUNTS: ThreadAccounts = Object.freeze({
  look: lookAtThread,
  processMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
});

/** A thread that a trial waits for: the CPU that it started as, and its number for the host. */
export interface Awaited {
  readonly thread: number;
  readonly tid: number;
}

/** What one thread did since the clock was set to 0, in milliseconds. */
interface Account {
  look: ThreadLook | null;
  /** It had the processor. */
  ranMs: number;
  /** It had the processor, or slept in the kernel and wanted none. */
  servedMs: number;
}

/** Where the host keeps no accounts, a process that hardly runs may sleep or be starved: it is given so many times as long. */
const BLIND_PATIENCE = 4;
/** A process that had less than this share of the time did nothing but look. */
const BLIND_IDLE = 0.1;

/**
 * How long a trial that does not end has had all that it needs. Time in which one of its threads wanted a processor and
 * had none does not count, time in which they sleep does: a thread that sleeps in the kernel is not starved, it waits
 * for the trial itself. A host that gives no processor stands this clock still; a process that was stopped as well,
 * since a tick counts for no longer than ticks are apart.
 */
export class TrialClock {
  readonly #accounts: ThreadAccounts;
  #threads = new Map<number, Account>();
  #processMs: number;
  #servedMs = 0;
  #busiestMs = 0;

  constructor(accounts: ThreadAccounts) {
    this.#accounts = accounts;
    this.#processMs = accounts.processMs();
  }

  /** Sets the clock to 0: a trial has ended. */
  reset(): void {
    this.#threads.clear();
    this.#servedMs = 0;
    this.#busiestMs = 0;
  }

  /** Goes on by one tick of at most `tickMs`. `awaited`: the threads that the trial waits for, each counted while it is one of them. */
  tick(awaited: readonly Awaited[], tickMs: number): void {
    const processMs = this.#accounts.processMs();
    const processRanMs = Math.min(tickMs, processMs - this.#processMs);
    this.#processMs = processMs;
    let leastMs = Infinity;
    const seen = this.#threads;
    this.#threads = new Map();
    for (const { thread, tid } of awaited) {
      const now = this.#accounts.look(tid);
      const account = seen.get(thread);
      this.#threads.set(thread, account ?? { look: now, ranMs: 0, servedMs: 0 });
      if (account === undefined) continue;
      const { look: before } = account;
      account.look = now;
      const known = now !== null && before !== null;
      const ranMs = known ? now.ranMs - before.ranMs : processRanMs;
      const servedMs = known ? servedBetween(before, now, tickMs) : servedBlindly(processRanMs, tickMs);
      account.ranMs += ranMs;
      account.servedMs += servedMs;
      leastMs = Math.min(leastMs, servedMs);
      this.#busiestMs = Math.max(this.#busiestMs, account.ranMs);
    }
    if (leastMs !== Infinity) this.#servedMs += leastMs;
  }

  /**
   * Returns the number of milliseconds of the trial: while all of its threads were served, or what the busiest one had
   * of the processor, if that is more, where many share few cores.
   */
  get trialMs(): number {
    return Math.max(this.#servedMs, this.#busiestMs);
  }

  /** Returns what a thread had of the processor, and the same with the time in which it slept and wanted none. */
  ranMs(thread: number): number {
    return this.#threads.get(thread)?.ranMs ?? 0;
  }

  servedMs(thread: number): number {
    return this.#threads.get(thread)?.servedMs ?? 0;
  }
}

/**
 * Returns for how long a thread was served. The host adds a wait to the account only when it is over: until then the
 * state of the thread says that it waits.
 */
function servedBetween(before: ThreadLook, now: ThreadLook, tickMs: number): number {
  const ranMs = now.ranMs - before.ranMs;
  const waitedMs = now.isAsleep ? now.waitedMs - before.waitedMs : tickMs - ranMs;
  return Math.max(ranMs, Math.min(tickMs, tickMs - waitedMs), 0);
}

function servedBlindly(processRanMs: number, tickMs: number): number {
  return processRanMs >= BLIND_IDLE * tickMs ? processRanMs : tickMs / BLIND_PATIENCE;
}
