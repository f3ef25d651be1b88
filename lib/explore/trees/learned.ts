/**
 * What a search gets to know of a race on its way, and must have known from its beginning. Made by explore.ts; told by boot.ts and steps.ts.
 */

import { REPEATED } from './readLoops.js';

/** Thrown where something of that kind was met: all begins anew, and knows it. */
export const LEARNED: unknown = Object.freeze({ learned: true });

/** What is known of a race. */
export class Learned {
  /** Whether its actors have loops that try again (lib/machine/retries.ts). */
  hasLoops = false;
  /** Words that the machine looks at without an instruction, as at a lock that the CPU may hold. */
  readonly lookedAt = new Set<number>();

  /** How often loops that say nothing of themselves were seen to count their iterations. */
  #counted = 0;

  /** How often a loop which says nothing of itself must repeat a read before it is followed. */
  get repeated(): number {
    return REPEATED[this.#counted];
  }

  /** Notes that a loop does something else after many iterations than after a few. */
  learnCounting(): never {
    this.#counted++;
    throw LEARNED;
  }

  learnLoops(): void {
    if (this.hasLoops) return;
    this.hasLoops = true;
    throw LEARNED;
  }
}

/** Does what may learn of a race on its way what it must have known from its beginning. */
export function learning<T>(search: (learned: Learned) => T): T {
  const learned = new Learned();
  for (;;)
    try {
      return search(learned);
    } catch (thrown) {
      if (thrown !== LEARNED) throw thrown;
    }
}

/** By word, the actors that store it by an instruction: a bit each. */
export class StoredWords {
  readonly #by = new Map<number, number>();
  readonly #leftOut = new Set<number>();
  readonly #learned: Learned;

  constructor(learned: Learned) {
    this.#learned = learned;
  }

  note(address: number, actor: number): void {
    this.#by.set(address, (this.#by.get(address) ?? 0) | (1 << actor));
  }

  /** Whether what an actor has stored there is part of what it knows. Where others store, it looks by instructions alone. */
  isPartOf(address: number, actor: number): boolean {
    if (this.#learned.lookedAt.has(address) || ((this.#by.get(address) ?? 0) & ~(1 << actor)) === 0) return true;
    this.#leftOut.add(address);
    return false;
  }

  /** Notes that the machine looks there without an instruction. */
  lookAt(address: number): void {
    if (this.#learned.lookedAt.has(address)) return;
    this.#learned.lookedAt.add(address);
    if (this.#leftOut.has(address)) throw LEARNED;
  }
}
