/**
 * Searches states whose orders stand for all: where what an actor does next has nothing to do with anything that another one may still
 * do, only that is looked at. Driven by explore.ts where there are too many states for search.ts.
 *
 * Orders that only exchange such steps with those of others lead to the same places and the same end. So every place that an actor can
 * be at in any order is met, and every state in which nobody can go on: what fails, what is cut and what hangs. How many states and orders there
 * are is not known then. That holds of trials without cycles: a model with loops that lead back is refused.
 *
 * What others may still do is known as far as their trees are. When a tree has grown, each choice is looked at again, and what does not hold
 * any more is taken back: the other steps are searched as well. When no choice is left to be taken back, none was wrong (docs/exploring.md).
 *
 * States with a single way on by such a choice are not kept.
 */

import { signaturesOfStuck } from '../hangs/stuck.js';
import type { FoundStates, SearchLimits } from '../search.js';
import type { Model } from '../states/model.js';
import { PairTable } from '../states/pairs.js';
import { DEEPER, TOO_NARROW, vectorTable } from '../states/vectors.js';
import { Transitions } from '../states/transitions.js';
import { STEP } from '../trees/step.js';
import { Futures } from './futures.js';

const FIRST_WORDS = 64;
const FIRST_CHOICES = 1 << 12;
/** Words of a choice: the two vectors of the state, and the actor. */
const CHOICE = 3;
const NOBODY = -1;

/** A search. */
export class ReducedSearch {
  readonly #model: Model;
  readonly #limits: SearchLimits;
  readonly #futures: Futures;
  #words = FIRST_WORDS;
  #vectors = vectorTable();
  #states = new PairTable();
  #transitions: Transitions;
  /** States that were kept and whose ways on are not known yet. */
  #waiting: number[] = [];
  /** States in which one actor alone was looked at; NOBODY once the others were as well. */
  #choices = new Int32Array(CHOICE * FIRST_CHOICES);
  #chosen = 0;
  #hasGrown = false;
  #made = 0;
  #overs = 0;
  #stuck = 0;
  #cuts = 0;
  #failures = new Map<string, number>();
  #isComplete = false;

  constructor(model: Model, limits: SearchLimits) {
    this.#model = model;
    this.#limits = limits;
    this.#futures = new Futures(model);
    while (this.#words < model.slots + 8) this.#words *= DEEPER;
    this.#transitions = this.#begin();
  }

  /** Whether every order has one that stands for it. */
  get isComplete(): boolean {
    return this.#isComplete && this.#futures.obstacle === null;
  }

  /** Whether a limit has been reached, or no order can be left out. */
  get isOver(): boolean {
    return this.#isComplete || this.#futures.obstacle !== null || this.#isFull;
  }

  /** What has ended it, other than a limit; null if nothing has. */
  get end(): 'complete' | 'obstacle' | null {
    if (this.#futures.obstacle !== null) return 'obstacle';
    return this.#isComplete ? 'complete' : null;
  }

  get found(): FoundStates {
    return {
      states: this.#states.size,
      transitions: this.#made,
      frontier: this.#waiting.length,
      bytes: this.#bytes,
      estimate: null,
      orders: NaN,
      ends: this.#overs,
      stuckStates: this.#stuck,
      failures: this.#failures,
      cuts: this.#cuts,
      leftOut: 0,
    };
  }

  get #isFull(): boolean {
    return this.#states.size >= this.#limits.states || this.#bytes >= this.#limits.bytes;
  }

  get #bytes(): number {
    return this.#vectors.bytes + this.#states.bytes + this.#choices.byteLength + this.#futures.bytes;
  }

  /** Looks at so many kept states more, at most. */
  advance(states: number): void {
    try {
      for (let i = 0; i < states && !this.isOver; i++) {
        const state = this.#waiting.pop();
        if (state !== undefined) this.#expand(state);
        else if (!this.#takeBack()) this.#isComplete = true;
      }
    } catch (thrown) {
      if (thrown !== TOO_NARROW) throw thrown;
      this.#words *= DEEPER;
      this.#transitions = this.#begin();
    }
  }

  #begin(): Transitions {
    this.#vectors = vectorTable();
    this.#states = new PairTable();
    this.#waiting = [];
    this.#chosen = 0;
    this.#hasGrown = false;
    this.#made = 0;
    this.#overs = 0;
    this.#stuck = 0;
    this.#cuts = 0;
    this.#failures = new Map();
    const transitions = new Transitions(this.#model, this.#vectors, this.#words);
    this.#transitions = transitions;
    transitions.begin();
    this.#follow(transitions.nextActors, transitions.nextWords);
    return transitions;
  }

  /** Follows a way to a state in which there is more than one way on, or none, and keeps that. */
  #follow(firstActors: number, firstWords: number): void {
    const transitions = this.#transitions;
    let [actors, words] = [firstActors, firstWords];
    for (;;) {
      transitions.actors = actors;
      transitions.words = words;
      this.#update();
      const actor = this.#choose(1);
      if (actor === NOBODY) break;
      this.#note(actors, words, actor);
      actors = transitions.nextActors;
      words = transitions.nextWords;
      this.#made++;
    }
    const before = this.#states.size;
    const state = this.#states.intern(actors, words);
    if (state === before) this.#waiting.push(state);
  }

