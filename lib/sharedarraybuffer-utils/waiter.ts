/**
 * The waiting loop of a thread: it spins, then sleeps until it is woken. Used by gate.ts, and by all waits of a CPU
 * (lib/machine/cpu.ts).
 */

import { LINE_WORDS, WORD, struct } from './layout.js';

/**
 * What one waiting thread shares with those who may wake it; it needs a cache line of its own. `bell` is changed by the
 * threads that ring it; `parked` is set by the waiting thread, and cleared by it or by a thread that rings; `awaited` is
 * the number that a thread in a relay waits for.
 */
export const PARTY = struct({ bell: WORD, parked: WORD, awaited: WORD });

/** What `parked` says: awake; asleep or about to be; the same, and the thread that passes its baton on may wake it. */
export const PARKED = Object.freeze({ NO: 0, ALONE: 1, IN_RELAY: 2 } as const);

/** For threads that share a core and run one after another: called around each sleep. */
export interface Baton {
  /** Whether another thread of the core is awake, or waits for the baton: nobody is to wait awake beside it. */
  wanted(): boolean;
  /** Called before a sleep. Returns whether another thread takes over. */
  sleeps(): boolean;
  woke(): void;
}

/** Words between two parties in an array of them. */
export const PARTY_STRIDE = LINE_WORDS;

/** Bounds of the spin phase, in iterations, and of one sleep. */
export interface SpinBudget {
  readonly min: number;
  readonly max: number;
  /** Longest single sleep in milliseconds: a bell that was never rung costs this much, never a hang. */
  readonly parkMsMax: number;
}

/**
 * Returns the budget for `threads` threads on `cores` cores. Threads that all have a core wait for each other well
 * under a microsecond, so they may spin long, and at least for as long as a sleep and its wake-up cost; once they
 * outnumber the cores, spinning only keeps the awaited thread off its core.
 */
export function spinBudget(threads: number, cores: number): SpinBudget {
  if (threads <= cores) return { min: 1000, max: 20_000, parkMsMax: 20 };
  return { min: 50, max: 2000, parkMsMax: 20 };
}

/** After so many sleeps the next wait spins longer: a budget that has shrunk below what waits take now would stay there. */
const PROBE_EVERY = 8;
const PROBE_SPINS = 4000;

/** Iterations of a thread that keeps its core awake: longer than the others of a machine usually take to arrive. */
const LAST_SPINS = 20_000;
/** It looks for others on its core once in so many iterations, a power of two. */
const LOOK_MASK = 15;

const pauseInstruction: () => void = (Atomics as { pause?: () => void }).pause ?? (() => {});

/**
 * The waiting loop: spin, then park on a bell, for a bounded time.
 *
 *     waiter.begin();
 *     while (!condition()) waiter.pause();
 *     waiter.end();
 *
 * 1. The condition is looked at after the thread has said it will park and before it sleeps, so a waker that changes
 *    the condition first and calls `wake` after it is never missed.
 * 2. The number of spins follows what spinning achieved: it shrinks when waits end in a sleep and grows again when they
 *    end while spinning, between the bounds of the budget; now and then a longer spin is tried.
 *
 * Not promised: fairness, or that a sleep ends early when nobody rings.
 */
export class Waiter {
  /** Sleeps since the waiter was made: a host figure, not part of any verdict. */
  parks = 0;
  #limit: number;
  /** Waits that ended in a sleep. */
  #sleeps = 0;
  #spins = 0;
  #slept = false;
  #armed = false;
  #seen = 0;
  /** What `parked` will say of this wait, and how long it spins. */
  #mark: number = PARKED.ALONE;
  #spinsMax = 0;
  readonly #mem: Int32Array;
  #party: number;
  #budget: SpinBudget;
  readonly #baton: Baton | null;

  /** `party` is the word index of this thread's PARTY in `mem`. */
  constructor(mem: Int32Array, party: number, budget: SpinBudget, baton: Baton | null = null) {
    this.#mem = mem;
    this.#baton = baton;
    this.#party = party;
    this.#budget = budget;
    this.#limit = budget.max;
  }

