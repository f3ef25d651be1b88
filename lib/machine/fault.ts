/**
 * Errors that end a run instead of failing a trial. Thrown by the machine, the harness and lib/race; thrown.ts tells
 * them from the exceptions of a race.
 */

/**
 * What ends a run and is no outcome of a trial. Whatever else comes out of the code of a race is one: see `threw`
 * (thrown.ts).
 */
export class RunFault extends Error {
  override readonly name: string = 'RunFault';
}

/** The machine has found itself broken: a fault of this program, never of a race. */
export class MachineFault extends RunFault {
  override readonly name = 'MachineFault';
}
