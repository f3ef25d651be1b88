/**
 * Finds the livelocks of a search: cycles of its states in which everybody who can move moves. Called by search.ts when all states are known.
 *
 * A trial may go round such a cycle for ever, and no CPU, interrupt or store buffer is left out: it depends on no bad luck of one of
 * them. Where a number is drawn that leads out of a cycle, it is drawn some time. So states are taken out of a strongly connected part
 * of the graph in which somebody could go on who never does, until nothing is left, or a cycle that is fair.
 */

import type { Edges } from './edges.js';
import type { PairTable } from '../states/pairs.js';
import { STEP } from '../trees/step.js';
import { TRANSITION, actorOf, kindOf, type Transitions } from '../states/transitions.js';

/** States among which a trial may go round for ever. */
export type FairCycle = readonly number[];

/** Kinds of transitions of one actor. */
const KINDS = 4;

/** Returns the fair cycles among these states. */
export function fairCycles(among: readonly number[], edges: Edges, states: PairTable, look: Transitions): FairCycle[] {
  const found: FairCycle[] = [];
  const parts = stronglyConnected(among, edges);
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const left = withoutUnfair(part, states, look);
    if (left.length === part.length) found.push(part);
    else if (left.length > 0) parts.push(...stronglyConnected(left, edges));
  }
  return found;
}

/** Returns the states of a part in which nobody can go on who never does in it. */
function withoutUnfair(part: readonly number[], states: PairTable, look: Transitions): readonly number[] {
  const inside = new Set(part);
  const moves = new Set<number>();
  const can: Set<number>[] = [];
  const leavesByDraw = new Set<number>();
  for (const state of part) {
    const here = new Set<number>();
    look.actors = states.left(state);
    look.words = states.right(state);
    look.each((transition) => {
      const who = actorOf(transition) * KINDS + kindOf(transition);
      here.add(who);
      if (inside.has(states.intern(look.nextActors, look.nextWords))) moves.add(who);
      else if (kindOf(transition) === TRANSITION.STEP && isDrawn(look.placeOf(actorOf(transition)).step))
        leavesByDraw.add(state);
    });
    // Somebody fails, was cut, or takes more interrupts: none of this is a step that could be in a cycle.
    if (look.failing + look.cut + look.spent > 0) return [];
    can.push(here);
  }
  return part.filter((state, i) => !leavesByDraw.has(state) && [...can[i]].every((who) => moves.has(who)));
}

function isDrawn(step: number): boolean {
  return step === STEP.DRAW || step === STEP.EVERY;
}

/** Returns the strongly connected parts of the graph that these states are, each of which has a cycle. */
function stronglyConnected(among: readonly number[], edges: Edges): number[][] {
  const index = new Map<number, number>(among.map((state) => [state, -1]));
  const low = new Map<number, number>();
  const onStack = new Set<number>();
  const stack: number[] = [];
  const parts: number[][] = [];
  let next = 0;
  const open = (state: number, path: [state: number, edge: number][]): void => {
    index.set(state, next);
    low.set(state, next++);
    stack.push(state);
    onStack.add(state);
    path.push([state, edges.from(state)]);
  };
  for (const root of among) {
    if (index.get(root) !== -1) continue;
    const path: [state: number, edge: number][] = [];
    open(root, path);
    while (path.length > 0) {
      const top = path[path.length - 1];
      const [state, edge] = top;
      if (edge < edges.to(state)) {
        top[1]++;
        const target = edges.target(edge);
        const at = index.get(target);
        if (at === -1) open(target, path);
        else if (at !== undefined && onStack.has(target)) lower(low, state, at);
        continue;
      }
      path.pop();
      const before = path.at(-1);
      if (before !== undefined) lower(low, before[0], low.get(state) ?? 0);
      if (low.get(state) === index.get(state)) closePart(state, stack, onStack, edges, parts);
    }
  }
  return parts;
}

function lower(low: Map<number, number>, state: number, to: number): void {
  if (to < (low.get(state) ?? 0)) low.set(state, to);
}

function closePart(root: number, stack: number[], onStack: Set<number>, edges: Edges, parts: number[][]): void {
  const part = stack.splice(stack.lastIndexOf(root));
  for (const state of part) onStack.delete(state);
  if (part.length > 1 || leadsTo(edges, root, root)) parts.push(part);
}

function leadsTo(edges: Edges, from: number, to: number): boolean {
  for (let e = edges.from(from); e < edges.to(from); e++) if (edges.target(e) === to) return true;
  return false;
}
