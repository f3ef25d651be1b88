import { visible } from '../report/visible.js';

/** A mistake in what the user typed. The message is one line: the field, the value, what is allowed, the nearest valid word. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** Exit code of the process: 2, usage. */
  readonly exitCode = 2;
}

/** A value as a message shows it: in quotes, on one line, control characters escaped, cut after so many characters. */
export function quoted(text: string, max = 60): string {
  const shown = text.length > max ? `${text.slice(0, max)}…` : text;
  // JSON leaves DEL, the C1 controls and marks of direction as they are.
  return visible(JSON.stringify(shown));
}
