/** Commands of this program as they are printed and pasted. Called by whatever prints one: runs, reports, pages. */

import { shellWord } from './shellWord.js';

/** Returns the command of these words, each quoted for a shell. It is right in a checkout and wherever the package is installed. */
export function commandLine(...words: readonly string[]): string {
  return ['npx', 'racehammer', ...words.map(shellWord)].join(' ');
}
