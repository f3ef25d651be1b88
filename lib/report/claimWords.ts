import { trialsToDecide, type Claim } from '../statistics/claim.js';
import { formatCount, formatProbability } from './numbers.js';
import type { ClaimFigures } from './runDocument.js';

/** "rate < 1.0e-6 with 99.9 % confidence". */
export function claimWords(claim: Claim): string {
  return `rate < ${formatProbability(claim.rate)} with ${confidenceWords(claim.confidence)} confidence`;
}

/** "99.9 %". */
export function confidenceWords(confidence: number): string {
  return `${Number((confidence * 100).toPrecision(12))} %`;
}

/** What became of a claim, in one sentence. */
export function claimResultWords(claim: ClaimFigures): string {
  const counts = `${formatCount(claim.failures)} ${claim.failures === 1 ? 'failure' : 'failures'} in ${formatCount(claim.trials)} trials`;
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
