/**
 * Searches all states that a model can reach, each once. Driven by explore.ts.
 *
 * Breadth first: every transition is a step further from the first state, so states of one distance are met before those of the next,
 * and the number of ways to a state is known when its own transitions are looked at.
 */

import { namedCycle, type Cycle } from './hangs/cycleName.js';
import { fairCycles } from './hangs/cycles.js';
import { Edges } from './hangs/edges.js';
import type { EndWatch } from './classes/endWatch.js';
import type { Model } from './states/model.js';
import { estimateStates } from './states/estimate.js';
import { inOrder } from './hangs/order.js';
import { PairTable } from './states/pairs.js';
import type { QuadTable } from './states/quads.js';
import { STEP } from './trees/step.js';
import { signaturesOfStuck } from './hangs/stuck.js';
import { Transitions } from './states/transitions.js';
import { DEEPER, TOO_NARROW, vectorTable } from './states/vectors.js';

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
  /** How many states there are in all, about; null before that was estimated. */
  readonly estimate: number | null;
  /** Ways through the trial; not exact beyond 2^53, and Infinity where it may go round a cycle. */
  readonly orders: number;
  /** States in which the trial is over without a failure. */
  readonly ends: number;
  /** States in which nobody can go on, and not all have ended. */
  readonly stuckStates: number;
  /** States in which the trial may fail, by signature. */
  readonly failures: ReadonlyMap<string, number>;
  /** States in which an actor has made so many accesses that the search follows it no further. */
  readonly cuts: number;
  /** States in which a timer might raise one interrupt more than is looked at. */
  readonly leftOut: number;
}

/** All states that a search has met, in its tables. */
export interface MetStates {
  readonly vectors: QuadTable;
  readonly states: PairTable;
  /** Words of a state, at most. */
  readonly words: number;
  /** Cycles of states that have no end. */
  readonly cycles: readonly Cycle[];
  /** Bytes of what is kept beside these tables. */
  readonly otherBytes: number;
}

/**
 * An estimate may be wrong: a search stops by itself where it would have to be wrong so many times over. It is the better, the more is
 * known: when this share of the states has been met that may be, fewer times are enough.
 */
const TOO_LARGE = 100;
const TOO_LARGE_LATER = 5;
const LATER = 1 / 20;
/** States between two looks at the bytes of the tables. */
const BYTES_EVERY = 64;
const FIRST_WORDS = 64;
const FIRST_ORDERS = 1 << 10;

/** Thrown where a way leads to a place that another leads to as well, while no transitions are kept. */
const NEEDS_EDGES: unknown = Object.freeze({ needsEdges: true });

/** A search. */
export class Search {
  readonly #model: Model;
  readonly #limits: SearchLimits;
  #words = FIRST_WORDS;
  #vectors = vectorTable();
  #states = new PairTable();
  #transitions: Transitions;
  #orders = new Float64Array(FIRST_ORDERS);
  /** Kept where ways of several lengths lead to one state; null while each is as far from the first as any other way to it. */
  #edges: Edges | null = null;
  #next = 0;
  /** The state whose transitions are looked at. */
  #at = 0;
  /** The first state of each distance from the first. */
  #firsts = [0];
  /** The largest frontier that was seen. */
  #widest = 0;
  #made = 0;
  #complete = 0;
  /** Where transitions are kept: states in which orders end, each with how many do for every way to it. */
  #endings: number[] = [];
  #estimated: number | null = null;
  #overs = 0;
  #stuck = 0;
  #cuts = 0;
  #leftOut = 0;
  #failures = new Map<string, number>();
  #cycles: Cycle[] = [];
  #isFinished = false;
  readonly #ends: EndWatch | null;

