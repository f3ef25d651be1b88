/** A mistake in what the user typed. The message is one line: the field, the value, what is allowed, the nearest valid word. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** Exit code of the process: 2, usage. */
  readonly exitCode = 2;
}

/** A value as a message shows it: in quotes, on one line, control characters escaped, cut after so many characters. */
export function quoted(text: string, max = 60): string {
  const shown = text.length > max ? `${text.slice(0, max)}…` : text;
  // JSON leaves DEL and the C1 controls as they are, and a terminal obeys some of them.
  return JSON.stringify(shown).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
