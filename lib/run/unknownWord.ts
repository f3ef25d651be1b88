/** Makes the error for an unknown word. Called where options, files and arguments name something. */

import { nearest } from '../race/nearest.js';
import { UsageError, quoted } from './usageError.js';

/**
 * Returns the error for an unknown word: `unknown variant "pte-lok" for xen-pin: did you mean "pte-lock"? (known: …)`. `owner`: what
 * the words belong to (`xen-pin`), if that is not obvious.
 */
export function unknownWord(what: string, word: string, candidates: readonly string[], owner?: string): UsageError {
  const near = nearest(word, candidates);
  const known = candidates.length > 0 ? `known: ${candidates.join(', ')}` : 'none are known';
  const subject = `unknown ${what} ${quoted(word)}${owner === undefined ? '' : ` for ${owner}`}`;
  return new UsageError(
    near === undefined ? `${subject} (${known})` : `${subject}: did you mean ${quoted(near)}? (${known})`,
  );
}
