/**
 * Finds all states that a litmus test can reach, and from them all of its final states. Called by the command `litmus`.
 */

import { ADDRESS, observedName, valueText, type LitmusProgram, type Observed, type Proposition } from './program.js';
import { LitmusStates } from './stateTable.js';
import { LitmusTransitions, type LitmusMemory } from './transitions.js';

/** A state in which all threads have ended, as far as it is shown. */
export interface LitmusEnd {
  /** In the order of `shown`. */
  readonly values: readonly number[];
  /** Whether the condition's proposition holds in it. */
  readonly holds: boolean;
}

export interface LitmusExploration {
  readonly memory: LitmusMemory;
  readonly finals: readonly LitmusEnd[];
  /** States of the machine that were met. */
  readonly states: number;
  /** Those in which some thread has not ended, and none can go on. */
  readonly deadlocks: number;
}

/** There are more states than were asked for. */
export class TooManyLitmusStates extends Error {}

/** Explores a test completely. Throws LitmusFault for what no test may do, TooManyLitmusStates. */
export function exploreLitmus(program: LitmusProgram, memory: LitmusMemory, statesMax: number): LitmusExploration {
  const transitions = new LitmusTransitions(program, memory);
  const table = new LitmusStates(transitions.layout.words);
  const finals = new Map<string, LitmusEnd>();
  const [state, next] = [new Int32Array(transitions.layout.words), new Int32Array(transitions.layout.words)];
  let deadlocks = 0;
  table.add(transitions.first());
  for (let number = 0; number < table.count; number++) {
    table.read(number, state);
    let moves = 0;
    for (let thread = 0; thread < program.threads.length; thread++) {
      next.set(state);
      if (transitions.step(next, thread)) {
        moves++;
        table.add(next);
        next.set(state);
      }
      if (transitions.drain(next, thread)) {
        moves++;
        table.add(next);
      }
    }
    if (table.count > statesMax) throw new TooManyLitmusStates();
    if (moves > 0) continue;
    if (program.threads.every((_, thread) => transitions.hasEnded(state, thread)))
      noteFinal(program, transitions, state, finals);
    else deadlocks++;
  }
  return { memory, finals: [...finals.values()].toSorted(byValues(program)), states: table.count, deadlocks };
}

function noteFinal(
  program: LitmusProgram,
  { layout }: LitmusTransitions,
  state: Int32Array,
  finals: Map<string, LitmusEnd>,
): void {
  const valueOf: ValueOf = (one) =>
    'location' in one
      ? valueShown(program, one.location, state[one.location])
      : state[layout.threads[one.thread].registers + one.register];
  const final = endFrom(program, valueOf);
  if (final !== undefined) finals.set(final.values.join(' '), final);
}

/** Returns what is shown of a location: a lock shows whether it is held, not by whom. */
function valueShown({ locations }: LitmusProgram, location: number, value: number): number {
  return locations[location].isLock ? Number(value !== 0) : value;
}

type ValueOf = (observed: Observed) => number;

/** Returns what is shown of an end; undefined where the filter keeps it out. */
export function endFrom({ shown, condition, filter }: LitmusProgram, valueOf: ValueOf): LitmusEnd | undefined {
  if (filter !== undefined && !isTrueIn(filter, valueOf)) return undefined;
  return { values: shown.map(valueOf), holds: isTrueIn(condition, valueOf) };
}

/** Whether a proposition holds of these values. */
export function isTrueIn(proposition: Proposition, valueOf: ValueOf): boolean {
  switch (proposition.kind) {
    case 'is': {
      const { right } = proposition;
      return valueOf(proposition.left) === ('value' in right ? right.value : valueOf(right));
    }
    case 'not':
      return !isTrueIn(proposition.of, valueOf);
    case 'and':
      return proposition.all.every((one) => isTrueIn(one, valueOf));
    case 'or':
      return proposition.all.some((one) => isTrueIn(one, valueOf));
    case 'implies':
      return !isTrueIn(proposition.left, valueOf) || isTrueIn(proposition.right, valueOf);
  }
}

/** Orders numbers by size, then addresses by their names. */
function byValues(program: LitmusProgram): (a: LitmusEnd, b: LitmusEnd) => number {
  return (a, b) => {
    const i = a.values.findIndex((value, at) => value !== b.values[at]);
    if (i < 0) return 0;
    const [first, second] = [a.values[i], b.values[i]];
    if (first < ADDRESS || second < ADDRESS) return first - second;
    return valueText(program, first) < valueText(program, second) ? -1 : 1;
  };
}

/** Returns a final state as herd shows it: `0:r0=1; [x]=1;` */
export function stateText(program: LitmusProgram, values: readonly number[]): string {
  return program.shown.map((one, i) => `${observedName(program, one)}=${valueText(program, values[i])};`).join(' ');
}
