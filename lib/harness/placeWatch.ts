import { PROGRESS } from '../machine/layout.js';
import { progressAt } from './awaited.js';
import type { HostMachine } from './machine.js';
import { PLACE } from './places.js';
import { HOST_ACCOUNTS, TrialClock, type Awaited, type ThreadAccounts } from './trialClock.js';

/** A thread that does not leave a place outside the trials. */
export interface Stay {
  /** The CPU that it started as, and its number for Node. */
  readonly thread: number;
  readonly threadId: number;
  readonly place: number;
  /** For how long it has run or slept there. */
  readonly ms: number;
}

/** How long the race's own code may take outside a trial. */
const STAY_MS_MAX = 1000;
/** A module may take long to compile, and wait for the disk: what counts there is the processor that it has had. */
const LOADING_MS_MAX = 2000;

/** The watch over the threads of one machine where they are in the race's code outside a trial. It counts as TrialClock does. */
export class PlaceWatch {
  readonly #machine: Pick<HostMachine, 'mem' | 'map'>;
  readonly #tickMs: number;
  readonly #clock: TrialClock;
  /** How often each thread had come to such a place at the last tick. */
  readonly #visits = new Map<number, number>();
  #longest: Stay | null = null;

  constructor(machine: Pick<HostMachine, 'mem' | 'map'>, tickMs: number, accounts: ThreadAccounts = HOST_ACCOUNTS) {
    this.#machine = machine;
    this.#tickMs = tickMs;
    this.#clock = new TrialClock(accounts);
  }

  /** The longest stay that goes on; null if there is none. */
  get longest(): Stay | null {
    return this.#longest;
  }

  /** Call once a tick. Whether the longest stay is longer than it may be. */
  tick(): boolean {
    const staying = this.#staying();
    this.#clock.tick(staying, this.#tickMs);
    this.#longest = null;
    for (const { thread } of staying) {
      const stay = this.#stayOf(thread);
      if (stay.ms >= (this.#longest?.ms ?? 0)) this.#longest = stay;
    }
    const { place, ms } = this.#longest ?? { place: PLACE.NONE, ms: 0 };
    return ms >= (place === PLACE.LOADING ? LOADING_MS_MAX : STAY_MS_MAX);
  }

  /** Those that were there at the last tick, and have not been anywhere else since. */
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
    const ms = place === PLACE.LOADING ? this.#clock.ranMs(thread) : this.#clock.servedMs(thread);
    return { thread, threadId: mem[at + PROGRESS.threadId], place, ms };
  }
}
