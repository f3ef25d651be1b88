/**
 * Finds an interleaving that explains a trace: the entry of this folder. Called by explain.ts, reduce.ts and
 * initialState.ts.
 */

import { anyOrder } from './anyOrder.js';
import { firstMismatch } from './check.js';
import { CPUS_OF_SEARCH, fewestSwitches, type Found } from './fewestSwitches.js';
import { expand, reduce, type Problem } from './problem.js';
import { saturate } from './saturate.js';
import { straighten } from './straighten.js';
import { DEFAULT_BOUNDS, switchesOf, type Interleaving, type Place, type SearchBounds, type Trace } from './trace.js';

const WEIGHT = 3;

/**
 * Finds an interleaving that agrees with each CPU's program order and with every observed value. It has the fewest context
 * switches if that can be found within the bounds, otherwise few. It is a witness, not the history: other interleavings may
 * explain the records as well, and `isForced` says what all of them agree on.
 */
export function reconstruct(trace: Trace, bounds: SearchBounds = DEFAULT_BOUNDS): Interleaving {
  const problem = reduce(trace);
  const pred = problem === undefined ? undefined : saturate(problem);
  if (problem === undefined || pred === undefined) return { found: false, reason: 'contradiction', states: 0 };
  const searches = [
    { minimal: true, run: () => searchSwitches(problem, pred, 1, bounds.exact) },
    { minimal: false, run: () => searchSwitches(problem, pred, WEIGHT, bounds.weighted) },
    { minimal: false, run: () => straightened(problem, pred, bounds.any) },
  ];
  let states = 0;
  for (const { minimal, run } of searches) {
    const found = run();
    states += found.states;
    if (found.exhausted) return { found: false, reason: 'contradiction', states };
    if (found.order === undefined) continue;
    const order = expand(problem, found.order);
    const mismatch = firstMismatch(trace, order);
    if (mismatch !== undefined)
      throw new Error(`the search found an interleaving that contradicts the records: ${mismatch}`);
    const isForced = (first: Place, second: Place): boolean => comesBefore(problem, pred, first, second);
    return { found: true, order, switches: switchesOf(order), minimal, states, isForced };
  }
  return { found: false, reason: 'bound', states };
}

function searchSwitches(problem: Problem, pred: Int32Array, weight: number, statesMax: number): Found {
  if (problem.cpus > CPUS_OF_SEARCH) return { order: undefined, states: 0, exhausted: false };
  return fewestSwitches(problem, pred, weight, statesMax);
}

function straightened(problem: Problem, pred: Int32Array, statesMax: number): Found {
  const found = anyOrder(problem, pred, statesMax);
  return found.order === undefined ? found : { ...found, order: straighten(problem, pred, found.order) };
}

/** Whether the records prove that one access precedes the other. */
function comesBefore(problem: Problem, pred: Int32Array, first: Place, second: Place): boolean {
  if (first.cpu === second.cpu) return first.index < second.index;
  const at = problem.keptAt[first.cpu];
  const goesAlong = at[first.index] === (first.index === 0 ? -1 : at[first.index - 1]);
  // What only follows a kept access can be delayed until the next kept one.
  const a = goesAlong ? at[first.index] + 1 : at[first.index];
  const b = problem.keptAt[second.cpu][second.index];
  return (
    a < problem.lengths[first.cpu] && b >= 0 && pred[(problem.starts[second.cpu] + b) * problem.cpus + first.cpu] > a
  );
}
