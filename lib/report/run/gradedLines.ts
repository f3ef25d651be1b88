/** Shows how often trials had which outcome. Called by text.ts. */

import type { GradedOutcome } from '../../race/ownMemory.js';
import { counted, formatCount, formatProbability } from '../format/numbers.js';

/** Returns a line for each outcome, and one for those that must come and have not. */
export function gradedLines(graded: readonly GradedOutcome[], trials: number): string[] {
  const widest = Math.max(...graded.map(({ outcome }) => outcome.length), 0);
  const missing = graded.filter(({ grade, count }) => grade === 'required' && count === 0);
  return [
    'results of the actors:',
    ...graded.map(({ outcome, grade, count }) => {
      const rate = count === 0 ? 'never' : formatProbability(count / Math.max(1, trials));
      return `  ${outcome.padEnd(widest)}  ${grade.padEnd(11)}  ${formatCount(count)} (${rate})`;
    }),
    ...missing.map(({ outcome }) => `required, and not met in ${counted(trials, 'trial')}: ${outcome}`),
  ];
}
