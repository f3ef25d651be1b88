/**
 * Counts the classes of orders that a trial has. Filled by a search of all states; known.ts has them as data.
 *
 * Orders are of one class if every CPU reads the same values in them, takes its interrupts between the same reads, and leaves the same words.
 * Of a trial that fails it is what the CPU that fails has read up to then; of one that hangs, how. Only words of the instance count, which
 * is fresh in each trial: per-CPU variables go on from one to the next. What a CPU reads of a lock that it takes says nothing.
 */

import { isTimed } from '../../machine/signatures.js';
import type { Model } from '../states/model.js';
import { STEP, givenBy, type ActorPlace } from '../trees/step.js';
import type { Transitions } from '../states/transitions.js';
import type { EndWatch } from './endWatch.js';
import { keyOfHang, type ClassWord, type ClassesData } from './known.js';
import { NOTHING_READ, Sequences } from './sequences.js';

/** The classes of a model. */
export class ClassCount implements EndWatch {
  readonly #model: Model;
  readonly #sequences = new Sequences();
  /** By number of the place. */
  readonly #sequenceOf: number[] = [];
  #classes = new Set<string>();
  #locks: ReadonlySet<number> | null = null;

  constructor(model: Model) {
    this.#model = model;
  }

  begin(): void {
    this.#classes = new Set();
  }

  ended(state: Transitions): void {
    this.#classes.add(this.keyOfEnd(state));
  }

  fails(place: ActorPlace): void {
    this.#classes.add(this.keyOfFailure(place));
  }

  hangs(signature: string): void {
    // What goes by time is none that threads could be seen to meet.
    if (!isTimed(signature)) this.#classes.add(keyOfHang(signature));
  }

  get classes(): ReadonlySet<string> {
    return this.#classes;
  }

  /** Returns why its trials cannot be told apart by classes; null if they can. */
  get obstacle(): string | null {
    if (this.#model.joins.length > 0) return 'a CPU reads in a loop that nothing bounds, so what it reads has no count';
    if (this.#model.boot.own !== null) return 'its words are not those of a machine';
    if (this.#model.boot.places > this.#model.boot.cpus) return 'its tasks share CPUs';
    if (Object.keys(this.#model.boot.race.lines).length > 0) return 'it has interrupt lines';
    for (const place of this.#model.places) {
      if (place.step === STEP.OFFER || place.step === STEP.TAKE) return 'its tasks exchange their CPUs';
      if (place.step === STEP.POLL) return 'it takes calls with interrupts off';
    }
    return this.#model.boot.race.polls ? 'its waits take calls with interrupts off' : null;
  }

  /** Words of the instance that tell classes apart. */
  words(): readonly ClassWord[] {
    const locks = this.#lockWords();
    const words: ClassWord[] = [];
    for (let slot = 0; slot < this.#model.slots; slot++) {
      const address = this.#model.addressOf(slot);
      if (!this.#model.isOfInstance(address)) continue;
      const offset = address - this.#model.boot.instance;
      words.push({ offset, first: this.#model.first[slot], isLock: locks.has(address) });
    }
    return words;
  }

  /** Returns the classes as data: the search is over. */
  data(): ClassesData {
    const { instance, map } = this.#model.boot;
    return {
      classes: [...this.#classes],
      sequences: this.#sequences.data,
      words: this.words(),
      instance,
      instanceWords: map.shape.instanceWords,
    };
  }

  /** Returns the class of a state in which all actors have ended. */
  keyOfEnd(state: Transitions): string {
    const { boot } = this.#model;
    const read = this.#model.actors.map((_, c) => this.#sequence(state.placeOf(c)));
    const left: string[] = [];
    for (let slot = 0; slot < this.#model.slots; slot++) {
      const address = this.#model.addressOf(slot);
      if (!this.#model.isOfInstance(address)) continue;
      const value = state.word(slot);
      if (value !== this.#model.first[slot]) left.push(`${address - boot.instance}=${value}`);
    }
    return `${read.join()} ${left.toSorted().join()}`;
  }

  /** Returns the class of a failure. */
  keyOfFailure(place: ActorPlace): string {
    return `${this.#sequence(place)} ${this.#model.signatures[place.a]} ${place.actor}`;
  }

  /** Returns what an actor has read on its way to a place. */
  #sequence(place: ActorPlace): number {
    const known = this.#sequenceOf[place.id];
    if (known !== undefined) return known;
    // Trees are deep: no recursion.
    const way: ActorPlace[] = [];
    let at: ActorPlace | null = place;
    while (at !== null && this.#sequenceOf[at.id] === undefined) {
      way.push(at);
      at = at.parent;
    }
    let sequence = at === null ? NOTHING_READ : this.#sequenceOf[at.id];
    for (const step of way.toReversed()) {
      sequence = this.#behind(sequence, step);
      this.#sequenceOf[step.id] = sequence;
    }
    return sequence;
  }

  /** Returns the sequence with what led from the parent of a place to it. */
  #behind(sequence: number, { parent, delivered, value }: ActorPlace): number {
    if (parent === null) return NOTHING_READ;
    if (delivered !== 0) return this.#sequences.interrupt(sequence);
    // A task that leaves its CPU in its sleep has read nothing by that.
    if (givenBy(value, this.#model.boot.places) !== null) return sequence;
    switch (parent.step) {
      case STEP.LOCK:
        return this.#model.isOfInstance(parent.address) ? this.#sequences.read(sequence, 1) : sequence;
      case STEP.READ:
      case STEP.AWAIT:
      case STEP.AWAIT_NOT:
      case STEP.CMPXCHG:
      case STEP.XCHG:
      case STEP.FETCH_OR:
      case STEP.FETCH_AND:
      case STEP.FETCH_ADD:
      case STEP.TRY_LOCK:
        return this.#model.isOfInstance(parent.address) ? this.#sequences.read(sequence, value) : sequence;
      default:
        return sequence;
    }
  }

  /** Returns the words that are taken and released as locks. */
  #lockWords(): ReadonlySet<number> {
    this.#locks ??= new Set(
      this.#model.places
        .filter(({ step }) => step === STEP.LOCK || step === STEP.TRY_LOCK)
        .map(({ address }) => address),
    );
    return this.#locks;
  }
}
