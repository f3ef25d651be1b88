/** Prints annotations for a build on GitHub. Called by `run` and `verify`. */

import { tell } from './output.js';

/**
 * Prints annotations in a GitHub workflow, on stderr: the runner reads both streams, and stdout belongs to the result.
 */
export function annotate(lines: readonly string[]): void {
  if (process.env['GITHUB_ACTIONS'] === 'true') tell(lines);
}
