/**
 * Searches the states by how often a CPU is preempted on the way to them, fewest first, and by steps where that is equal. Driven by
 * explore.ts: for the shortest order that fails, and where there are too many states for all of them.
 *
 * A preemption leaves a CPU that could go on. What it costs to leave depends on who came last, so that is part of what is searched.
 * A store that leaves its buffer, and an interrupt on the CPU that runs, cost nothing.
 */

import type { Cycle } from './hangs/cycleName.js';
import type { ClassCount } from './classes/counted.js';
import { keyOfHang } from './classes/known.js';
import { LayerCounts } from './layerCounts.js';
import type { Model } from './states/model.js';
import { PairTable } from './states/pairs.js';
import type { QuadTable } from './states/quads.js';
import { cycleSteps, type WitnessStep } from './states/cycleSteps.js';
import type { FoundStates, MetStates, SearchLimits } from './search.js';
import type { SearchEnd } from './made.js';
import { STEP, isAccess, type ActorPlace } from './trees/step.js';
import { signaturesOfStuck } from './hangs/stuck.js';
import { TRANSITION, Transitions, actorOf, kindOf } from './states/transitions.js';
import { DEEPER, TOO_NARROW, vectorTable } from './states/vectors.js';

/** The order with the fewest preemptions, and then the fewest steps, that ends in a failure. */
export interface Witness {
  readonly signature: string;
  readonly preemptions: number;
  readonly steps: readonly WitnessStep[];
  /** Where each actor is at the end, and which of them fails, or waits for ever. */
  readonly last: readonly ActorPlace[];
  readonly failing: number;
  /** How many of the last steps come again and again, where the trial has no end; 0 where it has one. */
  readonly cycle: number;
}

const FIRST_SIZE = 1 << 10;
const NOT_YET = 0x7fffffff;
/** Steps of an order, in the cost of a way beside its preemptions. */
const STEPS_MAX = 1 << 20;
/** Nodes between two looks at the bytes of the tables. */
const BYTES_EVERY = 64;
/** States in which nobody is stuck. */
const NOBODY: ReadonlyMap<string, number> = new Map();

/** Returns the words of a vector that has room for those which are not known yet. */
function wordsFor(model: Model): number {
  let words = 64;
  while (words < 2 * model.slots) words *= DEEPER;
  return words;
}

/** Classes of orders that are looked for, and the orders that were found. */
interface WantedClasses {
  readonly count: ClassCount;
  readonly wanted: Set<string>;
  readonly found: Witness[];
  readonly max: number;
}

/** What may end a search by layers. */
export interface LayersLimits extends SearchLimits {
  /** Whether no layer is begun behind one preemption that would have too many states, if it grew as the one in front of it. */
  readonly wholeLayers?: boolean;
}

/** A search by layers. */
export class Layers {
  readonly #model: Model;
  readonly #limits: LayersLimits;
  readonly #wanted: Set<string> | null;
  readonly #vectors: QuadTable;
  readonly #states: PairTable;
  /** Whether all states are known, and cycles of them by one of their states. */
  readonly #knowsAll: boolean;
  readonly #cycles = new Map<number, Cycle>();
  /** A state, and the actor that came last plus 1. */
  readonly #nodes = new PairTable();
  readonly #transitions: Transitions;
  /** Those of states behind the one at hand. */
  readonly #earlier: Transitions;
  #parent = new Int32Array(FIRST_SIZE);
  #via = new Int32Array(FIRST_SIZE);
  #cost = new Int32Array(FIRST_SIZE).fill(NOT_YET);
  /** Nodes of this layer and of the next, by steps. */
  #layer: number[][] = [];
  #nextLayer: number[][] = [];
  #steps = 0;
  /** Transitions of the state at hand, each with the state behind it. */
  readonly #made: number[] = [];
  #preemptions = 0;
  /** States that were known when the layer in front of the last one was complete. */
  #before = 1;
  readonly #witnesses = new Map<string, Witness>();
  /** Those without any access: nothing could be recorded of them, so others are looked for. */
  readonly #bare = new Map<string, Witness>();
  readonly #counts: LayerCounts;
  #end: SearchEnd | null = null;
  /** Bytes of the search that has met all states, beside the tables that are used here as well. */
  readonly #bytesOfMet: number;
  /** What has to do with classes of orders that are looked for. */
  #classes: WantedClasses | null = null;

