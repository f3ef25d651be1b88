/**
 * Confirms that the actors are functions of what they have read. Called by explore.ts when a search has ended.
 *
 * Each way through each tree is run once more, and every step of it compared. In front of each step all words are spoilt that another
 * CPU may have stored by then: code that reads one without an instruction makes another step, or reads something else. That a machine
 * would have shown it the other CPU's value, at a moment that no search knows of, is why such a race is refused.
 */

import type { Model } from './model.js';
import { isAccess, isReadOnly, STEP, type ActorPlace } from './step.js';

/** Words that each actor must not read by itself: those that others store. */
class StoredWords {
  /** By word, the actors that store it: a bit each. */
  readonly #actors = new Map<number, number>();

  note(address: number, actor: number): void {
    this.#actors.set(address, (this.#actors.get(address) ?? 0) | (1 << actor));
  }

  /** Returns the words that any other actor stores. */
  ofOthers(actor: number): Set<number> {
    return new Set(
      [...this.#actors].filter(([, actors]) => (actors & ~(1 << actor)) !== 0).map(([address]) => address),
    );
  }
}

/** A confirmation: one way at a time, since there may be many. */
export class Confirmation {
  readonly #model: Model;
  readonly #leaves: readonly ActorPlace[];
  readonly #stored = new StoredWords();
  /** By actor, the words that others store, and those among them that it stores itself without an instruction. */
  #words: readonly Set<number>[] = [];
  readonly #plain: readonly Set<number>[];
  #next = 0;

  constructor(model: Model) {
    this.#model = model;
    this.#plain = model.actors.map(() => new Set<number>());
    this.#leaves = model.places.filter(
      ({ children, interrupted, step }) => step !== STEP.CUT && children.size === 0 && interrupted === null,
    );
    for (const { step, address, actor } of model.places)
      if (isAccess(step) && !isReadOnly(step) && address < model.boot.first.length) this.#stored.note(address, actor);
  }

  get isComplete(): boolean {
    return this.#next === 2 * this.#leaves.length;
  }

  /** Runs so many ways, at most. Throws ExploreRefusal for an actor that is not what it must be. */
  advance(ways: number): void {
    for (let i = 0; i < ways && !this.isComplete; i++, this.#next++)
      if (this.#next < this.#leaves.length) this.#findStores(this.#leaves[this.#next]);
      else this.#runSpoilt(this.#leaves[this.#next - this.#leaves.length], this.#next);
  }

  /** Notes what an actor stores without an instruction. */
  #findStores(place: ActorPlace): void {
    const actor = this.#model.actors[place.actor];
    for (const address of actor.plainStores(place)) {
      this.#stored.note(address, place.actor);
      this.#plain[place.actor].add(address);
    }
  }

  #runSpoilt(place: ActorPlace, way: number): void {
    if (this.#words.length === 0) this.#words = this.#model.actors.map((_, c) => this.#stored.ofOthers(c));
    const words = this.#words[place.actor];
    const own = [...this.#plain[place.actor]].filter((word) => words.has(word));
    this.#model.actors[place.actor].runSpoilt(place, words, own, way);
  }
}