  /** Returns an actor that has at most so many ways on, and with whose step nothing that others may do has to do; NOBODY if there is none. */
  #choose(waysMax: number): number {
    const transitions = this.#transitions;
    for (let c = 0; c < this.#model.actors.length; c++) {
      const place = transitions.placeOf(c);
      if (place.step > STEP.END || !this.#isAlone(c)) continue;
      let ways = 0;
      transitions.eachOf(c, () => ways++);
      if (ways > 0 && ways <= waysMax) return c;
    }
    return NOBODY;
  }

  /** Whether nothing that others may do has to do with what an actor does next. */
  #isAlone(actor: number): boolean {
    const transitions = this.#transitions;
    const place = transitions.placeOf(actor);
    for (let c = 0; c < this.#model.actors.length; c++)
      if (c !== actor && this.#futures.meet(place, transitions.placeOf(c))) return false;
    return true;
  }

  /** Looks at the ways on of a kept state. */
  #expand(state: number): void {
    const transitions = this.#transitions;
    const actors = this.#states.left(state);
    const words = this.#states.right(state);
    transitions.actors = actors;
    transitions.words = words;
    this.#update();
    const actor = this.#choose(Infinity);
    if (actor !== NOBODY) this.#note(actors, words, actor);
    const next: number[] = [];
    const take = (): void => void next.push(transitions.nextActors, transitions.nextWords);
    if (actor === NOBODY) transitions.each(take);
    else transitions.eachOf(actor, take);
    this.#noteEnds(next.length > 0);
    this.#followAll(next);
  }

  /** Looks at the ways on of a state of others than this actor. */
  #expandOthers(actors: number, words: number, actor: number): void {
    const transitions = this.#transitions;
    transitions.actors = actors;
    transitions.words = words;
    const next: number[] = [];
    for (let c = 0; c < this.#model.actors.length; c++)
      if (c !== actor && transitions.placeOf(c).step <= STEP.END)
        transitions.eachOf(c, () => void next.push(transitions.nextActors, transitions.nextWords));
    this.#followAll(next);
  }

  #followAll(next: readonly number[]): void {
    this.#made += next.length / 2;
    for (let i = 0; i < next.length; i += 2) this.#follow(next[i], next[i + 1]);
  }

  #update(): void {
    if (this.#futures.update()) this.#hasGrown = true;
  }

  /** Notes what a kept state shows: who has failed, or was cut, shows in all states behind that, and the last of them is kept. */
  #noteEnds(goesOn: boolean): void {
    const transitions = this.#transitions;
    let [ended, cut] = [0, 0];
    for (let c = 0; c < this.#model.actors.length; c++) {
      const { step, a } = transitions.placeOf(c);
      if (step === STEP.FAIL) this.#count(this.#model.signatures[a]);
      else if (step === STEP.END) ended++;
      else if (step === STEP.CUT) cut++;
    }
    if (cut > 0) this.#cuts++;
    if (ended === this.#model.actors.length) this.#overs++;
    else if (!goesOn) this.#noteStuck();
  }

  #noteStuck(): void {
    const signatures = signaturesOfStuck(this.#model, this.#transitions);
    if (signatures.size > 0) this.#stuck++;
    for (const signature of signatures.keys()) this.#count(signature);
  }

  #count(signature: string): void {
    this.#failures.set(signature, (this.#failures.get(signature) ?? 0) + 1);
  }

  #note(actors: number, words: number, actor: number): void {
    if (CHOICE * (this.#chosen + 1) > this.#choices.length) {
      const choices = new Int32Array(2 * this.#choices.length);
      choices.set(this.#choices);
      this.#choices = choices;
    }
    const at = CHOICE * this.#chosen++;
    this.#choices[at] = actors;
    this.#choices[at + 1] = words;
    this.#choices[at + 2] = actor;
  }

  /** Takes back the choices that do not hold any more. Returns whether there were any, or new ones to look at. */
  #takeBack(): boolean {
    this.#update();
    if (!this.#hasGrown) return false;
    this.#hasGrown = false;
    const transitions = this.#transitions;
    for (let choice = 0; choice < this.#chosen; choice++) {
      const at = CHOICE * choice;
      const actor = this.#choices[at + 2];
      if (actor === NOBODY) continue;
      transitions.actors = this.#choices[at];
      transitions.words = this.#choices[at + 1];
      if (this.#isAlone(actor)) continue;
      this.#choices[at + 2] = NOBODY;
      this.#expandOthers(this.#choices[at], this.#choices[at + 1], actor);
    }
    return true;
  }
}
