/** Says in words what a schema finds wrong. Called by all that reads documents and evidence. */

import type { ErrorObject } from 'ajv';

/** Returns the innermost complaint: the others say only that what holds it does not match. */
export function errorWords(errors: readonly ErrorObject[]): string {
  const [error] = errors.toSorted((a, b) => b.instancePath.length - a.instancePath.length);
  const allowed = 'allowedValues' in error.params ? `: ${(error.params['allowedValues'] as unknown[]).join(', ')}` : '';
  return `${error.instancePath === '' ? 'the document' : error.instancePath} ${error.message}${allowed}`;
}
