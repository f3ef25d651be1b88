/**
 * Which words each actor may still read or store, from each of its places on, as far as its tree is known. Used by reduced.ts.
 *
 * What is found of a tree later is added to every place in front of it. What was concluded before must be looked at again then.
 */

import type { Model } from '../states/model.js';
import { STEP, isAccess, isReadOnly, type ActorPlace } from '../trees/step.js';

/** Steps of tasks that share or exchange CPUs: what another actor does next may depend on more than words. */
const EXCHANGES: readonly number[] = [
  STEP.OFFER,
  STEP.ASIDE,
  STEP.TAKE,
  STEP.OFFER_PLACE,
  STEP.LOOK_PLACE,
  STEP.TAKE_PLACE,
  STEP.AWAIT_CPU,
];
const FIRST_PLACES = 1 << 10;
const NONE = -1;

/** Returns why orders of a model cannot be left out before anything is known of its trees; null if they can. */
export function reductionObstacle({ boot, joins }: Model): string | null {
  if (boot.own !== null) return 'its words are not those of a machine';
  if (boot.memory !== 'sc') return 'stores leave their buffers later';
  if (boot.places > boot.cpus) return 'its tasks share CPUs';
  return joins.length > 0 ? 'it has loops' : null;
}

/** The futures of all places of a model. */
export class Futures {
  readonly #model: Model;
  /** Places that are known here: those of the model with lower numbers. */
  #known = 0;
  /** 32 words each: of each place those that are read, then those that are stored. */
  #width: number;
  #bits: Int32Array;
  /** By place: the slot of its step, whether that stores, and the slot of the calls that are taken there. */
  readonly #slots: number[] = [];
  readonly #stores: boolean[] = [];
  readonly #calls: number[] = [];
  #obstacle: string | null;

  constructor(model: Model) {
    this.#model = model;
    this.#obstacle = reductionObstacle(model);
    this.#width = widthFor(model.slots);
    this.#bits = new Int32Array(2 * this.#width * FIRST_PLACES);
  }

  /** Why orders of the model cannot be left out, as far as its trees are known; null if they can. */
  get obstacle(): string | null {
    return this.#obstacle ?? (this.#model.joins.length > 0 ? 'it has loops' : null);
  }

  get bytes(): number {
    return this.#bits.byteLength;
  }

  /** Takes the places in that were found since. Returns whether a future of a place that was known has grown. */
  update(): boolean {
    const { places } = this.#model;
    let hasGrown = false;
    while (this.#known < places.length) if (this.#add(places[this.#known++])) hasGrown = true;
    return hasGrown;
  }

  /** Whether what an actor does at `place`, or whether it can, has to do with anything that another one may do from `other` on. */
  meet(place: ActorPlace, other: ActorPlace): boolean {
    const slot = this.#slots[place.id];
    const calls = this.#calls[place.id];
    if (slot !== NONE && (this.#has(other, slot, 1) || (this.#stores[place.id] && this.#has(other, slot, 0))))
      return true;
    return calls !== NONE && this.#has(other, calls, 1);
  }

  #has({ id }: ActorPlace, slot: number, stored: 0 | 1): boolean {
    return ((this.#bits[(2 * id + stored) * this.#width + (slot >>> 5)] >>> (slot & 31)) & 1) !== 0;
  }

  #add(place: ActorPlace): boolean {
    const { id, step, lines, gives } = place;
    if (lines !== null) this.#obstacle ??= 'it has interrupt lines';
    if (gives !== null || EXCHANGES.includes(step)) this.#obstacle ??= 'its tasks exchange their CPUs';
    const isWord = isAccess(step) || step === STEP.EVERY;
    const slot = isWord ? this.#model.slotAt(place) : NONE;
    this.#slots[id] = slot;
    this.#stores[id] = !isReadOnly(step);
    this.#calls[id] = place.takesCalls ? this.#model.slotOfCalls(place.cpu) : NONE;
    if (this.#model.slots > 32 * this.#width || 2 * this.#width * (id + 1) > this.#bits.length) this.#grow(id + 1);
    let hasGrown = false;
    if (slot !== NONE) hasGrown = this.#note(place, slot, this.#stores[id] ? 1 : 0);
    if (this.#calls[id] !== NONE) hasGrown = this.#note(place, this.#calls[id], 0) || hasGrown;
    return hasGrown;
  }

  /** Adds a word to the future of a place, and of all in front of it. Returns whether one of these had not had it. */
  #note(place: ActorPlace, slot: number, stored: 0 | 1): boolean {
    const width = this.#width;
    const bit = 1 << (slot & 31);
    let hasGrown = false;
    for (let at: ActorPlace | null = place; at !== null; at = at.parent) {
      const word = (2 * at.id + stored) * width + (slot >>> 5);
      // Whatever a place has, those in front of it have as well.
      if ((this.#bits[word] & bit) !== 0) break;
      this.#bits[word] |= bit;
      if (at !== place) hasGrown = true;
    }
    return hasGrown;
  }

  #grow(places: number): void {
    const width = widthFor(this.#model.slots);
    const known = Math.min(places, this.#bits.length / (2 * this.#width));
    let room = known;
    while (room < 2 * places) room *= 2;
    const bits = new Int32Array(2 * width * room);
    for (let half = 0; half < 2 * known; half++)
      bits.set(this.#bits.subarray(half * this.#width, (half + 1) * this.#width), half * width);
    this.#bits = bits;
    this.#width = width;
  }
}

/** Returns words of 32 bits for so many slots, and some more. */
function widthFor(slots: number): number {
  return Math.ceil((slots + 32) / 32);
}
