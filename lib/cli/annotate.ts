import { tell } from './output.js';

/**
 * Annotations of a build on GitHub. They go to stderr: its runner reads both streams, and stdout belongs to the result.
 */
export function annotate(lines: readonly string[]): void {
  if (process.env['GITHUB_ACTIONS'] === 'true') tell(lines);
}
