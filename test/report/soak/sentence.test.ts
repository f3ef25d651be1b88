/** Goal: what a soak says of a row is what its counts show and no more, in the words that `run` has for it. */
import test from 'ava';
import type { RowTotals } from '../../../lib/report/soak/document.js';
import { verdictSentence } from '../../../lib/report/soak/sentence.js';
import { rowVerdicts } from '../../../lib/report/soak/verdict.js';
import { ROW } from './madeUpRow.js';

const TWIN: RowTotals = {
  ...ROW,
  id: 2,
  key: 'twin',
  name: 'buggy',
  expected: 'oops',
  alsoFails: ['deadlock'],
  failures: 600_000,
  outcomes: [
    { signature: 'oops', count: 500_000, declared: true },
    { signature: 'deadlock', count: 100_000, declared: true },
  ],
  provedAtMs: 950,
};
const NONE = { failures: 0, outcomes: [] };

function sentenceOf(row: Partial<RowTotals>, ...others: readonly RowTotals[]): string {
  const rows = rowVerdicts([{ ...ROW, ...row }, ...others]);
  return verdictSentence(rows[0], rows);
}

const hang = [{ signature: 'stuck-worker', count: 2, declared: false }];
const sentences: readonly (readonly [what: string, sentence: string, words: RegExp])[] = [
  [
    'held, with its bounds and its twin',
    sentenceOf({ twin: 'twin' }, TWIN),
    /^Expected to hold, and did: no failure in 1,000,000 trials\. Fewer than 3\.0e-6 of .* fewer than 6\.9e-6 with 99\.9 %\. HELD: bound 3\.0e-6, 1\/200,000 of the 60\.0 % at which `buggy` fails/,
  ],
  [
    'too few trials',
    sentenceOf({ trials: 10, twin: 'twin' }, TWIN),
    /^Expected to hold: no failure in 10 trials does not show that it does\. INCONCLUSIVE: .* which takes [\d,]+ trials without a failure\.$/,
  ],
  [
    'a twin that does not fail',
    sentenceOf({ twin: 'twin' }, { ...TWIN, ...NONE }),
    /^Expected to hold: no failure in 1,000,000 trials does not .* INCONCLUSIVE: `buggy`, which should fail, did not in 1,000,000 trials, so the absence of failures proves nothing\.$/,
  ],
  [
    'a hang',
    sentenceOf({ failures: 2, outcomes: hang }),
    /^2 of 1,000,000 trials failed\. Counted but not declared by the race: stuck-worker\.$/,
  ],
  [
    'a failure of what should hold',
    sentenceOf({ failures: 1, outcomes: [{ signature: 'oops', count: 1, declared: true }] }),
    /Expected to hold but failed: oops\.$/,
  ],
  [
    'a failure with others',
    sentenceOf(TWIN),
    /^Expected to fail as oops, and did to the end\. Also seen, as expected: deadlock\.$/,
  ],
  [
    'another failure than expected',
    sentenceOf({ ...TWIN, alsoFails: [] }),
    /Failed in a way that is not expected under these knobs: deadlock; expected: oops\.$/,
  ],
  [
    'not yet a failure',
    sentenceOf({ ...TWIN, ...NONE, trials: 64 }),
    /^Expected to fail as oops, and did not yet\. INCONCLUSIVE: .* there were 64\.$/,
  ],
  [
    'no failure',
    sentenceOf({ ...TWIN, ...NONE }),
    /^Expected to fail as oops, and did not\. NOT REPRODUCED: 1,000,000 trials/,
  ],
  [
    'a harness error',
    sentenceOf({ harnessErrors: 1 }),
    /^1 of 3 slices ended with a harness error, so its counts are no verdict\.$/,
  ],
  ['nothing', sentenceOf({ trials: 0, slices: 0 }), /^It has not run yet\.$/],
  [
    'code that has changed',
    sentenceOf({ source: 'a'.repeat(64) }, { ...ROW, id: 2, source: 'b'.repeat(64), triedAtMs: 1000 }),
    /Its code has changed: since then its conditions run with code bbbbbbbb\.$/,
  ],
];

for (const [what, sentence, words] of sentences) {
  test(`${what} is said`, (t) => {
    t.regex(sentence, words);
  });
}

test('the newer code is not said to have changed', (t) => {
  const old = { ...ROW, id: 2, source: 'b'.repeat(64), triedAtMs: 100 };
  t.notRegex(sentenceOf({ source: 'a'.repeat(64) }, old), /has changed/);
});