  /** `wanted`: the signatures after which it may stop; null to go on. `met`: all states, where a search has met them. */
  constructor(model: Model, limits: LayersLimits, wanted: Iterable<string> | null, met: MetStates | null = null) {
    this.#model = model;
    this.#counts = new LayerCounts(model);
    this.#bytesOfMet = met?.otherBytes ?? 0;
    this.#limits = limits;
    this.#wanted = wanted === null ? null : new Set(wanted);
    const words = met?.words ?? wordsFor(model);
    this.#knowsAll = met !== null;
    this.#vectors = met?.vectors ?? vectorTable();
    this.#states = met?.states ?? new PairTable();
    for (const cycle of met?.cycles ?? []) for (const state of cycle.states) this.#cycles.set(state, cycle);
    this.#transitions = new Transitions(model, this.#vectors, words);
    this.#earlier = new Transitions(model, this.#vectors, words);
    this.#transitions.begin();
    const first = this.#nodes.intern(this.#states.intern(this.#transitions.nextActors, this.#transitions.nextWords), 0);
    this.#cost[first] = 0;
    this.#parent[first] = -1;
    this.#layer[0] = [first];
  }

  /** Whether a search must begin again, because its states have become longer. */
  static hasOutgrown(thrown: unknown): boolean {
    return thrown === TOO_NARROW;
  }

  /** Has the search note the shortest order of each of these classes, up to so many; returns where it notes them. */
  findClasses(count: ClassCount, wanted: Iterable<string>, max: number): readonly Witness[] {
    const found: Witness[] = [];
    this.#classes = { count, wanted: new Set(wanted), found, max };
    return found;
  }

  get isOver(): boolean {
    return this.#end !== null;
  }

  /** What has ended it; null before anything has. */
  get end(): SearchEnd | null {
    return this.#end;
  }

  get states(): number {
    return this.#states.size;
  }

  /** What it has met. Which orders there are is not known. */
  get found(): FoundStates {
    const { states, transitions, ends, stuckStates, cuts, leftOut, failures } = this.#counts;
    return {
      states: this.#states.size,
      transitions,
      frontier: this.#states.size - states,
      bytes: this.#bytes + this.#bytesOfMet,
      estimate: null,
      orders: NaN,
      ends,
      stuckStates,
      failures,
      cuts,
      leftOut,
    };
  }

  /** Preemptions of the orders that are looked at now. */
  get preemptions(): number {
    return this.#preemptions;
  }

  /** Preemptions up to which everything has been searched; -1 for none. */
  get complete(): number {
    return this.#preemptions - 1;
  }

