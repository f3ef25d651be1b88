/** The words of a state for operations of code that has memory of its own. Made by transitions.ts. */

import { OWN_WORDS } from '../../machine/layout.js';
import type { StateWords } from '../../race/exploredMemory.js';
import type { ActorPlace } from '../trees/step.js';
import type { Model } from './model.js';
import { TOO_NARROW, type Vectors } from './vectors.js';

/** Goes from the words of a state to those behind an operation. */
export class OwnWords implements StateWords {
  readonly #model: Model;
  readonly #vectors: Vectors;
  #words = 0;

  constructor(model: Model, vectors: Vectors) {
    this.#model = model;
    this.#vectors = vectors;
  }

  /** Makes the operation of a place in the state with these words; `take` gets what it returns, and the words behind it. */
  each(place: ActorPlace, words: number, take: (value: number, words: number) => void): void {
    const operation = this.#model.boot.own?.operation(place.a);
    if (operation === undefined) throw new Error(`explore: no operation ${place.a}`);
    this.#words = words;
    operation.apply(this, (value) => {
      take(value, this.#words);
      this.#words = words;
    });
  }

  read(address: number): number {
    const slot = this.#slot(address);
    return this.#vectors.get(this.#words, slot) ^ this.#model.first[slot];
  }

  write(address: number, value: number): void {
    const slot = this.#slot(address);
    this.#words = this.#vectors.with(this.#words, slot, value ^ this.#model.first[slot]);
  }

  changed(): readonly (readonly [number, number])[] {
    const found: [number, number][] = [];
    const slots = Math.min(this.#model.slots, this.#vectors.length);
    for (let slot = 0; slot < slots; slot++) {
      const address = this.#model.addressOf(slot);
      const difference = this.#vectors.get(this.#words, slot);
      if (address >= OWN_WORDS && difference !== 0) found.push([address, difference ^ this.#model.first[slot]]);
    }
    return found.toSorted(([one], [other]) => one - other);
  }

  #slot(address: number): number {
    const slot = this.#model.slotOf(address);
    if (slot >= this.#vectors.length) throw TOO_NARROW;
    return slot;
  }
}
