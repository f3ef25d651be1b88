/** What stands behind the address of hammeredRace.ts. Written by hammer.ts on the host, read by that module in each thread. */

export interface HammeredTest {
  readonly text: string;
  /** The values of each final state that was explored. */
  readonly finals: readonly (readonly number[])[];
}

/** The field of the address. */
export const TEST = 'test';

/** The signature of a trial that ends in none of those states: then a model, or the machine, is wrong. */
export const UNEXPLORED = 'unexplored';