  /** `ends` gets every end of a trial. */
  constructor(model: Model, limits: SearchLimits, ends: EndWatch | null = null) {
    this.#model = model;
    this.#ends = ends;
    this.#limits = limits;
    while (this.#words < model.slots + 8) this.#words *= DEEPER;
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

  /** What it has met, for a search that goes through the same states in another order. */
  get met(): MetStates {
    const otherBytes = this.#bytes - this.#vectors.bytes - this.#states.bytes;
    return { vectors: this.#vectors, states: this.#states, words: this.#words, cycles: this.#cycles, otherBytes };
  }

  get found(): FoundStates {
    return {
      states: this.#states.size,
      transitions: this.#made,
      frontier: this.#states.size - this.#next,
      bytes: this.#bytes,
      estimate: this.isComplete ? this.#states.size : this.#estimated,
      orders: this.#complete,
      ends: this.#overs,
      stuckStates: this.#stuck,
      failures: this.#failures,
      cuts: this.#cuts,
      leftOut: this.#leftOut,
    };
  }

  get #bytes(): number {
    return this.#vectors.bytes + this.#states.bytes + this.#orders.byteLength + (this.#edges?.bytes ?? 0);
  }

  /** Looks at so many states more, at most. */
  advance(states: number): void {
    try {
      // Bytes are no more exact than that: a look at them for each state takes time.
      for (let i = 0; i < states && !this.isComplete && !(i % BYTES_EVERY === 0 && this.isFull); i++) {
        if (this.#states.size >= this.#limits.states) break;
        this.#lookAt(this.#next++);
      }
      this.#widest = Math.max(this.#widest, this.#states.size - this.#next);
      if (this.isComplete && !this.#isFinished) this.#finish();
    } catch (thrown) {
      if (thrown === TOO_NARROW) this.beginWider();
      else if (thrown === NEEDS_EDGES) this.#transitions = this.#begin();
      else throw thrown;
    }
  }

  /** Begins with the first state. What is known of the actors stays. */
  #begin(): Transitions {
    this.#vectors = vectorTable();
    this.#states = new PairTable();
    this.#orders.fill(0);
    this.#edges = this.#model.joins.length > 0 ? new Edges() : null;
    this.#next = 0;
    this.#firsts = [0];
    this.#widest = 0;
    this.#made = 0;
    this.#complete = 0;
    this.#endings = [];
    this.#overs = 0;
    this.#stuck = 0;
    this.#cuts = 0;
    this.#leftOut = 0;
    this.#failures = new Map();
    this.#cycles = [];
    this.#ends?.begin();
    const transitions = new Transitions(this.#model, this.#vectors, this.#words);
    transitions.begin();
    this.#orders[this.#states.intern(transitions.nextActors, transitions.nextWords)] = 1;
    return transitions;
  }

  /**
   * Estimates the number of all states, where it is not too soon for that, in some tens of milliseconds. Returns false where later
   * states have more words than there is room for: `beginWider` makes that.
   */
  estimate(): boolean {
    try {
      this.#estimated = this.estimateFrom(this.#states.size) ?? this.#estimated;
      return true;
    } catch (thrown) {
      if (thrown === TOO_NARROW) return false;
      throw thrown;
    }
  }

  /** Returns the estimate that was possible when so many states had been met; null if that is too soon. */
  estimateFrom(met: number): number | null {
    const firsts = this.#firsts.filter((first) => first <= met);
    const look = new Transitions(this.#model, this.#vectors, this.#words);
    return estimateStates(this.#model, look, { states: this.#states, firsts });
  }

  /** Begins again with states of many more words, as it would have to some time. */
  beginWider(): void {
    this.#words *= DEEPER;
    this.#transitions = this.#begin();
  }

  /** Whether the frontier has become much smaller than it was: most states have been met, as a rule, and an estimate takes longer than it is worth. */
  get isEnding(): boolean {
    return 2 * (this.#states.size - this.#next) < this.#widest;
  }

  /** Whether so many states have been met that an estimate of all is worth something. */
  get isLate(): boolean {
    return this.#states.size >= LATER * this.#limits.states;
  }

  /** Whether there are so many more states than it may meet that it need not go on. */
  get isTooLarge(): boolean {
    return this.isLargerThan(this.isLate ? TOO_LARGE_LATER : TOO_LARGE);
  }

  /** Whether there are so many times more states than it may meet, as far as that is estimated. */
  isLargerThan(times: number): boolean {
    return !this.isComplete && this.#estimated !== null && this.#estimated > times * this.#limits.states;
  }

  #lookAt(state: number): void {
    const transitions = this.#transitions;
    if (state === this.#firsts[this.#firsts.length - 1]) this.#firsts.push(this.#states.size);
    const states = this.#states;
    transitions.actors = states.left(state);
    transitions.words = states.right(state);
    const before = this.#made;
    this.#at = state;
    this.#edges?.begin();
    transitions.each(this.#reach);
    if (this.#edges === null && this.#model.joins.length > 0) throw NEEDS_EDGES;
    if (transitions.failing > 0) this.#noteFailing();
    // Others may go on for ever: what is cut counts wherever it is.
    if (transitions.cut > 0) this.#cuts++;
    const isOver = transitions.ended === this.#model.actors.length;
    if (transitions.spent > 0 && !isOver) this.#leftOut++;
    // Where all have ended, what is still pending may be lost.
    const ends = this.#made === before || isOver;
    if (ends) this.#noteEnd();
    if (ends || transitions.failing > 0) this.#noteEndings(state);
  }

  /** Notes how many orders end in a state for every way to it: one for each actor that fails, or one if nothing can come, or need come. */
  #noteEndings(state: number): void {
    const count = Math.max(1, this.#transitions.failing);
    this.#complete += count * this.#orders[state];
    if (this.#edges !== null) this.#endings.push(state, count);
  }

  /** Takes a transition of the state at hand: one function for all of them. */
  readonly #reach = (): void => {
    this.#made++;
    const next = this.#states.intern(this.#transitions.nextActors, this.#transitions.nextWords);
    if (next >= this.#orders.length) this.#growOrders();
    if (this.#edges === null) this.#orders[next] += this.#orders[this.#at];
    else this.#edges.add(next);
  };

  /** Counts the orders, and finds cycles, where the states are in no order of their own. */
  #finish(): void {
    const edges = this.#edges;
    this.#isFinished = true;
    if (edges === null) return;
    const order = inOrder(edges);
    const isCyclic = order.length < edges.states;
    if (isCyclic) {
      this.#complete = Infinity;
      this.#findLivelocks(edges, order);
      return;
    }
    const orders = this.#orders.fill(0);
    orders[0] = 1;
    this.#complete = 0;
    const endings = new Uint8Array(edges.states);
    for (let i = 0; i < this.#endings.length; i += 2) endings[this.#endings[i]] = this.#endings[i + 1];
    for (const state of order) {
      const ways = orders[state];
      const to = edges.to(state);
      for (let e = edges.from(state); e < to; e++) orders[edges.target(e)] += ways;
      if (endings[state] > 0) this.#complete += ways * endings[state];
    }
  }

  #findLivelocks(edges: Edges, order: Int32Array): void {
    const isInOrder = new Uint8Array(edges.states);
    for (const state of order) isInOrder[state] = 1;
    const cyclic: number[] = [];
    for (let s = 0; s < edges.states; s++) if (isInOrder[s] === 0) cyclic.push(s);
    for (const states of fairCycles(cyclic, edges, this.#states, this.#transitions)) {
      const found = namedCycle(this.#model, this.#transitions, this.#states, states);
      this.#cycles.push(found);
      this.#count(found.signature, states.length);
    }
  }

  #growOrders(): void {
    const orders = new Float64Array(2 * this.#orders.length);
    orders.set(this.#orders);
    this.#orders = orders;
  }

  /** Notes the failures that may come now. */
  #noteFailing(): void {
    for (let c = 0; c < this.#model.actors.length; c++) {
      const place = this.#transitions.placeOf(c);
      const { step, a } = place;
      if (step !== STEP.FAIL) continue;
      this.#ends?.fails(place);
      this.#count(this.#model.signatures[a]);
    }
  }

  /** Notes a state in which no transition comes, or need come. */
  #noteEnd(): void {
    const { ended } = this.#transitions;
    const isOver = ended === this.#model.actors.length;
    if (isOver) {
      this.#overs++;
      this.#ends?.ended(this.#transitions);
    } else {
      const signatures = signaturesOfStuck(this.#model, this.#transitions);
      if (signatures.size > 0) this.#stuck++;
      for (const signature of signatures.keys()) {
        this.#count(signature);
        this.#ends?.hangs(signature);
      }
    }
  }

  #count(signature: string, states = 1): void {
    this.#failures.set(signature, (this.#failures.get(signature) ?? 0) + states);
  }
}
