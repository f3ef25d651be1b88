/**
 * The transitions of a state: what each CPU may do next, and the state behind it. Called by search.ts and layers.ts.
 *
 * A state is two vectors: of each actor the place in its tree, and with store buffers how many of its stores are visible; and the
 * words, as differences from what they are in the first state.
 */

import { linesOf } from '../../machine/lines.js';
import { isFree } from '../../machine/lockWord.js';
import { isTaken, offeredCpu } from '../../machine/migration.js';
import { STORE_BUFFER_ENTRIES } from '../../machine/layout.js';
import { isRunning } from '../../machine/tasklet.js';
import { TRIAL } from '../trees/actor.js';
import type { Model } from './model.js';
import type { QuadTable } from './quads.js';
import {
  BY_CALL,
  STEP,
  byLine,
  givenTo,
  isAtomic,
  isBuffered,
  type ActorPlace,
  type GivesCpu,
  type Stored,
  type TakenLines,
} from '../trees/step.js';
import { OwnWords } from './ownWords.js';
import { TOO_NARROW, Vectors, depthFor } from './vectors.js';

/** Kinds of transitions, in the two lowest bits of a transition's number; above them the actor, and above that a choice. */
export const TRANSITION = Object.freeze({ STEP: 0, TAKES_CALL: 1, DRAINS: 2, TAKES_LINE: 3 } as const);
const ACTOR_SHIFT = 2;
const CHOICE_SHIFT = 8;
const ACTOR_MASK = 0x3f;

export function kindOf(transition: number): number {
  return transition & 3;
}

export function actorOf(transition: number): number {
  return (transition >>> ACTOR_SHIFT) & ACTOR_MASK;
}

function transitionOf(kind: number, actor: number, choice: number): number {
  return kind | (actor << ACTOR_SHIFT) | (choice << CHOICE_SHIFT);
}

/** Transitions of the states of a model. */
export class Transitions {
  readonly #model: Model;
  readonly #words: Vectors;
  readonly #actors: Vectors;
  readonly #own: OwnWords;
  readonly hasBuffers: boolean;
  readonly #count: number;
  /** Of the state at hand: its vectors, and the vectors of the one behind a transition. */
  actors = 0;
  words = 0;
  nextActors = 0;
  nextWords = 0;
  /** The value by which the transition goes on, where it is a step; and whether it goes round a loop, to a place in front of this one. */
  value = 0;
  goesBack = false;
  /** What was found of the state at hand: how many actors fail, have ended, were cut. */
  failing = 0;
  ended = 0;
  cut = 0;
  /** How many could be interrupted by a timer once more than is looked at. */
  spent = 0;

  constructor(model: Model, nodes: QuadTable, slots: number) {
    this.#model = model;
    this.hasBuffers = model.boot.memory === 'tso';
    this.#count = model.actors.length;
    this.#actors = new Vectors(nodes, depthFor(this.hasBuffers ? 2 * this.#count : this.#count));
    this.#words = new Vectors(nodes, depthFor(slots));
    this.#own = new OwnWords(model, this.#words);
  }

