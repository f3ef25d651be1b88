/** Watches the threads of one machine in code of the race outside of trials. Used on the host by watchdog.ts. */

import { PROGRESS } from '../../machine/layout.js';
import { progressAt } from './awaited.js';
import type { HostMachine } from '../host/machine.js';
import { PLACE } from '../places.js';
import { LOAD_MS_MAX, MODULE_MS_MAX } from '../host/rehearsal.js';
import { HOST_ACCOUNTS, TrialClock, type Awaited, type ThreadAccounts } from './trialClock.js';

/** A thread that does not leave a place outside the trials. */
export interface Stay {
  /** The CPU that it started as, and its number for Node. */
  readonly thread: number;
  readonly threadId: number;
  readonly place: number;
  /** For how long it has run or slept there. */
  readonly ms: number;
  /** For how long it may be there. */
  readonly mostMs: number;
}

/** What a thread that loads has done since it began to. */
interface Loading {
  ranMs: number;
  servedMs: number;
  /** Slept while nobody who loads ran. */
  idleMs: number;
}

/** How long the race's own code may take outside a trial. */
const STAY_MS_MAX = 1000;
/*
 * A module may take long to compile, and many threads that load share what reads their files: what counts there is the processor that
 * a thread has had, and sleep while nobody who loads runs, which is no wait for the others. The limits are those of its rehearsal.
 */

/** Those who load do not run if they have less than this share of the time together. */
const QUIET_SHARE = 0.1;

/** The watch over the threads of one machine where they are in the race's code outside a trial. It counts as TrialClock does. */
export class PlaceWatch {
  readonly #machine: Pick<HostMachine, 'mem' | 'map'>;
  readonly #tickMs: number;
  readonly #clock: TrialClock;
  /** How often each thread had entered such a place at the last tick. */
  readonly #visits = new Map<number, number>();
  /** The threads that load. */
  #loading = new Map<number, Loading>();
  #longest: Stay | null = null;

  constructor(machine: Pick<HostMachine, 'mem' | 'map'>, tickMs: number, accounts: ThreadAccounts = HOST_ACCOUNTS) {
    this.#machine = machine;
    this.#tickMs = tickMs;
    this.#clock = new TrialClock(accounts);
  }

  /** Returns the longest stay that has not ended; null if there is none. */
  get longest(): Stay | null {
    return this.#longest;
  }

  /** Call once a tick. Returns whether the longest stay is longer than it may be. */
  tick(): boolean {
    const staying = this.#staying();
    this.#clock.tick(staying, this.#tickMs);
    this.#noteLoading(staying);
    this.#longest = null;
    for (const { thread } of staying) {
      const stay = this.#stayOf(thread);
      if (stay.ms >= (this.#longest?.ms ?? 0)) this.#longest = stay;
    }
    return this.#longest !== null && this.#longest.ms >= this.#longest.mostMs;
  }

  #noteLoading(staying: readonly Awaited[]): void {
    const { mem } = this.#machine;
    const before = this.#loading;
    this.#loading = new Map();
    const slept: [loading: Loading, ms: number][] = [];
    let ranMs = 0;
    for (const { thread } of staying) {
      if (mem[progressAt(this.#machine, thread) + PROGRESS.place] !== PLACE.LOADING) continue;
      const loading = before.get(thread) ?? { ranMs: 0, servedMs: 0, idleMs: 0 };
      const [ran, served] = [this.#clock.ranMs(thread), this.#clock.servedMs(thread)];
      ranMs += ran - loading.ranMs;
      slept.push([loading, served - loading.servedMs - (ran - loading.ranMs)]);
      [loading.ranMs, loading.servedMs] = [ran, served];
      this.#loading.set(thread, loading);
    }
    if (ranMs < QUIET_SHARE * this.#tickMs) for (const [loading, ms] of slept) loading.idleMs += ms;
  }

  /** Returns those that were there at the last tick, and have not been anywhere else since. */
  #staying(): Awaited[] {
    const { mem, map } = this.#machine;
    const staying: Awaited[] = [];
    for (let thread = 0; thread < map.shape.cpus; thread++) {
      const at = progressAt(this.#machine, thread);
      const visits = mem[at + PROGRESS.visits];
      const isStill = mem[at + PROGRESS.place] !== PLACE.NONE && this.#visits.get(thread) === visits;
      this.#visits.set(thread, visits);
      if (isStill) staying.push({ thread, tid: mem[at + PROGRESS.tid] });
    }
    return staying;
  }

  #stayOf(thread: number): Stay {
    const { mem } = this.#machine;
    const at = progressAt(this.#machine, thread);
    const place = mem[at + PROGRESS.place];
    const who = { thread, threadId: mem[at + PROGRESS.threadId], place };
    const loading = this.#loading.get(thread);
    if (loading === undefined) return { ...who, ms: this.#clock.servedMs(thread), mostMs: STAY_MS_MAX };
    const { ranMs, idleMs } = loading;
    if (ranMs >= MODULE_MS_MAX) return { ...who, ms: ranMs, mostMs: MODULE_MS_MAX };
    return { ...who, ms: ranMs + idleMs, mostMs: LOAD_MS_MAX };
  }
}
