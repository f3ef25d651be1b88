/** Quotes words of commands that are printed. Used by everything that prints a command. */

/** Quotes a word for a POSIX shell, if it must be quoted. */
export function shellWord(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
