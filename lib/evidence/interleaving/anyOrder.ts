/**
 * The third search for an interleaving: finds any, not the one with the fewest context switches. Called by
 * reconstruct.ts when the other searches have reached their bounds.
 */

import type { Found } from './fewestSwitches.js';
import { MachineState } from './machineState.js';
import { PositionTable } from './positionTable.js';
import type { Problem } from './problem.js';

/**
 * Searches depth first for any interleaving. A load that can run is run at once, stores are tried one CPU after the other,
 * positions that led nowhere are not visited again. The result has more context switches than needed.
 */
export function anyOrder(problem: Problem, pred: Int32Array, statesMax: number): Found {
  const { cpus } = problem;
  const state = new MachineState(problem, pred);
  const seen = new PositionTable(cpus);
  const ran: number[] = [];
  /** Of each level: accesses that had run when it began, and the CPU to be tried next. */
  const begun: number[] = [];
  const tries: number[] = [];
  let states = 0;
  const descend = (): void => {
    begun.push(ran.length);
    tries.push(0);
    runLoads(state, cpus, ran);
  };
  descend();
  while (begun.length > 0) {
    if (state.left === 0) return { order: ran, states, exhausted: false };
    if (states >= statesMax) return { order: undefined, states, exhausted: false };
    const level = begun.length - 1;
    const cpu = nextStore(state, cpus, tries, level, ran);
    if (cpu < 0) {
      while (ran.length > begun[level]) state.undo(ran.pop()!);
      begun.pop();
      tries.pop();
      if (begun.length > 0) state.undo(ran.pop()!);
      continue;
    }
    state.run(cpu);
    ran.push(cpu);
    states++;
    if (seen.add(state.positions)) descend();
    else state.undo(ran.pop()!);
  }
  return { order: undefined, states, exhausted: true };
}

function runLoads(state: MachineState, cpus: number, ran: number[]): void {
  for (let again = true; again;) {
    again = false;
    for (let cpu = 0; cpu < cpus; cpu++) {
      while (state.canRun(cpu) && (state.isLoad(state.next(cpu)) || state.isPrivate(state.next(cpu), cpu))) {
        state.run(cpu);
        ran.push(cpu);
        again = true;
      }
    }
  }
}

/** Returns the next CPU of the level whose store can be tried, beginning with the one that ran last; -1 for none. */
function nextStore(state: MachineState, cpus: number, tries: number[], level: number, ran: readonly number[]): number {
  const last = ran.at(-1) ?? 0;
  while (tries[level] < cpus) {
    const cpu = (last + tries[level]++) % cpus;
    if (state.canRun(cpu) && !state.losesValue(state.next(cpu))) return cpu;
  }
  return -1;
}
