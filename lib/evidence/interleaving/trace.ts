/**
 * The data of the search for an interleaving: accesses, the orders that are proved, bounds and answer. Used by all of
 * this folder, and by lib/evidence, which makes traces from records.
 */

/** One observed access of one CPU. If `before` equals `after` it is a load, or an instruction that changed nothing. */
export interface Access {
  readonly address: number;
  readonly before: number;
  readonly after: number;
}

/** An access, by its CPU and its place in that CPU's order. */
export interface Place {
  readonly cpu: number;
  readonly index: number;
}

/** An order that markers prove and no value does: `from` precedes `to`. */
export interface Edge {
  readonly from: Place;
  readonly to: Place;
}

/**
 * What all CPUs have observed: the program order of each, and the values. Every store is known with the value that it
 * overwrote. The search looks for one interleaving of all accesses.
 */
export interface Trace {
  readonly cpus: readonly (readonly Access[])[];
  /** Values of the words before the first access; 0 for a word that is not named. */
  readonly initial: ReadonlyMap<number, number>;
  readonly edges: readonly Edge[];
}

/** Bounds of a search, in states that it may visit. */
export interface SearchBounds {
  /** Of the search for fewest switches. */
  readonly exact: number;
  /** Of the weighted search, which may miss the fewest switches. */
  readonly weighted: number;
  /** Of the search for any interleaving. */
  readonly any: number;
}

/** About two seconds at most. */
export const DEFAULT_BOUNDS: SearchBounds = Object.freeze({ exact: 20_000, weighted: 60_000, any: 3_000_000 });

/** The result of a search. */
export type Interleaving =
  | {
      readonly found: true;
      /** The CPU of each access. */
      readonly order: readonly number[];
      readonly switches: number;
      /** Whether no interleaving has fewer switches. */
      readonly minimal: boolean;
      readonly states: number;
      /** Whether the records allow no other order of the two. */
      isForced(first: Place, second: Place): boolean;
    }
  | {
      readonly found: false;
      /** `contradiction`: no interleaving explains the records, so these are wrong. `bound`: none was found within the bounds. */
      readonly reason: 'contradiction' | 'bound';
      readonly states: number;
    };

/** Returns the number of context switches of an interleaving. */
export function switchesOf(order: readonly number[]): number {
  let n = 0;
  for (let i = 1; i < order.length; i++) if (order[i] !== order[i - 1]) n++;
  return n;
}