  /** Puts the first state at hand. */
  begin(): void {
    this.nextWords = 0;
    this.nextActors = 0;
    for (const [c, { root }] of this.#model.actors.entries())
      this.nextActors = this.#actors.with(this.nextActors, c, root.id);
  }

  placeOf(actor: number): ActorPlace {
    return this.#model.places[this.#actors.get(this.actors, actor)];
  }

  /** Returns the place of an actor in another state. */
  placeIn(actors: number, actor: number): ActorPlace {
    return this.#model.places[this.#actors.get(actors, actor)];
  }

  /** Returns a word of the state at hand. */
  word(slot: number): number {
    return this.#words.get(this.words, slot) ^ this.#model.first[slot];
  }

  /** Goes through the transitions of the state at hand: calls `take` for each, with its number, behind which the next state stands. */
  each(take: (transition: number) => void): void {
    this.failing = 0;
    this.ended = 0;
    this.cut = 0;
    this.spent = 0;
    for (let c = 0; c < this.#count; c++) {
      const place = this.placeOf(c);
      const { step } = place;
      if (step <= STEP.END) this.eachOf(c, take, place);
      if (step === STEP.END) this.ended++;
      else if (step === STEP.FAIL) this.failing++;
      else if (step === STEP.CUT) this.cut++;
    }
  }

  /** Goes through the transitions of one actor, which is at no place behind END. */
  eachOf(c: number, take: (transition: number) => void, place = this.placeOf(c)): void {
    const buffered = this.hasBuffers ? this.buffered(place) : 0;
    const mustTake = place.lines !== null && (place.lines.own & ~this.#model.tasklets) !== 0;
    // What it has raised itself it takes before it goes on. Where it idles, the trial may be over before.
    if (!mustTake && place.step !== STEP.END) this.#eachOfStep(c, place, buffered, take);
    if (!mustTake && place.gives !== null && buffered === 0) this.#give(c, place, place.gives, take);
    if (place.takesCalls && buffered === 0 && this.word(this.#model.slotOfCalls(place.cpu)) !== 0)
      this.#interrupt(transitionOf(TRANSITION.TAKES_CALL, c, 0), c, place, BY_CALL, take);
    if (place.lines !== null && buffered === 0) this.#takeLines(c, place, place.lines, take);
    if (buffered > 0) this.#drain(c, place, buffered, take);
  }

  /** How many stores of an actor are visible, where there are store buffers. */
  visible(actor: number): number {
    return this.#actors.get(this.actors, this.#count + actor);
  }

  /** Stores of an actor that are not visible yet. */
  buffered(place: ActorPlace): number {
    return (place.stores?.count ?? 0) - this.#actors.get(this.actors, this.#count + place.actor);
  }

  /** Goes on to the place behind a step. */
  #go(transition: number, place: ActorPlace, value: number, words: number, take: (transition: number) => void): void {
    const next = this.#model.actors[place.actor].after(place, value);
    this.nextActors = this.#actors.with(this.actors, place.actor, next.id);
    if (this.hasBuffers && next.parent !== place) this.#moveBuffer(place, next);
    this.nextWords = words;
    this.value = value;
    this.goesBack = next.depth <= place.depth;
    take(transition);
  }

  /** Counts the stores that are visible as the place does to which a join leads: its newest ones are the same. */
  #moveBuffer(place: ActorPlace, next: ActorPlace): void {
    const visible = this.#actors.get(this.actors, this.#count + place.actor);
    const made = (place.stores?.count ?? 0) + (isBuffered(place.step) ? 1 : 0);
    const moved = visible + (next.stores?.count ?? 0) - made;
    this.nextActors = this.#actors.with(this.nextActors, this.#count + place.actor, moved);
  }

  /** Returns the words with another value in a slot. */
  #with(slot: number, value: number, words = this.words): number {
    if (slot >= this.#words.length) throw TOO_NARROW;
    return this.#words.with(words, slot, value ^ this.#model.first[slot]);
  }

  #slotAt(place: ActorPlace): number {
    const slot = this.#model.slotAt(place);
    if (slot >= this.#words.length) throw TOO_NARROW;
    return slot;
  }

  /** Takes the pending interrupts of lines: the first in the order of the CPU, and those that a timer raises now. */
  #takeLines(actor: number, place: ActorPlace, lines: TakenLines, take: (transition: number) => void): void {
    const { tasklets } = this.#model;
    const pending = linesOf(this.word(this.#model.slotOfLines(place.cpu)), TRIAL) | lines.own;
    if (lines.spent !== 0) this.spent++;
    let hasFirst = false;
    for (const line of lines.open) {
      const bit = 1 << line;
      const isTasklet = (tasklets & bit) !== 0;
      if (isTasklet && isRunning(this.word(this.#model.slotOfTasklet(line)), TRIAL)) continue;
      // Whether a tasklet runs is looked at later than what is pending: so it may come first, though another line was raised meanwhile.
      if (hasFirst && !isTasklet) continue;
      const isPending = (pending & bit) !== 0;
      if (!isPending && (hasFirst || (lines.expires & bit) === 0)) continue;
      const by = byLine(line, !isPending);
      this.#interrupt(transitionOf(TRANSITION.TAKES_LINE, actor, by), actor, place, by, take);
      if (isPending) hasFirst = true;
    }
  }

  #interrupt(
    transition: number,
    actor: number,
    place: ActorPlace,
    by: number,
    take: (transition: number) => void,
  ): void {
    const next = this.#model.actors[place.actor].interrupted(place, by);
    this.nextActors = this.#actors.with(this.actors, actor, next.id);
    if (this.hasBuffers && next.parent !== place)
      this.nextActors = this.#actors.with(this.nextActors, this.#count + actor, next.stores?.count ?? 0);
    this.nextWords = this.words;
    this.value = by;
    this.goesBack = next.depth <= place.depth;
    take(transition);
  }

  /** Lets the oldest store out of a buffer. */
  #drain(actor: number, place: ActorPlace, buffered: number, take: (transition: number) => void): void {
    let oldest = place.stores as Stored;
    for (let i = 1; i < buffered; i++) oldest = oldest.older as Stored;
    this.nextActors = this.#actors.with(this.actors, this.#count + actor, oldest.count);
    this.nextWords = this.#with(this.#model.slotOfStore(oldest), oldest.value);
    this.value = 0;
    this.goesBack = false;
    take(transitionOf(TRANSITION.DRAINS, actor, 0));
  }

  /** Returns what an actor reads: the newest of its stores to the word that is not visible yet, or the word. */
  #read(place: ActorPlace, buffered: number): number {
    let store = place.stores;
    for (let i = 0; i < buffered && store !== null; i++, store = store.older)
      if (store.address === place.address) return store.value;
    return this.word(this.#slotAt(place));
  }

  #eachOfStep(actor: number, place: ActorPlace, buffered: number, take: (transition: number) => void): void {
    const { step, a, b } = place;
    if (buffered > 0 && isAtomic(step)) return;
    const one = transitionOf(TRANSITION.STEP, actor, 0);
    switch (step) {
      case STEP.READ:
        this.#go(one, place, this.#read(place, buffered), this.words, take);
        return;
      case STEP.WRITE:
      case STEP.RELEASE:
        if (!this.hasBuffers)
          this.#go(one, place, 0, this.#with(this.#slotAt(place), step === STEP.WRITE ? a : 0), take);
        else if (buffered < STORE_BUFFER_ENTRIES) this.#go(one, place, 0, this.words, take);
        return;
      case STEP.AWAIT:
      case STEP.AWAIT_NOT: {
        const word = this.#read(place, buffered);
        if (((word & a) === b) === (step === STEP.AWAIT)) this.#go(one, place, word, this.words, take);
        return;
      }
      case STEP.FENCE:
      case STEP.DRAINED:
      case STEP.POLL:
        this.#go(one, place, 0, this.words, take);
        return;
      case STEP.DRAW:
      case STEP.EXPIRED:
        for (let n = 0; n < (step === STEP.DRAW ? a : 2); n++)
          this.#go(transitionOf(TRANSITION.STEP, actor, n), place, n, this.words, take);
        return;
      case STEP.EVERY:
        this.#every(actor, place, take);
        return;
      case STEP.OFFER:
      case STEP.ASIDE:
      case STEP.TAKE:
        this.#exchange(actor, place, take);
        return;
      case STEP.OFFER_PLACE:
      case STEP.LOOK_PLACE:
      case STEP.TAKE_PLACE:
      case STEP.AWAIT_CPU:
        this.#atPlace(one, place, take);
        return;
      case STEP.OWN_READ:
      case STEP.OWN:
      case STEP.OWN_IF:
      case STEP.OWN_UNLESS:
        this.#own.each(place, this.words, (value, words) => this.#go(one, place, value, words, take));
        return;
      default:
        this.#change(one, place, step, a, b, take);
    }
  }

  /** Makes an atomic access. */
  #change(
    one: number,
    place: ActorPlace,
    step: number,
    a: number,
    b: number,
    take: (transition: number) => void,
  ): void {
    const slot = this.#slotAt(place);
    const word = this.word(slot);
    switch (step) {
      case STEP.CMPXCHG:
        this.#go(one, place, word, word === a ? this.#with(slot, b) : this.words, take);
        return;
      case STEP.XCHG:
        this.#go(one, place, word, this.#with(slot, a), take);
        return;
      case STEP.FETCH_OR:
        this.#go(one, place, word, this.#with(slot, word | a), take);
        return;
      case STEP.FETCH_AND:
        this.#go(one, place, word, this.#with(slot, word & a), take);
        return;
      case STEP.FETCH_ADD:
        this.#go(one, place, word, this.#with(slot, (word + a) | 0), take);
        return;
      case STEP.TRY_LOCK:
        if (isFree(word)) this.#go(one, place, 1, this.#with(slot, place.cpu + 1), take);
        else this.#go(one, place, 0, this.words, take);
        return;
      case STEP.TICK:
        this.#go(one, place, 0, this.#with(slot, 1), take);
        return;
      case STEP.HAS_TICKED:
        this.#go(one, place, word, this.#with(slot, 0), take);
        return;
      case STEP.LOCK:
        if (isFree(word)) this.#go(one, place, 0, this.#with(slot, place.cpu + 1), take);
        return;
      default:
        throw new Error(`explore: step ${step} is none of an actor`);
    }
  }

  /** Decides whether the trial is one of every so many, unless it is decided. */
  #every(actor: number, place: ActorPlace, take: (transition: number) => void): void {
    const slot = this.#slotAt(place);
    const decided = this.word(slot);
    const [yes, no] = [2 * place.a + 1, 2 * place.a];
    for (const [choice, word] of [no, yes].entries())
      if (decided === 0 || decided === word)
        this.#go(transitionOf(TRANSITION.STEP, actor, choice), place, choice, this.#with(slot, word), take);
  }

  #exchange(actor: number, place: ActorPlace, take: (transition: number) => void): void {
    const { step, a, b, how, cpu } = place;
    const model = this.#model;
    const slot = this.#slotAt(place);
    const word = this.word(slot);
    const one = transitionOf(TRANSITION.STEP, actor, 0);
    if (step === STEP.OFFER) {
      if (word === 0) this.#go(one, place, 1, this.#with(model.slotOfLeft(cpu), b, this.#with(slot, a)), take);
      else this.#go(one, place, 0, this.words, take);
    } else if (step === STEP.ASIDE) {
      if (word === a) this.#go(one, place, 0, this.#with(slot, 0), take);
      else this.#go(one, place, 1 + this.#leftBy(offeredCpu(word)) * this.#count + offeredCpu(word), this.words, take);
    } else if (word === a) {
      const left = this.#leftBy(offeredCpu(a));
      this.#go(one, place, 1 + left, this.#with(model.slotOfLeft(cpu), how, this.#with(slot, b)), take);
    } else this.#go(one, place, 0, this.words, take);
  }

