/** Shows the mutants of a verification as text. Called by `verify --mutants`. */

import { counted, formatSeconds } from '../format/numbers.js';
import { wrapped } from '../format/wrap.js';
import {
  isKilledByExplore,
  isKilledByHammer,
  type MutantDocument,
  type MutantVerdict,
  type MutantsDocument,
} from './mutantsDocument.js';
import { expectedWords, observedWords, provedNotes } from './text.js';
import type { Screen } from '../format/screen.js';

const WORDS: Readonly<Record<MutantVerdict, string>> = {
  AS_DECLARED: 'as declared',
  SURVIVES: 'SURVIVES, declared to fail',
  DIES: 'DIES, declared to survive',
  FAILS_OTHERWISE: 'FAILS OTHERWISE',
  CONTRADICTS: 'THREADS FAIL OTHERWISE',
  INCONCLUSIVE: 'INCONCLUSIVE',
  HARNESS_ERROR: 'HARNESS ERROR',
};

/** Returns a mutant as it is printed at its end: the verdict, what was to become of it, and what both have found. */
export function mutantLines(one: MutantDocument, { width, paint }: Screen): string[] {
  const words = mutantWords(one);
  const meaning = one.mutant === 'AS_DECLARED' ? 'good' : one.mutant === 'INCONCLUSIVE' ? 'undecided' : 'bad';
  const head = `${words.padEnd(WORDS.AS_DECLARED.length)}  `;
  const found = `hammer ${hammerWords(one)}; explore ${exploreWords(one)}`;
  const line = `${head}${one.race}, ${one.row} of ${one.of}, to ${expectation(one)}: ${found}`;
  const [first, ...others] = wrapped(line, width, ' '.repeat(WORDS.AS_DECLARED.length + 2));
  return [first.replace(words, paint[meaning](words)), ...others];
}

/** Returns what is printed behind all mutants: notes, and the score. */
export function mutantsReport({ mutants, notRun, score, interrupted }: MutantsDocument): string[] {
  const { mustFail, byHammer, byExplore, surviveAsDeclared } = score;
  return [
    ...mutants.flatMap(notes),
    '',
    ...notRun.map(({ race, row }) => `not run: ${race}, ${row}`),
    `hammer killed ${byHammer} of ${mustFail}, explore ${byExplore} of ${mustFail}, ` +
      `${surviveAsDeclared} survive as declared${interrupted ? ' (interrupted)' : ''}`,
  ];
}

/** Returns "as declared", or in capitals what is not. */
export function mutantWords({ mutant }: MutantDocument): string {
  return WORDS[mutant];
}

function expectation(one: MutantDocument): string {
  return one.survives === null ? expectedWords(one) : 'survive';
}

/** Returns "killed after 5,120 trials, 0.3 s"; "survived 900,000 trials, 10 s"; "lost-write 7 in 90 trials, 0.1 s". */
export function hammerWords(one: MutantDocument): string {
  const within = `${counted(one.trials, 'trial')}, ${formatSeconds(one.seconds)}`;
  if (one.trials === 0) return 'not run';
  if (one.outcomes.length === 0) return `survived ${within}`;
  if (!isKilledByHammer(one)) return `${observedWords(one)} in ${within}`;
  return `killed after ${within}${alsoWords(one, one.outcomes)}`;
}

/** Returns "killed", "PROVED equivalent", "bounded", or how else it fails. */
export function exploreWords(one: MutantDocument): string {
  const { proved } = one;
  if (proved === undefined || proved === null || proved.verdict === null) return 'refused';
  if (proved.verdict === 'PROVED') return 'PROVED equivalent';
  if (proved.verdict === 'BOUNDED') return 'bounded';
  if (!isKilledByExplore(one)) return `fails as ${proved.failures.join(', ')}`;
  const failures = proved.failures.map((signature) => ({ signature }));
  return `killed${alsoWords(one, failures)}`;
}

/** Returns " (also duplicate-hpte)": what there is beside the signature that it must fail with. */
function alsoWords({ expectedOutcome }: MutantDocument, all: readonly { readonly signature: string }[]): string {
  const others = all.map(({ signature }) => signature).filter((signature) => signature !== expectedOutcome);
  return others.length === 0 ? '' : ` (also ${others.join(', ')})`;
}

/** Returns why a mutant survives, or what is wrong and the command that shows it. */
function notes(one: MutantDocument): string[] {
  const { race, row, mutant, about, survives, repeat, harnessError } = one;
  if (mutant === 'AS_DECLARED')
    return [...(survives === null ? [] : [`survives: ${race}, ${row}: ${about}: ${survives}`]), ...provedNotes(one)];
  const why = harnessError === null ? about : harnessError;
  return [`not as declared: ${race}, ${row}: ${why}`, ...provedNotes(one), `repeat: ${repeat}`];
}
