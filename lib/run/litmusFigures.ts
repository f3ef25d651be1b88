/** Makes the litmus part of a run's document. Called by document.ts. */

import { conditionWords, outcomeWords } from '../race/defineLitmus.js';
import { gradeOf, outcomeOf, valuesOf, type HostedLitmus } from '../race/litmus.js';
import type { LitmusFigures } from '../report/run/document.js';

/** Returns the figures of a litmus race. `counts`: trials by outcome. */
export function litmusFigures(test: HostedLitmus, variant: string, counts: readonly number[]): LitmusFigures {
  const trials = counts.reduce((sum, count) => sum + count, 0);
  const outcomes = counts.map((count, outcome) => {
    const values = valuesOf(test, outcome);
    return {
      outcome: outcomeWords(test, values),
      count,
      rate: trials === 0 ? 0 : count / trials,
      grade: gradeOf(test, variant, outcome),
      relaxed: outcome === outcomeOf(test.relaxed),
      about: test.about[values.join(' ')] ?? '',
    };
  });
  return {
    test: test.short,
    condition: conditionWords(test),
    arch: test.arch,
    outcomes: outcomes
      .filter(({ count, about, relaxed }) => count > 0 || about !== '' || relaxed)
      .toSorted((a, b) => b.count - a.count),
  };
}
