/**
 * What trials have counted: the one type for it, with plus and minus. Used by all that counts trials, adds counts up or takes the
 * difference of two times; a part of the counts is `Pick<Counts, …>`.
 */

/** The count of one signature. A hang has its own even if the race does not declare it. */
export interface CountedOutcome {
  readonly signature: string;
  readonly count: number;
  /** True if absent. */
  readonly declared?: boolean;
}

/** The counts of trials. */
export interface Counts {
  /** Counted at the end of a round, so they lag behind the failures while one runs. */
  readonly trials: number;
  readonly failures: number;
  /** Clean trials in which a CPU was within reach of an open window; a lower bound. */
  readonly nearMisses: number;
  /** Wall-clock seconds in which the trials ran. */
  readonly seconds: number;
  /** Failures by signature, each signature once. */
  readonly outcomes: readonly CountedOutcome[];
}

/** What a rate of failures is computed from. */
export type FailureCounts = Pick<Counts, 'trials' | 'failures'>;

/** The number of blocks of `trials` consecutive trials of a machine, counted from its start, that had a failure. */
export interface FailingBlocks {
  readonly trials: number;
  readonly count: number;
}

/** Counted failures, and how they lie among the trials: blocks of 1, 2, 4 … trials; none where nobody has counted them. */
export interface PlacedFailures extends FailureCounts {
  readonly blocks: readonly FailingBlocks[];
}

/** Returns the blocks of 2^s trials, each with entry s of the counts; without those that no failure or not enough trials were in. */
export function failingBlocks({ blocks, trials }: { blocks: readonly number[]; trials: number }): FailingBlocks[] {
  return blocks
    .map((count, s) => ({ trials: 2 ** s, count }))
    .filter((block) => block.count > 0 && block.trials <= trials);
}

export const NO_COUNTS: Counts = { trials: 0, failures: 0, nearMisses: 0, seconds: 0, outcomes: [] };

/** The counts that both have. */
type Shared<A, B> = Pick<Counts, keyof A & keyof B & keyof Counts>;

/** Adds the counts that both have; other fields are left out. Outcomes stand in the order of `a`, then in that of `b`. */
export function plus<A extends Partial<Counts>, B extends Partial<Counts>>(a: A, b: B): Shared<A, B> {
  return combine(a, b, 1) as Shared<A, B>;
}

/** Adds failures of two runs under the same conditions. */
export function plusPlaced(a: PlacedFailures, b: PlacedFailures): PlacedFailures {
  const [longer, other] = a.blocks.length < b.blocks.length ? [b.blocks, a.blocks] : [a.blocks, b.blocks];
  const blocks = longer.map(({ trials, count }, i) => ({ trials, count: count + (other.at(i)?.count ?? 0) }));
  return { ...plus<FailureCounts, FailureCounts>(a, b), blocks };
}

/** Subtracts the counts that both have: (a + b) - b is a. What `b` has more of is below 0 in the result, outcomes included. */
export function minus<A extends Partial<Counts>, B extends Partial<Counts>>(a: A, b: B): Shared<A, B> {
  return combine(a, b, -1) as Shared<A, B>;
}

/** Adds up any number of counts; NO_COUNTS without any. */
export function sumOfCounts<C extends Partial<Counts>>(all: readonly C[]): Shared<C, Counts> {
  const [first, ...others] = all;
  if (first === undefined) return NO_COUNTS;
  return others.reduce<Partial<Counts>>((sum, counts) => plus(sum, counts), plus(first, NO_COUNTS)) as Shared<
    C,
    Counts
  >;
}

/** Returns how often a signature was counted. */
export function countOf(signature: string | null, { outcomes }: Pick<Counts, 'outcomes'>): number {
  return outcomes.find((outcome) => outcome.signature === signature)?.count ?? 0;
}

const NUMBERS = ['trials', 'failures', 'nearMisses', 'seconds'] as const;

function combine(a: Partial<Counts>, b: Partial<Counts>, sign: 1 | -1): Partial<Counts> {
  const result: { -readonly [K in keyof Counts]?: Counts[K] } = {};
  for (const key of NUMBERS) {
    const [x, y] = [a[key], b[key]];
    if (x !== undefined && y !== undefined) result[key] = x + sign * y;
  }
  if (a.outcomes !== undefined && b.outcomes !== undefined)
    result.outcomes = combineOutcomes(a.outcomes, b.outcomes, sign);
  return result;
}

/** Combines outcomes. A signature may be any word, also the name of a property that every object has. One that is counted 0 times is left out. */
function combineOutcomes(
  a: readonly CountedOutcome[],
  b: readonly CountedOutcome[],
  sign: 1 | -1,
): readonly CountedOutcome[] {
  const sums = new Map(a.map((outcome) => [outcome.signature, outcome]));
  for (const outcome of b) {
    const known = sums.get(outcome.signature) ?? { ...outcome, count: 0 };
    sums.set(outcome.signature, { ...known, count: known.count + sign * outcome.count });
  }
  // Outcomes of documents have more fields, which describe their own count only.
  return [...sums.values()]
    .filter(({ count }) => count !== 0)
    .map(({ signature, count, declared }) =>
      declared === undefined ? { signature, count } : { signature, count, declared },
    );
}
