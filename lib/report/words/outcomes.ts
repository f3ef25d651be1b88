/** Sentences that compare the outcomes of a run, or of a row of a soak, with the expectation. Called by run/text.ts and soak/sentence.ts. */

import type { CountedOutcome } from '../../statistics/counts.js';
import { isMinority, isUndeclared, unexpectedOutcomes, type Expected } from '../../statistics/verdict.js';

/** Says which outcomes contradict the expectation. */
export function violations(outcomes: readonly CountedOutcome[], expected: Expected): string[] {
  const unexpected = unexpectedOutcomes(expected, { outcomes });
  const undeclared = unexpected.filter(isUndeclared);
  const others = unexpected.filter((outcome) => !isUndeclared(outcome));
  const kinds = [expected.fails ?? '', ...expected.alsoFails].join(', ');
  return [
    ...(undeclared.length === 0 ? [] : [`Counted but not declared by the race: ${listed(undeclared)}.`]),
    ...(others.length === 0
      ? []
      : expected.fails === null
        ? [`Expected to hold but failed: ${listed(others)}.`]
        : [`Failed in a way that is not expected under these knobs: ${listed(others)}; expected: ${kinds}.`]),
    ...(isMinority(expected, { outcomes })
      ? [`Expected to fail mostly as ${expected.fails}, but that is less than half of the failures.`]
      : []),
  ];
}

/** Lists the other outcomes that were counted and are expected as well; empty if there are none. */
export function alsoSeen(outcomes: readonly CountedOutcome[], { fails, minority }: Expected): string[] {
  const others = othersThan(fails, outcomes);
  if (others.length === 0) return [];
  return [
    `Also seen, as expected: ${listed(others)}.${minority === null ? '' : ` ${fails} may be fewer: ${minority}.`}`,
  ];
}

/** Lists the outcomes that were counted instead of the expected one; empty if there are none. */
export function seenInstead(outcomes: readonly CountedOutcome[], fails: string): string {
  const others = othersThan(fails, outcomes);
  return others.length > 0 ? ` It failed in another way: ${listed(others)}.` : '';
}

function othersThan(fails: string | null, outcomes: readonly CountedOutcome[]): readonly CountedOutcome[] {
  return outcomes.filter(({ signature, count }) => count > 0 && signature !== fails);
}

function listed(outcomes: readonly CountedOutcome[]): string {
  return outcomes.map(({ signature }) => signature).join(', ');
}
