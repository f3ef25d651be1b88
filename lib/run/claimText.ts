/** Parses and formats claims about a failure rate as they are typed: `1e-6`, `0.01%@95%`, `1e-9@0.999`. Called where options are read. */

import type { Claim } from '../statistics/claim.js';
import { UsageError, quoted } from './usageError.js';

const DEFAULT_CONFIDENCE = 0.999;
const CONFIDENCE_MIN = 0.5;
const CONFIDENCE_MAX = 0.999999999;
const NUMBER = /^(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d+)?(%?)$/i;

/** Throws UsageError unless the rate is between 0 and 1 and the confidence from 50 % to 99.9999999 %. */
export function parseClaim(field: string, text: string): Claim {
  const [, rateText, confidenceText] = /^([^@]*)(?:@(.*))?$/s.exec(text) ?? [];
  const rate = readFraction(rateText);
  const confidence = confidenceText === undefined ? DEFAULT_CONFIDENCE : readFraction(confidenceText);
  const isRate = rate !== undefined && rate > 0 && rate < 1;
  const isConfidence = confidence !== undefined && confidence >= CONFIDENCE_MIN && confidence <= CONFIDENCE_MAX;
  if (isRate && isConfidence) return { rate, confidence };
  const meant = isRate && confidence !== undefined && confidence >= 50 && confidence < 100 ? `${text}%` : undefined;
  throw new UsageError(
    `${field} ${quoted(text)}: must be a rate per trial between 0 and 1, with an optional confidence from 50% to 99.9999999% ` +
      `(default 99.9%), such as 1e-6 or 1e-6@95%${meant === undefined ? '' : `; did you mean ${meant}?`}`,
  );
}

/** Returns the text that parseClaim() reads as the same claim. */
export function claimText({ rate, confidence }: Claim): string {
  return `${rate}@${confidence}`;
}

function readFraction(text: string): number | undefined {
  const [, digits, exponent = '', percent] = NUMBER.exec(text) ?? [];
  if (digits === undefined) return undefined;
  // Rounded, so that 99.9% is the number 0.999.
  return percent === '' ? Number(digits + exponent) : Number((Number(digits + exponent) / 100).toPrecision(15));
}