  /** Makes a step of a task that has no CPU, or of one that gives its own to another. */
  #atPlace(one: number, place: ActorPlace, take: (transition: number) => void): void {
    const { step, a, b, how, by, cpu, actor } = place;
    const model = this.#model;
    const slot = this.#slotAt(place);
    const word = this.word(slot);
    if (step === STEP.OFFER_PLACE) {
      const ready = this.#with(model.slotOfReady(actor), how, this.#with(slot, a));
      this.#go(one, place, 0, this.#with(model.slotOfLeft(cpu), b, ready), take);
    } else if (step === STEP.LOOK_PLACE)
      this.#go(one, place, this.#isReadyFor(cpu, by, word) ? word : 0, this.words, take);
    else if (step === STEP.AWAIT_CPU) {
      if (word !== a)
        this.#go(one, place, 1 + this.#leftBy(offeredCpu(word)) * this.#count + offeredCpu(word), this.words, take);
    } else if (word === a) {
      const left = this.#leftBy(offeredCpu(a));
      this.#go(one, place, 1 + left, this.#with(model.slotOfLeft(cpu), how, this.#with(slot, b)), take);
    } else this.#go(one, place, 0, this.words, take);
  }

  /** Gives the CPU of a task that sleeps or has ended to each one that is ready for it. */
  #give(actor: number, place: ActorPlace, { left, answer }: GivesCpu, take: (transition: number) => void): void {
    const model = this.#model;
    for (let thread = 0; thread < this.#count; thread++) {
      const slot = model.slotOfOffer(thread);
      const offer = this.word(slot);
      if (thread === actor || !this.#isReadyFor(place.cpu, thread, offer)) continue;
      const from = offeredCpu(offer);
      const value = givenTo(thread, from, this.#leftBy(from), this.#count);
      const words = this.#with(model.slotOfLeft(place.cpu), left, this.#with(slot, answer));
      this.#go(transitionOf(TRANSITION.STEP, actor, thread + 1), place, value, words, take);
    }
  }

  /** Whether a task waits for a CPU, with this offer, that it may run on. */
  #isReadyFor(cpu: number, thread: number, offer: number): boolean {
    return offer !== 0 && !isTaken(offer) && (this.word(this.#model.slotOfReady(thread)) & (1 << cpu)) !== 0;
  }

  /** Returns the number of what was left in the areas of a CPU. */
  #leftBy(cpu: number): number {
    return this.word(this.#model.slotOfLeft(cpu));
  }
}