  get witnesses(): ReadonlyMap<string, Witness> {
    return new Map([...this.#bare, ...this.#witnesses]);
  }

  get #bytes(): number {
    const own = this.#parent.byteLength + this.#via.byteLength + this.#cost.byteLength;
    return this.#vectors.bytes + this.#states.bytes + this.#nodes.bytes + own;
  }

  /** Looks at so many nodes more, at most. */
  advance(nodes: number): void {
    for (let i = 0; i < nodes && this.#end === null;) {
      const bucket = this.#layer[this.#steps];
      const node = bucket?.pop();
      if (node === undefined) {
        this.#goOn();
        continue;
      }
      if (this.#cost[node] !== this.#preemptions * STEPS_MAX + this.#steps) continue;
      this.#lookAt(node);
      if (!this.#knowsAll && this.#states.size >= this.#limits.states) this.#end ??= 'states';
      if (i++ % BYTES_EVERY === 0 && this.#bytes >= this.#limits.bytes) this.#end ??= 'memory';
    }
  }

  /** Goes on to the next number of steps, or to the next layer. */
  #goOn(): void {
    if (this.#steps + 1 < this.#layer.length) {
      this.#steps++;
      return;
    }
    this.#preemptions++;
    this.#steps = 0;
    this.#layer = this.#nextLayer;
    this.#nextLayer = [];
    const states = this.#states.size;
    const growth = states / this.#before;
    this.#before = states;
    if (this.#layer.length === 0) this.#end ??= 'complete';
    if (this.#limits.wholeLayers === true && !this.#knowsAll && this.complete > 0)
      if (states * growth > this.#limits.states) this.#end ??= 'layer';
  }

  #lookAt(node: number): void {
    const transitions = this.#transitions;
    const state = this.#nodes.left(node);
    const last = this.#nodes.right(node) - 1;
    transitions.actors = this.#states.left(state);
    transitions.words = this.#states.right(state);
    this.#noteFailing(node, last);
    const cycle = this.#cycles.get(state);
    if (cycle !== undefined) this.#noteCycle(node, cycle);
    const found = this.#made;
    found.length = 0;
    transitions.each(this.#take);
    let goesOn = false;
    for (let i = 0; i < found.length; i += 2)
      if (actorOf(found[i]) === last && kindOf(found[i]) !== TRANSITION.DRAINS) goesOn = true;
    const isOver = transitions.ended === this.#model.actors.length;
    const stuck = found.length > 0 || isOver ? NOBODY : signaturesOfStuck(this.#model, transitions);
    this.#counts.note(state, transitions, found.length / 2, stuck.keys());
    for (let i = 0; i < found.length; i += 2) this.#reach(node, found[i], found[i + 1], last, goesOn);
    if (isOver && this.#classes !== null) this.#noteClass(this.#classes.count.keyOfEnd(transitions), '', node, 0);
    for (const [signature, actor] of stuck) {
      this.#note(signature, node, actor);
      this.#noteClass(keyOfHang(signature), signature, node, actor);
    }
  }

  /** Takes a transition of the state at hand: one function for all of them. */
  readonly #take = (transition: number): void => {
    const { nextActors, nextWords } = this.#transitions;
    this.#made.push(transition, this.#states.intern(nextActors, nextWords));
  };

  #reach(from: number, transition: number, state: number, last: number, goesOn: boolean): void {
    const drains = kindOf(transition) === TRANSITION.DRAINS;
    const actor = actorOf(transition);
    const node = this.#nodes.intern(state, drains ? last + 1 : actor + 1);
    if (node >= this.#cost.length) this.#grow();
    const preempts = !drains && goesOn && last >= 0 && actor !== last;
    const steps = this.#steps + 1;
    const cost = (this.#preemptions + (preempts ? 1 : 0)) * STEPS_MAX + steps;
    if (cost >= this.#cost[node]) return;
    this.#cost[node] = cost;
    this.#parent[node] = from;
    this.#via[node] = transition;
    const layer = preempts ? this.#nextLayer : this.#layer;
    while (layer.length <= steps) layer.push([]);
    layer[steps].push(node);
  }

  #grow(): void {
    const size = 2 * this.#cost.length;
    const grown = (old: Int32Array, rest: number): Int32Array<ArrayBuffer> => {
      const array = new Int32Array(size).fill(rest);
      array.set(old);
      return array;
    };
    this.#parent = grown(this.#parent, 0);
    this.#via = grown(this.#via, 0);
    this.#cost = grown(this.#cost, NOT_YET);
  }

  /** Notes the failures that may come now. The one that came last fails at once. */
  #noteFailing(node: number, last: number): void {
    if (last >= 0) this.#noteIfFailing(node, last);
    else for (let c = 0; c < this.#model.actors.length; c++) this.#noteIfFailing(node, c);
  }

  #noteIfFailing(node: number, actor: number): void {
    const place = this.#transitions.placeOf(actor);
    if (place.step !== STEP.FAIL) return;
    const signature = this.#model.signatures[place.a];
    this.#note(signature, node, actor);
    if (this.#classes !== null) this.#noteClass(this.#classes.count.keyOfFailure(place), signature, node, actor);
  }

  /** Notes the order of a class, if it is looked for. */
  #noteClass(key: string, signature: string, node: number, failing: number): void {
    const classes = this.#classes;
    if (classes === null || classes.found.length === classes.max || !classes.wanted.delete(key)) return;
    classes.found.push(this.#witnessOf(signature, node, failing));
  }

  #noteCycle(node: number, { signature, actor, states }: Cycle): void {
    if (this.#witnesses.has(signature)) return;
    const witness = this.#witnessOf(signature, node, actor);
    const again = cycleSteps(states, this.#nodes.left(node), this.#states, this.#earlier);
    this.#keep({ ...witness, steps: [...witness.steps, ...again], cycle: again.length });
  }

  #note(signature: string, node: number, failing: number): void {
    if (this.#witnesses.has(signature)) return;
    const witness = this.#witnessOf(signature, node, failing);
    if (!witness.steps.some(({ does, place }) => does === TRANSITION.STEP && isAccess(place.step))) {
      if (!this.#bare.has(signature)) this.#bare.set(signature, witness);
      return;
    }
    this.#keep(witness);
  }

  #keep(witness: Witness): void {
    this.#witnesses.set(witness.signature, witness);
    this.#wanted?.delete(witness.signature);
    if (this.#wanted?.size === 0) this.#end = 'found';
  }

  #witnessOf(signature: string, node: number, failing: number): Witness {
    const steps: WitnessStep[] = [];
    const placesIn = (of: number): ActorPlace[] => {
      const actors = this.#states.left(this.#nodes.left(of));
      return this.#model.actors.map((_, c) => this.#transitions.placeIn(actors, c));
    };
    const last = placesIn(node);
    for (let at = node; this.#parent[at] >= 0; at = this.#parent[at]) {
      const transition = this.#via[at];
      const actor = actorOf(transition);
      const before = this.#parent[at];
      const value = this.#valueOf(before, transition);
      steps.push({ actor, does: kindOf(transition), place: placesIn(before)[actor], value });
    }
    return { signature, preemptions: this.#preemptions, steps: steps.toReversed(), last, failing, cycle: 0 };
  }

  /** Returns the value that a step has returned. */
  #valueOf(node: number, transition: number): number {
    const transitions = this.#earlier;
    const state = this.#nodes.left(node);
    transitions.actors = this.#states.left(state);
    transitions.words = this.#states.right(state);
    let value = 0;
    transitions.each((made) => {
      if (made === transition) value = transitions.value;
    });
    return value;
  }
}
