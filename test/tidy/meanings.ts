import { mask } from './mask.js';
import { lineAt, within, type Rule } from './source.js';

/** A word of the glossary as a part of names, what it means, and the files whose names may have it. */
interface Meaning {
  readonly word: RegExp;
  readonly means: string;
  readonly in: RegExp;
  readonly instead: string;
}

const MEANINGS: readonly Meaning[] = [
  {
    word: /\b(?:turns?|\w*[a-z]Turns?|turns?[A-Z]\w*)\b(?!\s*(?:as|from)\b)/g,
    means: 'the right to make one access, in lockstep and replays',
    in: /^lib\/(?:machine|harness\/replay|evidence|report\/replay|cli\/replay)\/|^lib\/harness\/cpu\/(?:cpuMain|trial)\.ts$|^lib\/(?:api\/)?lockstep\.ts$/,
    instead: 'meeting, iteration, pass or poll',
  },
  {
    word: /\b[A-Z]\w*Order\b|\b[oO]rders?(?:Of|For)\b/g,
    means: 'a sequence, of turns, accesses or locks',
    in: /^lib\/(?:machine|harness\/replay|evidence)\//,
    instead: 'request, for what is asked for',
  },
  {
    word: /(?<!\bMath\.)\b(?:rounds?|\w*[a-z]Rounds?|\w*ROUNDS?\w*|rounds?[A-Z]\w*)\b/g,
    means: 'the trials between two meetings of all CPUs',
    // There loops and event loops are what is repeated.
    in: /^lib\/(?!js\/|instrument\/)/,
    instead: 'iteration',
  },
  {
    word: /\b\w*[vV]erdict\w*\b/g,
    means: 'what the counts of a run say about what was expected',
    // The evidence file has the word's address under this name.
    in: /^lib\/(?!machine|kernel|mm|arch|harness|race|sdk)|^lib\/harness\/host\/evidenceOf\.ts$/,
    instead: 'outcome, for how a trial ends',
  },
];

/** Names that hold a word of the glossary mean what it says there. */
export const wordsHaveOneMeaning: Rule = (files) =>
  within(files, 'lib').flatMap((file) => {
    const { code } = mask(file.text);
    return MEANINGS.flatMap(({ word, means, in: allowed, instead }) =>
      allowed.test(file.path)
        ? []
        : Array.from(code.matchAll(word), ({ 0: name, index }) => ({ name, index }))
            .filter(({ name }) => name !== 'orderTurns' && name !== 'TurnOrder' && name !== 'TurnTaking')
            .map(({ name, index }) => {
              return `${file.path}:${lineAt(code, index)}: ${name}. The word means ${means}. Write ${instead}.`;
            }),
    );
  });
