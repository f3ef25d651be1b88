import { mask } from './mask.js';
import { plainFiles } from './plainFolders.js';
import { lineAt, type Rule } from './source.js';

/** Phrases that a reader must read twice, and what to write in their place. Words may stand on two lines of a comment. */
const PHRASES: readonly (readonly [phrase: RegExp, remedy: string])[] = [
  [phrase('whoever'), 'Name the thread, the CPU or the person.'],
  [phrase('by turns'), 'Write "alternating", or "one after another".'],
  [phrase('for certain'), 'Say how sure it is: "at 95 % confidence".'],
  [phrase('(?:comes?|came|coming) to'), 'Write "reaches", "arrives at" or "becomes".'],
  [phrase('(?:as|what) suits'), 'Say what is assumed.'],
  [phrase('what it is to'), 'Write "its target", or what it must do.'],
  [phrase('(?:is|are|was|were|been|be) told(?!\\s+(?:apart|from))'), 'Write "gets", or "is reported to".'],
  [phrase('processor time'), 'Write "CPU time".'],
  [phrase('changes? of CPUs?'), 'Write "context switch".'],
  [phrase('broken off'), 'Write "aborted".'],
];

/** Comments, strings and pages use known words for known things. */
export const wordsArePlain: Rule = (files) => [
  ...plainFiles(files).flatMap(({ path, text }) => {
    const { code } = mask(text);
    // What is no code: comments and strings.
    const words = Array.from(text, (char, i) => (char === code[i] && char !== '\n' ? ' ' : char)).join('');
    return findings(path, words);
  }),
  ...files.filter(({ path }) => path.endsWith('.md')).flatMap(({ path, text }) => findings(path, text)),
];

function findings(path: string, words: string): string[] {
  return PHRASES.flatMap(([pattern, remedy]) =>
    Array.from(words.matchAll(pattern), (match) => {
      return `${path}:${lineAt(words, match.index)}: "${match[0].replace(/[\s/*]+/g, ' ')}". ${remedy}`;
    }),
  );
}

function phrase(words: string): RegExp {
  return new RegExp(`\\b(?:${words.replaceAll(' ', '(?:\\s|\\*|//)+')})\\b`, 'gi');
}
