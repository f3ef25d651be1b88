// Goal: a mutant is what it is declared to be, on the host and on all threads, or the verification says otherwise. Method: a race
// with a mutant for each case, hammered and explored; what decides is in all states, so a busy host changes no verdict.

import test from 'ava';
import { rowsFor, verifyRequestOf } from '../../lib/cli/verify/checkedFlags.js';
import { VERIFY } from '../../lib/cli/verify/options.js';
import { mutantsDocument, type MutantsDocument } from '../../lib/report/verify/mutantsDocument.js';
import { mutantLines, mutantsReport } from '../../lib/report/verify/mutantsText.js';
import { verifyMutants } from '../../lib/run/verify/verifyMutants.js';
import { typed } from '../cli/typed.js';
import { fixture } from '../e2e/cli.js';
import { PLAIN } from '../../lib/report/format/screen.js';

async function verified(...words: readonly string[]): Promise<MutantsDocument> {
  const { flags } = await typed(VERIFY, ['--mutants', '--seed', '7', ...words]);
  const rows = await rowsFor([fixture('mutated')], { ...verifyRequestOf(flags), evidence: null });
  const { signal } = new AbortController();
  const result = await verifyMutants(rows, { signal, view: () => undefined, onEnd() {} });
  return mutantsDocument({ ...result, repeat: '' });
}

test.serial('a fault is noticed by threads and by all states', async (t) => {
  const document = await verified('--row', 'not-atomic', '--budget', '30s');
  t.like(document.mutants[0], { mutant: 'AS_DECLARED', of: 'atomic', variant: 'not-atomic' });
  t.deepEqual(document.score, { mustFail: 1, byHammer: 1, byExplore: 1, killed: 1, surviveAsDeclared: 0 });
  t.is(document.exitCode, 0);
  const [line, ...more] = mutantLines(document.mutants[0], PLAIN);
  t.deepEqual(more, []);
  t.regex(
    line,
    /^as declared {2}mutated, not-atomic of atomic, to fail as lost-update: hammer killed after [\d,]+ trials?, .*; explore .*killed/,
  );
});

test.serial('what is not as declared is said, each in its way', async (t) => {
  const document = await verified('--budget', '300ms');
  t.deepEqual(
    document.mutants.map(({ row, mutant, proved }) => [row, mutant, proved?.verdict]),
    [
      ['not-atomic', 'AS_DECLARED', 'FAILS'],
      ['unused', 'AS_DECLARED', 'PROVED'],
      ['dies', 'DIES', 'FAILS'],
      ['lives', 'SURVIVES', 'PROVED'],
      ['otherwise', 'FAILS_OTHERWISE', 'FAILS'],
    ],
  );
  t.is(document.exitCode, 1);
  t.like(document.score, { mustFail: 3, byExplore: 1, surviveAsDeclared: 1 });
  const text = mutantsReport(document).join('\n');
  t.regex(text, /survives: mutated, unused: a number: nothing reads it/);
  t.regex(text, /not as declared: mutated, lives: a number\n/);
  t.regex(
    mutantLines(document.mutants[3], PLAIN)[0],
    /^SURVIVES, declared to fail {2}mutated, lives of atomic, to fail as lost-update: hammer survived .*; explore PROVED equivalent/,
  );
});
