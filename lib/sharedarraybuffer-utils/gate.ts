/** A gate at which threads wait for each other. Used on each CPU's thread by lib/harness/cpu/rounds.ts. */

import { WORD, struct } from './layout.js';
import { PARTY_STRIDE, wake, type Waiter } from './waiter.js';

/** `arrived` counts the parties at the gate; `generation` changes each time it opens, and is 0 until then. */
export const GATE = struct({ arrived: WORD, generation: WORD });

/**
 * A gate that opens when all parties have arrived, and can be used again at once.
 *
 *     gate.wait(waiter);
 *
 * or, for a thread that has other work while it waits, `arrive`, then `isOpen` in its own loop.
 * What a party stored before it arrived is seen by all after the gate has opened.
 */
export class Gate {
  readonly #mem: Int32Array;
  readonly #at: number;
  readonly #parties: number;
  readonly #partyBase: number;

  /** `at`: word index of a GATE; `partyBase`: word index of the first of `parties` PARTY blocks, PARTY_STRIDE apart. */
  constructor(mem: Int32Array, at: number, parties: number, partyBase: number) {
    this.#mem = mem;
    this.#at = at;
    this.#parties = parties;
    this.#partyBase = partyBase;
  }

  /** Announces one party; returns the ticket for `isOpen`. The last one to arrive opens the gate and wakes the others. */
  arrive(): number {
    const ticket = Atomics.load(this.#mem, this.#at + GATE.generation);
    if (Atomics.add(this.#mem, this.#at + GATE.arrived, 1) + 1 === this.#parties) {
      Atomics.store(this.#mem, this.#at + GATE.arrived, 0);
      // 0 says that the gate has never been open, so the count leaves it out when it comes round.
      Atomics.store(this.#mem, this.#at + GATE.generation, (ticket + 1) | 0 || 1);
      for (let p = 0; p < this.#parties; p++) wake(this.#mem, this.#partyBase + p * PARTY_STRIDE);
    }
    return ticket;
  }

  isOpen(ticket: number): boolean {
    return Atomics.load(this.#mem, this.#at + GATE.generation) !== ticket;
  }

  /** Arrives and waits until the gate opens. */
  wait(waiter: Waiter): void {
    const ticket = this.arrive();
    if (this.isOpen(ticket)) return;
    waiter.begin();
    while (!this.isOpen(ticket)) waiter.pause();
    waiter.end();
  }
}
