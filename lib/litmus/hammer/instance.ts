/**
 * The words of a hammered litmus test: an instance of the race that a test becomes. Read by the actors, by their check, and by the host
 * when the run has ended.
 */

import { RCU } from '../../kernel/rcu.js';
import { LINE_WORDS, roundUp } from '../../sharedarraybuffer-utils/index.js';
import { namedIn } from '../parse.js';
import type { LitmusProgram, Observed } from '../program.js';

export interface InstanceLayout {
  /** Of location l: locations + l * LINE_WORDS. */
  readonly locations: number;
  /** Where readers and grace periods have their words; undefined where there are none. */
  readonly rcu: number | undefined;
  /** What is observed, by its index in `observed`, once all threads have ended. */
  readonly observed: number;
  /** Words up to here begin as 0 in each trial, but for the locations. */
  readonly perTrial: number;
  /** Trials by the final state that they ended in, in the order of the exploration. Never reset. */
  readonly counts: number;
  /** Trials that ended in another one, and what was observed in the first of them. */
  readonly others: number;
  readonly firstOther: number;
  readonly words: number;
}

/** Returns what is looked at: what is shown, and what the filter names. */
export function observedIn({ shown, filter }: LitmusProgram): Observed[] {
  const named = filter === undefined ? [] : namedIn(filter);
  const known = new Set(shown.map(observedKey));
  return [
    ...shown,
    ...new Map(named.filter((one) => !known.has(observedKey(one))).map((one) => [observedKey(one), one])).values(),
  ];
}

/** Returns a text that is the same for the same register or location. */
export function observedKey(one: Observed): string {
  return 'location' in one ? `[${one.location}]` : `${one.thread}:${one.register}`;
}

/** Lays out the instance of a program with so many final states. */
export function instanceLayout(program: LitmusProgram, finals: number): InstanceLayout {
  const usesRcu = program.threads.some(({ operations }) =>
    operations.some(({ kind }) => kind === 'rcuLock' || kind === 'graceStart'),
  );
  const observedCount = observedIn(program).length;
  const rcu = program.locations.length * LINE_WORDS;
  const observed = rcu + (usesRcu ? roundUp(RCU.WORDS, LINE_WORDS) : 0);
  const perTrial = observed + roundUp(observedCount, LINE_WORDS);
  return {
    locations: 0,
    rcu: usesRcu ? rcu : undefined,
    observed,
    perTrial,
    counts: perTrial,
    others: perTrial + finals,
    firstOther: perTrial + finals + 1,
    words: perTrial + finals + 1 + observedCount,
  };
}
