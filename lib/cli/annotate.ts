/** Prints annotations for a build on GitHub, and writes its summary. Called by `run` and `verify`. */

import { appendFileSync } from 'node:fs';
import { tell } from './output.js';

/**
 * Prints annotations in a GitHub workflow, on stderr: the runner reads both streams, and stdout belongs to the result. `summary` makes
 * Markdown for the file that the step has for its summary; it is not part of the result, so the exit code is the same without it.
 */
export function annotate(lines: readonly string[], summary: () => string): void {
  if (process.env['GITHUB_ACTIONS'] !== 'true') return;
  tell(lines);
  const { GITHUB_STEP_SUMMARY: file = '' } = process.env;
  if (file === '') return;
  try {
    appendFileSync(file, summary());
  } catch (error) {
    tell([`racehammer: the summary of the step was not written: ${(error as Error).message}`]);
  }
}
