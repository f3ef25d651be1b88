/**
 * Faults of a race that end the run, with a message of one line. Thrown on both sides, by this folder and lib/harness.
 */

import { RunFault } from '../machine/fault.js';
import { stackOf, wordsOf } from '../machine/thrown.js';

/** A race does what no race may: the run ends, and its message is one line for the author of the race. */
export class RaceFault extends RunFault {
  override readonly name: string = 'RaceFault';
}

/** Returns the fault of a function of the race that has thrown; `what` names it: `reset()`. */
export function functionThrew(race: string, what: string, thrown: unknown): RunFault {
  if (thrown instanceof RunFault) return thrown;
  return new RaceFault(`race ${race}: ${what} threw ${wordsOf(thrown)}${innermostFrame(stackOf(thrown))}`);
}

/** Returns `, at reset (file:///x.js:9:5)`: the innermost frame of a stack that is not the engine's; empty if there is none. */
export function innermostFrame(stack: string): string {
  const frame = stack
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line.startsWith('at ') && !/node:|<anonymous>\)?$/.test(line));
  return frame === undefined ? '' : `, ${frame}`;
}