  /** Whether the next `pause` sleeps: the last moment to tell a waker that somebody does. */
  get armed(): boolean {
    return this.#armed;
  }

  /** Waits on another bell from now on. Between two waits only. */
  moveTo(party: number): void {
    this.#party = party;
  }

  /** Waits within other bounds from now on, as if it had not waited yet. Between two waits only. */
  useBudget(budget: SpinBudget): void {
    this.#budget = budget;
    this.#limit = budget.max;
  }

  begin(): void {
    // A wait that was thrown out of has not ended.
    if (this.#armed) this.#disarm();
    this.#spins = 0;
    this.#slept = false;
    this.#mark = PARKED.ALONE;
    this.#spinsMax = this.#limit;
  }

  /** Begins a wait for `awaited` that spins only to keep its core awake; in its sleep it may be passed the baton. */
  beginFor(awaited: number): void {
    this.begin();
    Atomics.store(this.#mem, this.#party + PARTY.awaited, awaited);
    this.#mark = PARKED.IN_RELAY;
    this.#spinsMax = 0;
  }

  /**
   * Does one iteration of the loop, which counts as `spins`. Returns soon while the budget lasts; then arms the bell; then
   * sleeps.
   */
  pause(spins = 1): void {
    if (this.#spins < this.#spinsMax || this.#keepsCore()) {
      this.#spins += spins;
      pauseInstruction();
    } else if (!this.#armed) {
      this.#arm();
      this.#baton?.sleeps();
    } else this.#sleep();
  }

  /** Whether the core would fall asleep with this thread: then it waits awake for longer, since that is slow to wake from. */
  #keepsCore(): boolean {
    if (this.#baton === null || this.#armed || this.#spins >= LAST_SPINS) return false;
    return (this.#spins & LOOK_MASK) !== 0 || !this.#baton.wanted();
  }

  /** Lets another thread go first, if one waits for the baton: sleeps until it comes back. */
  letPass(awaited: number): void {
    if (this.#baton === null) return;
    this.beginFor(awaited);
    this.#arm();
    if (this.#baton.sleeps()) this.#sleep();
    this.end();
  }

  #arm(): void {
    this.#seen = Atomics.load(this.#mem, this.#party + PARTY.bell);
    Atomics.store(this.#mem, this.#party + PARTY.parked, this.#mark);
    this.#armed = true;
  }

  #sleep(): void {
    Atomics.wait(this.#mem, this.#party + PARTY.bell, this.#seen, this.#budget.parkMsMax);
    this.#disarm();
    this.#baton?.woke();
    this.#slept = true;
    this.parks++;
  }

  end(): void {
    if (this.#armed) this.#disarm();
    if (this.#mark === PARKED.IN_RELAY) return;
    const { min, max } = this.#budget;
    if (!this.#slept) this.#limit = Math.min(max, this.#limit + this.#spins + 8);
    else if (++this.#sleeps % PROBE_EVERY === 0) this.#limit = Math.min(max, PROBE_SPINS);
    else this.#limit = Math.max(min, this.#limit >> 2);
  }

  #disarm(): void {
    Atomics.store(this.#mem, this.#party + PARTY.parked, PARKED.NO);
    this.#armed = false;
  }
}

/**
 * Wakes the party if it is parked or about to be. Call it after the change it waits for, and make that change with
 * Atomics: a processor may carry out a plain store only after `wake` has found that nobody is parked.
 */
export function wake(mem: Int32Array, party: number): void {
  const parked = Atomics.load(mem, party + PARTY.parked);
  if (parked === PARKED.NO || Atomics.compareExchange(mem, party + PARTY.parked, parked, PARKED.NO) !== parked) return;
  Atomics.add(mem, party + PARTY.bell, 1);
  Atomics.notify(mem, party + PARTY.bell);
}
