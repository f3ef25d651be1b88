/** Explains the verdict on a row of a soak in sentences. Called by text.ts and the page. */

import { alsoSeen, seenInstead, violations } from '../words/outcomes.js';
import { counted, formatCount, formatProbability } from '../format/numbers.js';
import { powerWords } from '../words/power.js';
import { classSentences } from './classWords.js';
import { codeWords } from './rowNames.js';
import type { RowTotals, RowVerdict } from './document.js';
import { expectedOfRow, hasRun, hasStoppedFailing } from './verdict.js';

/** Says what the counts of a row show, and whether it still runs. */
export function verdictSentence(row: RowVerdict, rows: readonly RowTotals[]): string {
  if (!hasRun(row)) return 'It has not run yet.';
  return [...sentences(row), ...classSentences(row), ...otherCode(row, rows)].join(' ');
}

function sentences(row: RowVerdict): string[] {
  const { verdict, expected, trials, failures, outcomes, high95, bound999 } = row;
  const rests = powerWords({ ...row, expectedOutcome: expected });
  const resting = rests === null ? [] : [`${rests}.`];
  switch (verdict) {
    case 'HELD':
      return [
        `Expected to hold, and did: no failure in ${counted(trials, 'trial')}.`,
        `Fewer than ${formatProbability(high95)} of them fail with 95 % confidence, fewer than ${formatProbability(bound999 ?? 1)} with 99.9 %.`,
        ...resting,
      ];
    case 'INCONCLUSIVE':
      return expected === null
        ? [`Expected to hold: no failure in ${counted(trials, 'trial')} does not show that it does.`, ...resting]
        : [`Expected to fail as ${expected}, and did not yet.`, ...resting];
    case 'REPRODUCED':
      return [`Expected to fail as ${expected}, and did to the end.`, ...alsoSeen(outcomes, expectedOfRow(row))];
    case 'VIOLATED':
      return [
        `${formatCount(failures)} of ${counted(trials, 'trial')} failed.`,
        ...violations(outcomes, expectedOfRow(row)),
      ];
    case 'NOT_REPRODUCED':
      return hasStoppedFailing(row)
        ? [
            `Expected to fail as ${expected}: it did, but stopped ${counted(row.trialsSinceProof, 'trial')} ago.`,
            'So nothing shows that failures can still be found.',
          ]
        : [`Expected to fail as ${expected}, and did not.${seenInstead(outcomes, expected ?? '')}`, ...resting];
    case 'HARNESS_ERROR':
      return [
        `${row.harnessErrors} of ${counted(row.slices, 'slice')} ended with a harness error, so its counts are no verdict.`,
      ];
  }
}

/** Says that the code of a row has changed, so that it is not run any more. */
function otherCode(row: RowTotals, rows: readonly RowTotals[]): string[] {
  const newer = rows.filter(({ key, triedAtMs }) => key === row.key && (triedAtMs ?? -1) > (row.triedAtMs ?? -1));
  if (newer.length === 0) return [];
  const latest = newer.reduce((a, b) => ((a.triedAtMs ?? 0) >= (b.triedAtMs ?? 0) ? a : b));
  return [`Its code has changed: since then its conditions run with ${codeWords(latest.source)}.`];
}
