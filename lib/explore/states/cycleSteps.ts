/** Finds a way round a cycle of states on which everybody moves who can. Called by layers.ts for the order that leads to the cycle. */

import type { PairTable } from './pairs.js';
import type { ActorPlace } from '../trees/step.js';
import { actorOf, kindOf, type Transitions } from './transitions.js';

/** One step of an order. */
export interface WitnessStep {
  readonly actor: number;
  readonly does: number;
  /** The place that the actor was at, and the value that its step returned. */
  readonly place: ActorPlace;
  readonly value: number;
}

/** A transition between two states of the cycle. */
interface Move extends WitnessStep {
  readonly to: number;
}

/** Returns the steps of a way that begins in the state `from` of a cycle and comes back to it. */
export function cycleSteps(
  cycle: readonly number[],
  from: number,
  states: PairTable,
  look: Transitions,
): WitnessStep[] {
  const moves = movesOf(cycle, states, look);
  const missing = new Set([...moves.values()].flatMap((all) => all.map(whoMoves)));
  const steps: WitnessStep[] = [];
  let at = from;
  while (missing.size > 0) {
    const way = wayTo(moves, at, (move) => missing.has(whoMoves(move)));
    for (const move of way) missing.delete(whoMoves(move));
    steps.push(...way);
    at = way[way.length - 1].to;
  }
  return at === from ? steps : [...steps, ...wayTo(moves, at, ({ to }) => to === from)];
}

function whoMoves({ actor, does }: WitnessStep): string {
  return `${actor} ${does}`;
}

function movesOf(cycle: readonly number[], states: PairTable, look: Transitions): Map<number, Move[]> {
  const inside = new Set(cycle);
  const moves = new Map<number, Move[]>();
  for (const state of cycle) {
    const here: Move[] = [];
    moves.set(state, here);
    look.actors = states.left(state);
    look.words = states.right(state);
    look.each((transition) => {
      const to = states.intern(look.nextActors, look.nextWords);
      const actor = actorOf(transition);
      if (inside.has(to))
        here.push({ actor, does: kindOf(transition), place: look.placeOf(actor), value: look.value, to });
    });
  }
  return moves;
}

/** Returns the shortest way from a state whose last move is a wanted one. */
function wayTo(moves: ReadonlyMap<number, readonly Move[]>, from: number, isWanted: (move: Move) => boolean): Move[] {
  const ways = new Map<number, { readonly before: number; readonly move: Move }>();
  const way = (last: Move, before: number): Move[] => {
    const found = [last];
    for (let at = before; at !== from;) {
      const step = ways.get(at);
      if (step === undefined) break;
      found.push(step.move);
      at = step.before;
    }
    return found.toReversed();
  };
  const queue = [from];
  for (const state of queue)
    for (const move of moves.get(state) ?? []) {
      if (isWanted(move)) return way(move, state);
      if (move.to === from || ways.has(move.to)) continue;
      ways.set(move.to, { before: state, move });
      queue.push(move.to);
    }
  throw new Error('explore: a cycle that is not closed');
}
