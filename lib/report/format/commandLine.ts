/** Commands of this program as they are printed and pasted. Called by whatever prints one: runs, reports, pages. */

import { shellWord } from './shellWord.js';

const PROGRAM = ['npx', 'racehammer'];

/** Finds where a command begins in a line, with the word that names it: `repeat: `. It is copied as a whole, so it is not broken. */
export const COMMAND_START = new RegExp(`(?:\\w+: )?\\b${PROGRAM.join(' ')} `);

/** Returns the command of these words, each quoted for a shell. It is right in a checkout and wherever the package is installed. */
export function commandLine(...words: readonly string[]): string {
  return [...PROGRAM, ...words.map(shellWord)].join(' ');
}
