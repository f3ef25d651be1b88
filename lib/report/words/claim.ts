/** Words for claims about a failure rate. Called by reports and by `racehammer trials`. */

import { trialsToDecide, type Claim } from '../../statistics/claim.js';
import { counted, formatCount, formatProbability } from '../format/numbers.js';
import type { ClaimFigures } from '../run/document.js';

/** Returns "rate < 1.0e-6 with 99.9 % confidence". */
export function claimWords(claim: Claim): string {
  return `rate < ${formatProbability(claim.rate)} with ${confidenceWords(claim.confidence)} confidence`;
}

/** Returns "99.9 %". */
export function confidenceWords(confidence: number): string {
  return `${Number((confidence * 100).toPrecision(12))} %`;
}

/** Returns the result of a claim in one sentence. */
export function claimResultWords(claim: ClaimFigures): string {
  const counts = `${formatCount(claim.failures)} ${claim.failures === 1 ? 'failure' : 'failures'} in ${counted(claim.trials, 'trial')}`;
  switch (claim.result) {
    case 'HOLDS':
      return `claim holds: ${claimWords(claim)} (${counts})`;
    case 'REFUTED':
      return `claim refuted: rate >= ${formatProbability(claim.rate)} with ${confidenceWords(claim.confidence)} confidence (${counts})`;
    case 'OPEN': {
      const needed = formatCount(trialsToDecide(claim, claim.failures));
      return `claim open: ${claimWords(claim)} takes ${needed} trials with ${counts.replace(/ in .*/, '')}; there were ${formatCount(claim.trials)}`;
    }
  }
}
