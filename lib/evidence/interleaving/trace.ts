/** One access of one CPU as it was observed. `before` equal to `after` is a load, or an instruction that changed nothing. */
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

/** An order that the record proves, and no value does: `from` comes before `to`. */
export interface Edge {
  readonly from: Place;
  readonly to: Place;
}

/**
 * What all CPUs have observed: the order of each one's accesses, and the values. Every store is known with the value it
 * overwrote. What is sought is one order of all of them.
 */
export interface Trace {
  readonly cpus: readonly (readonly Access[])[];
  /** The words before the first access; a word that is not named began as 0. */
  readonly initial: ReadonlyMap<number, number>;
  readonly edges: readonly Edge[];
}

/** Bounds of a search, in states that it may look at. */
export interface SearchBounds {
  /** Of the search for fewest switches. */
  readonly exact: number;
  /** Of the one that takes a shortcut now and then. */
  readonly weighted: number;
  /** Of the one that takes any order. */
  readonly any: number;
}

/** Some two seconds at the most. */
export const DEFAULT_BOUNDS: SearchBounds = Object.freeze({ exact: 20_000, weighted: 60_000, any: 3_000_000 });

/** What came of a search. */
export type Interleaving =
  | {
      readonly found: true;
      /** The CPU of each access. */
      readonly order: readonly number[];
      readonly switches: number;
      /** Whether no order has fewer switches. */
      readonly minimal: boolean;
      readonly states: number;
      /** Whether the record leaves no other order of the two. */
      isForced(first: Place, second: Place): boolean;
    }
  | {
      readonly found: false;
      /** `contradiction`: no order explains the record, so the record is wrong. `bound`: none was found within the bounds. */
      readonly reason: 'contradiction' | 'bound';
      readonly states: number;
    };

/** CPU changes in an order. */
export function switchesOf(order: readonly number[]): number {
  let n = 0;
  for (let i = 1; i < order.length; i++) if (order[i] !== order[i - 1]) n++;
  return n;
}
