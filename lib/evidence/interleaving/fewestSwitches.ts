/**
 * The first two searches for an interleaving: A*, exact or weighted, for the fewest context switches. Called by
 * reconstruct.ts.
 */

import { MachineState } from './machineState.js';
import { NEVER, PairBound } from './pairBound.js';
import { PositionTable } from './positionTable.js';
import type { Problem } from './problem.js';

/** More CPUs than a word has bits are left to the other search. */
export const CPUS_OF_SEARCH = 30;

/** An interleaving of the kept accesses, and how many states were visited to find it. */
export interface Found {
  readonly order: readonly number[] | undefined;
  readonly states: number;
  /** Whether all states that the rules allow were visited. */
  readonly exhausted: boolean;
}

/**
 * Searches with A* over the positions of the CPUs; the cost is the number of context switches. It branches only where a CPU
 * reaches a store of a word that others use: a load of the running CPU that can run costs nothing. A `weight` above 1
 * multiplies the bound, which finds an interleaving sooner, with more switches.
 */
export function fewestSwitches(problem: Problem, pred: Int32Array, weight: number, statesMax: number): Found {
  return new Search(problem, pred, weight, statesMax).run();
}

class Search {
  readonly #p: Problem;
  readonly #state: MachineState;
  readonly #bounds: readonly PairBound[];
  readonly #weight: number;
  readonly #max: number;
  /** States by estimated cost, the newest of a cost first. */
  readonly #open: number[][] = [];
  readonly #seen: PositionTable;
  #positions: Int32Array;
  #memory: Int32Array;
  #parents: Int32Array;
  /** CPU that ran last | switches << 8. */
  #running: Int32Array;
  /** Bits of the CPUs with which the positions of a state have been reached at its cost. */
  #reached: Int32Array;
  #count = 0;

  constructor(problem: Problem, pred: Int32Array, weight: number, statesMax: number) {
    this.#p = problem;
    this.#state = new MachineState(problem, pred);
    this.#bounds = PairBound.all(problem, pred);
    this.#weight = weight;
    this.#max = statesMax;
    this.#seen = new PositionTable(problem.cpus);
    const room = 256;
    this.#positions = new Int32Array(room * problem.cpus);
    this.#memory = new Int32Array(room * problem.words);
    this.#parents = new Int32Array(room);
    this.#running = new Int32Array(room);
    this.#reached = new Int32Array(room);
  }

  run(): Found {
    this.#add(-1, 0xff, 0);
    for (let cost = 0; cost < this.#open.length;) {
      const node = this.#open[cost]?.pop();
      if (node === undefined) {
        cost++;
        continue;
      }
      if (this.#isDone(node)) return { order: this.#path(node), states: this.#count, exhausted: false };
      if (this.#count >= this.#max) return { order: undefined, states: this.#count, exhausted: false };
      cost = Math.min(cost, this.#expand(node));
    }
    return { order: undefined, states: this.#count, exhausted: true };
  }

  #isDone(node: number): boolean {
    const { cpus, lengths } = this.#p;
    for (let c = 0; c < cpus; c++) if (this.#positions[node * cpus + c] < lengths[c]) return false;
    return true;
  }

  /** Adds the successors of a state; returns the least estimated cost among them. */
  #expand(node: number): number {
    const { cpus, words } = this.#p;
    const running = this.#running[node] & 0xff;
    const switches = this.#running[node] >> 8;
    let least = Infinity;
    for (let k = 0; k < cpus; k++) {
      // The running CPU last, so that it is taken out of its bucket first.
      const cpu = (running + 1 + k) % cpus;
      this.#state.moveTo(this.#positions, node * cpus, this.#memory, node * words);
      if (!this.#advance(cpu)) continue;
      const cost = switches + (running === 0xff || cpu === running ? 0 : 1);
      least = Math.min(least, this.#add(node, cpu, cost));
    }
    return least;
  }

  /** Runs the CPU's next access and all that may run directly after it. Returns false if the access cannot or must not run. */
  #advance(cpu: number): boolean {
    const state = this.#state;
    if (!state.canRun(cpu)) return false;
    const first = state.next(cpu);
    if (!state.isLoad(first) && state.losesValue(first)) return false;
    state.run(cpu);
    while (state.canRun(cpu)) {
      const a = state.next(cpu);
      if (!state.isLoad(a) && !state.isPrivate(a, cpu)) break;
      state.run(cpu);
    }
    return true;
  }

  /** Enters the state that stands in #state; returns its estimated cost, or Infinity if it is not needed. */
  #add(parent: number, cpu: number, switches: number): number {
    const node = this.#count;
    const found = this.#seen.exchange(
      this.#state.positions,
      node + 1,
      (other) => this.#running[other - 1] >> 8 <= switches,
    );
    const bit = cpu === 0xff ? 0 : 1 << cpu;
    let reached = bit;
    if (found !== 0) {
      const best = this.#running[found - 1] >> 8;
      if (best < switches) return Infinity;
      if (best === switches) {
        if ((this.#reached[found - 1] & bit) !== 0) return Infinity;
        this.#reached[found - 1] |= bit;
        reached = 0;
      }
    }
    const bound = this.#bound(cpu);
    if (bound >= NEVER) return Infinity;
    this.#store(node, parent, cpu, switches, reached);
    const estimate = switches + this.#weight * bound;
    (this.#open[estimate] ??= []).push(node);
    return estimate;
  }

  #store(node: number, parent: number, cpu: number, switches: number, reached: number): void {
    const { cpus, words } = this.#p;
    if (node === this.#parents.length) this.#grow();
    this.#positions.set(this.#state.positions, node * cpus);
    this.#memory.set(this.#state.memory, node * words);
    this.#parents[node] = parent;
    this.#running[node] = cpu | (switches << 8);
    this.#reached[node] = reached;
    this.#count++;
  }

  #grow(): void {
    const twice = (old: Int32Array): Int32Array => {
      const grown = new Int32Array(old.length * 2);
      grown.set(old);
      return grown;
    };
    this.#positions = twice(this.#positions);
    this.#memory = twice(this.#memory);
    this.#parents = twice(this.#parents);
    this.#running = twice(this.#running);
    this.#reached = twice(this.#reached);
  }

  /** Returns a lower bound of the switches that are still needed. */
  #bound(running: number): number {
    const { cpus, lengths } = this.#p;
    const { positions } = this.#state;
    let others = 0;
    for (let c = 0; c < cpus; c++) if (c !== running && positions[c] < lengths[c]) others++;
    let most = running === 0xff ? Math.max(0, others - 1) : others;
    let sum = 0;
    for (const pair of this.#bounds) {
      const n = pair.at(positions, running);
      sum += n;
      if (n > most) most = n;
    }
    return Math.max(most, Math.ceil(sum / Math.max(1, cpus - 1)));
  }

  /** Returns the CPU of each access on the way to a state. */
  #path(node: number): number[] {
    const { cpus } = this.#p;
    const order: number[] = [];
    for (let n = node; this.#parents[n] >= 0; n = this.#parents[n]) {
      const cpu = this.#running[n] & 0xff;
      const ran = this.#positions[n * cpus + cpu] - this.#positions[this.#parents[n] * cpus + cpu];
      for (let i = 0; i < ran; i++) order.push(cpu);
    }
    return order.toReversed();
  }
}
