/**
 * Counts the classes of orders that a trial has. Filled by a search of all states; asked by lib/run/classes.ts of trials that threads have made.
 *
 * Orders are of one class if every CPU reads the same values in them, takes its interrupts between the same reads, and leaves the same words.
 * Of a trial that fails it is what the CPU that fails has read up to then; of one that hangs, how. Only words of the instance count, which
 * is fresh in each trial: per-CPU variables go on from one to the next. What a CPU reads of a lock that it takes says nothing.
 */

import { lockOwner } from '../../machine/lockWord.js';
import { OP } from '../../machine/recorder.js';
import { isTimed } from '../../machine/signatures.js';
import type { Model } from '../states/model.js';
import { STEP, givenBy, type ActorPlace } from '../trees/step.js';
import type { Transitions } from '../states/transitions.js';
import type { EndWatch } from './endWatch.js';
import { NOTHING_READ, Sequences } from './sequences.js';

/** One event in the records of a CPU: an interrupt, or an access with what it found. */
export interface TrialEvent {
  readonly kind: 'interrupt' | 'access';
  readonly op: number;
  readonly address: number;
  readonly before: number;
}

/** A trial that threads have made, as far as it says of which class it is. Addresses are those of a machine whose first instance it ran on. */
export interface MadeTrial {
  /** By CPU. */
  readonly events: readonly (readonly TrialEvent[])[];
  /** Words of the instance at the end; undefined for one that was not looked at. */
  readonly word: (offset: number) => number | undefined;
  /** How it failed, and the CPU; null for a clean one. */
  readonly failure: { readonly signature: string; readonly cpu: number; readonly isHang: boolean } | null;
}

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

  /** Words of the instance that tell classes apart; `locks`: those among them that are locks. */
  words(): { readonly offsets: readonly number[]; readonly locks: ReadonlySet<number> } {
    const { boot } = this.#model;
    const offsets: number[] = [];
    for (let slot = 0; slot < this.#model.slots; slot++) {
      const address = this.#model.addressOf(slot);
      if (this.#model.isOfInstance(address)) offsets.push(address - boot.instance);
    }
    return { offsets, locks: new Set([...this.#lockWords()].map((address) => address - boot.instance)) };
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

  /** Returns the class of a trial that threads have made, whether there is such a class or not. */
  keyOfTrial({ events, word, failure }: MadeTrial): string {
    if (failure?.isHang === true) return keyOfHang(failure.signature);
    if (failure !== null) return `${this.#sequenceMade(events[failure.cpu])} ${failure.signature} ${failure.cpu}`;
    const read = events.map((each) => this.#sequenceMade(each));
    const { boot } = this.#model;
    const locks = this.#lockWords();
    const left: string[] = [];
    for (let slot = 0; slot < this.#model.slots; slot++) {
      const address = this.#model.addressOf(slot);
      if (!this.#model.isOfInstance(address)) continue;
      const offset = address - boot.instance;
      const found = word(offset) ?? this.#model.first[slot];
      const value = locks.has(address) ? lockOwner(found) + 1 : found;
      if (value !== this.#model.first[slot]) left.push(`${offset}=${value}`);
    }
    return `${read.join()} ${left.toSorted().join()}`;
  }

  /** Returns a class in words that are the same in another search of the same trial. `key` is one of this count. */
  textOf(key: string): string {
    const [read = ''] = /^[\d,]+(?= )/.exec(key) ?? [];
    const sequences = read.split(',').map((number) => this.#sequences.textOf(Number(number)));
    return read === '' ? key : `${sequences.join(', ')}${key.slice(read.length)}`;
  }

  #sequenceMade(events: readonly TrialEvent[]): number {
    const locks = this.#lockWords();
    let sequence = NOTHING_READ;
    for (const { kind, op, address, before } of events) {
      if (kind === 'interrupt') sequence = this.#sequences.interrupt(sequence);
      else if (!this.#model.isOfInstance(address)) continue;
      else if (op === OP.ACQUIRE) sequence = this.#sequences.read(sequence, 1);
      else if (op === OP.READ && locks.has(address)) sequence = this.#sequences.read(sequence, 0);
      else if (op !== OP.WRITE && op !== OP.RELEASE) sequence = this.#sequences.read(sequence, before);
    }
    return sequence;
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

/** Returns the class of trials that hang so: what their CPUs have read says nothing. */
export function keyOfHang(signature: string): string {
  return `hangs: ${signature}`;
}
