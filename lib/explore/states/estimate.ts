/**
 * Estimates how many states a search will meet, from those that it has met. Called by search.ts.
 *
 * A search goes by distance from the first state. Each state of the next distance has so many predecessors of this one: so there are as
 * many states there as transitions lead there, each counted as one by the number of predecessors. A few hundred states stand
 * for all of one distance: they are moved on, by a transition each, and those kept with fewer predecessors as often as with more. How far
 * the number of predecessors is wrong is seen at the distances that are known.
 */

import { draw } from '../../machine/random.js';
import type { Model } from './model.js';
import type { PairTable } from './pairs.js';
import { Predecessors } from './predecessors.js';
import type { Transitions } from './transitions.js';

/** States that stand for all of a distance. */
const SAMPLED = 256;
/** Distances at which the estimate is compared with what is known. */
const COMPARED = 12;
const COMPARED_MIN = 4;
/** How much of the error that is seen there is taken for that of all distances behind: what it is grows and shrinks. */
const ERROR_KEPT = 0.5;
/** Behind, more states differ by what was read long ago, and fewer are alike than it seems. As it was for most rows of the built-in races. */
const BEHIND = 1.75;
/** What is more than that is not followed further: no search meets them all. */
const STATES_COUNTED = 1e12;

/** What a search has met so far. */
export interface MetSoFar {
  readonly states: PairTable;
  /** The first state of each distance; the last one is of a distance of which not all are known. */
  readonly firsts: readonly number[];
}

/** States of one distance. */
interface Sample {
  actors: number[];
  words: number[];
}

/** Returns the number of states, STATES_COUNTED if there are more; null while too few distances are known. */
export function estimateStates(model: Model, look: Transitions, { states, firsts }: MetSoFar): number | null {
  const known = firsts.length - 2;
  const compared = Math.min(COMPARED, known - 2);
  if (compared < COMPARED_MIN) return null;
  const from = known - compared;
  const sizeAt = (distance: number): number => firsts[distance + 1] - firsts[distance];
  const mover = new Mover(model, look, states);
  let sample = firstSample(states, firsts[from], sizeAt(from));
  let bias = 0;
  let distance = from;
  for (; distance < known && sample.actors.length > 0; distance++) {
    const moved = mover.moveOn(sample, firsts[distance + 1], distance);
    sample = moved.sample;
    bias += Math.log(sizeAt(distance + 1) / sizeAt(distance) / Math.max(moved.growth, 1e-9));
  }
  const correction = Math.exp((ERROR_KEPT * bias) / compared);
  let behind = 0;
  let size = sizeAt(known);
  for (; behind < STATES_COUNTED && sample.actors.length > 0; distance++) {
    const moved = mover.moveOn(sample, firsts[known + 1], distance);
    sample = moved.sample;
    size *= moved.growth * correction;
    behind += size;
  }
  return Math.min(firsts[known + 1] + BEHIND * behind, STATES_COUNTED);
}

function firstSample(states: PairTable, first: number, count: number): Sample {
  const sample: Sample = { actors: [], words: [] };
  for (let i = 0; i < SAMPLED; i++) {
    const state = first + ((draw(first, i, 0) >>> 0) % count);
    sample.actors.push(states.left(state));
    sample.words.push(states.right(state));
  }
  return sample;
}

/** Moves states on, by a transition each. */
class Mover {
  readonly #look: Transitions;
  readonly #states: PairTable;
  readonly #predecessors: Predecessors;

  constructor(model: Model, look: Transitions, states: PairTable) {
    this.#look = look;
    this.#states = states;
    this.#predecessors = new Predecessors(model);
  }

  /** Moves states on to the next distance, but to none of the first `met`. Returns how many states there are for one of these. */
  moveOn(from: Sample, met: number, seed: number): { sample: Sample; growth: number } {
    const look = this.#look;
    const next: Sample = { actors: [], words: [] };
    for (let i = 0; i < from.actors.length; i++) {
      look.actors = from.actors[i];
      look.words = from.words[i];
      look.each(() => {
        if (look.goesBack) return;
        const known = this.#states.find(look.nextActors, look.nextWords);
        if (known >= 0 && known < met) return;
        next.actors.push(look.nextActors);
        next.words.push(look.nextWords);
      });
    }
    const shares = new Float64Array(next.actors.length);
    for (let i = 0; i < shares.length; i++) {
      look.actors = next.actors[i];
      look.words = next.words[i];
      shares[i] = 1 / this.#predecessors.countOf(look);
    }
    const sum = shares.reduce((a, b) => a + b, 0);
    return { sample: chosen(next, shares, sum, seed), growth: sum / from.actors.length };
  }
}

/** Chooses states by their shares. */
function chosen(from: Sample, shares: Float64Array, sum: number, seed: number): Sample {
  const sample: Sample = { actors: [], words: [] };
  const step = sum / SAMPLED;
  let next = ((draw(seed, 1, 0) >>> 0) / 2 ** 32) * step;
  let passed = 0;
  for (let i = 0; i < shares.length; i++) {
    passed += shares[i];
    for (; next < passed; next += step) {
      sample.actors.push(from.actors[i]);
      sample.words.push(from.words[i]);
    }
  }
  return sample;
}
