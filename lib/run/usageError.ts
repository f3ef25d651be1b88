/** The error for mistakes of users. Thrown wherever options, arguments and files are read; lib/cli prints it. */

import { visible } from '../report/format/visible.js';

/** A mistake of the user. The message is one line: the field, the value, what is allowed, the nearest valid word. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** Exit code of the process: 2, usage. */
  readonly exitCode = 2;
}

/** Formats a value for a message: in quotes, on one line, control characters escaped, cut after `max` characters. */
export function quoted(text: string, max = 60): string {
  const shown = text.length > max ? `${text.slice(0, max)}…` : text;
  // JSON does not escape DEL, the C1 controls and direction marks.
  return visible(JSON.stringify(shown));
}
