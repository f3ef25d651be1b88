/**
 * Searches all states that a model can reach, each once. Driven by explore.ts.
 *
 * Breadth first: every transition is a step further from the first state, so states of one distance are met before those of the next,
 * and the number of ways to a state is known when its own transitions are looked at.
 */

import type { Model } from './model.js';
import { PairTable } from './pairs.js';
import { STEP } from './step.js';
import { signaturesOfStuck } from './stuck.js';
import { TOO_NARROW, Transitions } from './transitions.js';
import { vectorTable } from './vectors.js';

/** What may end a search before it has met all states. */
export interface SearchLimits {
  readonly states: number;
  /** Bytes of its tables. */
  readonly bytes: number;
}

/** What was found so far. */
export interface FoundStates {
  readonly states: number;
  readonly transitions: number;
  /** States whose transitions are not known yet. */
  readonly frontier: number;
  readonly bytes: number;
  /** Ways through the trial; not exact beyond 2^53. */
  readonly orders: number;
  /** States in which the trial is over without a failure. */
  readonly ends: number;
  /** States in which nobody can go on, and not all have ended. */
  readonly stuckStates: number;
  /** States in which the trial may fail, by signature. */
  readonly failures: ReadonlyMap<string, number>;
  /** Steps of an actor behind which the search goes no further. */
  readonly cuts: number;
}

const FIRST_WORDS = 64;
const FIRST_ORDERS = 1 << 10;

/** A search. */
export class Search {
  readonly #model: Model;
  readonly #limits: SearchLimits;
  #words = FIRST_WORDS;
  #vectors = vectorTable();
  #states = new PairTable();
  #transitions: Transitions;
  #orders = new Float64Array(FIRST_ORDERS);
  #next = 0;
  #made = 0;
  #complete = 0;
  #ends = 0;
  #stuck = 0;
  #cuts = 0;
  #failures = new Map<string, number>();

  constructor(model: Model, limits: SearchLimits) {
    this.#model = model;
    this.#limits = limits;
    while (this.#words < model.slots + 8) this.#words *= 2;
    this.#transitions = this.#begin();
  }

  /** Whether all states have been met. */
  get isComplete(): boolean {
    return this.#next === this.#states.size;
  }

  /** Whether a limit has been reached. */
  get isFull(): boolean {
    return !this.isComplete && (this.#states.size >= this.#limits.states || this.#bytes >= this.#limits.bytes);
  }

  get failures(): ReadonlyMap<string, number> {
    return this.#failures;
  }

  get found(): FoundStates {
    return {
      states: this.#states.size,
      transitions: this.#made,
      frontier: this.#states.size - this.#next,
      bytes: this.#bytes,
      orders: this.#complete,
      ends: this.#ends,
      stuckStates: this.#stuck,
      failures: this.#failures,
      cuts: this.#cuts,
    };
  }

  get #bytes(): number {
    return this.#vectors.bytes + this.#states.bytes + this.#orders.byteLength;
  }

  /** Looks at so many states more, at most. */
  advance(states: number): void {
    try {
      for (let i = 0; i < states && !this.isComplete && !this.isFull; i++) this.#lookAt(this.#next++);
    } catch (thrown) {
      if (thrown !== TOO_NARROW) throw thrown;
      this.#words *= 2;
      this.#transitions = this.#begin();
    }
  }

  /** Begins with the first state. What is known of the actors stays. */
  #begin(): Transitions {
    this.#vectors = vectorTable();
    this.#states = new PairTable();
    this.#orders.fill(0);
    this.#next = 0;
    this.#made = 0;
    this.#complete = 0;
    this.#ends = 0;
    this.#stuck = 0;
    this.#cuts = 0;
    this.#failures = new Map();
    const transitions = new Transitions(this.#model, this.#vectors, this.#words);
    transitions.begin();
    this.#orders[this.#states.intern(transitions.nextActors, transitions.nextWords)] = 1;
    return transitions;
  }

  #lookAt(state: number): void {
    const transitions = this.#transitions;
    const states = this.#states;
    transitions.actors = states.left(state);
    transitions.words = states.right(state);
    const orders = this.#orders[state];
    const before = this.#made;
    transitions.each(() => {
      this.#made++;
      const next = states.intern(transitions.nextActors, transitions.nextWords);
      if (next >= this.#orders.length) this.#growOrders();
      this.#orders[next] += orders;
    });
    if (transitions.failing > 0) this.#noteFailing(orders);
    if (this.#made === before) this.#noteEnd(orders);
  }

  #growOrders(): void {
    const orders = new Float64Array(2 * this.#orders.length);
    orders.set(this.#orders);
    this.#orders = orders;
  }

  /** Notes the failures that may come now. */
  #noteFailing(orders: number): void {
    for (let c = 0; c < this.#model.actors.length; c++) {
      const { step, a } = this.#transitions.placeOf(c);
      if (step !== STEP.FAIL) continue;
      this.#complete += orders;
      this.#count(this.#model.signatures[a]);
    }
  }

  /** Notes a state without a transition. */
  #noteEnd(orders: number): void {
    const { failing, ended, cut } = this.#transitions;
    const isOver = ended === this.#model.actors.length;
    if (cut > 0) this.#cuts++;
    if (isOver) this.#ends++;
    else {
      const signatures = signaturesOfStuck(this.#model, this.#transitions);
      if (signatures.size > 0) this.#stuck++;
      for (const signature of signatures.keys()) this.#count(signature);
    }
    if (failing === 0) this.#complete += orders;
  }

  #count(signature: string): void {
    this.#failures.set(signature, (this.#failures.get(signature) ?? 0) + 1);
  }
}
