/** What the counts of a run or of a row of a soak say beside what was expected of it, in sentences. */

import {
  isMinority,
  isUndeclared,
  unexpectedOutcomes,
  type CountedOutcome,
  type Expected,
} from '../statistics/verdict.js';

type Counts = readonly CountedOutcome[];

/** Says what of the counts is against what was expected. */
export function violations(outcomes: Counts, expected: Expected): string[] {
  const unexpected = unexpectedOutcomes(expected, { outcomes });
  const undeclared = unexpected.filter(isUndeclared);
  const others = unexpected.filter((outcome) => !isUndeclared(outcome));
  const kinds = [expected.fails ?? '', ...expected.alsoFails].join(', ');
  return [
    ...(undeclared.length === 0 ? [] : [`Counted, and not declared by the race: ${listed(undeclared)}.`]),
    ...(others.length === 0
      ? []
      : expected.fails === null
        ? [`Expected to hold, and failed: ${listed(others)}.`]
        : [`Failed in a way that nobody expects under these knobs: ${listed(others)}; expected: ${kinds}.`]),
    ...(isMinority(expected, { outcomes })
      ? [`Expected to fail as ${expected.fails} above all, and that is fewer than half of the failures.`]
      : []),
  ];
}

/** Says what was counted beside the expected signature, where all of it was expected; nothing if there is nothing. */
export function alsoSeen(outcomes: Counts, { fails, minority }: Expected): string[] {
  const others = othersThan(fails, outcomes);
  if (others.length === 0) return [];
  return [
    `Also seen, as expected: ${listed(others)}.${minority === null ? '' : ` ${fails} may be fewer: ${minority}.`}`,
  ];
}

/** Says what was counted instead of the expected signature; empty if nothing was. */
export function seenInstead(outcomes: Counts, fails: string): string {
  const others = othersThan(fails, outcomes);
  return others.length > 0 ? ` It failed in another way: ${listed(others)}.` : '';
}

function othersThan(fails: string | null, outcomes: Counts): Counts {
  return outcomes.filter(({ signature, count }) => count > 0 && signature !== fails);
}

function listed(outcomes: Counts): string {
  return outcomes.map(({ signature }) => signature).join(', ');
}
