// Goal: the command says what it found, and refuses what it does not support by one line; its exit code says which. The page of agreement
// tells contradictions. Method: the program on files of our own; the page on documents.

import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import test from 'ava';
import { FOLDER, racehammer } from '../e2e/cli.js';
import { exploredDocument, testDocument } from '../../lib/litmus/document.js';
import { exploreLitmus } from '../../lib/litmus/explore.js';
import { parseLitmus } from '../../lib/litmus/parse.js';
import type { LitmusTestDocument } from '../../lib/report/litmus/document.js';
import { agreementPage } from '../reference/litmusAgreement.js';

/** Two threads that store and read, with a comment that states a result. */
function stating(result: string, name = 'sb'): string {
  const body = (own: string, other: string): string =>
    `(int *x, int *y) { int r0; WRITE_ONCE(*${own}, 1); r0 = READ_ONCE(*${other}); }`;
  return `C ${name}\n(*\n * Result: ${result}\n *)\n{}\nP0${body('x', 'y')}\nP1${body('y', 'x')}\nexists (0:r0=0 /\\ 1:r0=0)\n`;
}

function put(name: string, text: string): string {
  const path = join(FOLDER, name);
  writeFileSync(path, text);
  return path;
}

test.serial('one file is refused with its place, and the others are explored', async (t) => {
  const good = put('good.litmus', stating('Sometimes'));
  const bad = put('bad.litmus', 'C bad\n{}\nP0(int *x)\n{\n  srcu_read_lock(x);\n}\n');
  const { code, stdout, stderr } = await racehammer('litmus', bad, good, '--no-hammer');
  t.is(stderr, `racehammer: ${bad}:5:3: srcu_read_lock() is not known\n`);
  t.deepEqual(stdout.match(/^Observation .*$/gm), ['Observation sb Never 0 3', 'Observation sb Sometimes 1 3']);
  t.is(code, 2);
});

test.serial('what a comment states as Never and is reached is VIOLATED', async (t) => {
  const { code, stderr } = await racehammer('litmus', put('wrong.litmus', stating('Never')), '--no-hammer');
  t.regex(stderr, /wrong\.litmus: VIOLATED: its comment says Never, and under tso it is reached/);
  t.is(code, 1);
});

test.serial('a test with too many states is refused', async (t) => {
  const file = put('large.litmus', stating('Sometimes'));
  const { code, stderr, stdout } = await racehammer('litmus', file, '--states', '5', '--no-hammer');
  t.is(stderr, `racehammer: ${file}: has more than 5 states under sc; --states allows more\n`);
  t.deepEqual([code, stdout], [2, '']);
});

test('the page of agreement tells what is the same, what x86 does not reach, and contradictions', (t) => {
  const documentOf = (text: string): LitmusTestDocument => {
    const program = parseLitmus(text);
    const explored = (['sc', 'tso'] as const).map((memory) =>
      exploredDocument(program, exploreLitmus(program, memory, 1000), 0),
    );
    return testDocument('f', program, explored, []);
  };
  const texts = [
    stating('Sometimes', 'b'),
    stating('Never', 'a'),
    stating('Sometimes', 'c').replace('exists', '~exists').replace('0:r0=0', '0:r0=7'),
  ];
  const page = agreementPage(texts.map(documentOf), ['d:1:1: what'], 'a folder');
  t.deepEqual(page.match(/^\| [abc] .*$/gm), [
    '| a | Never | Never | Sometimes | CONTRADICTED |',
    '| b | Sometimes | Never | Sometimes | the same under tso |',
    '| c | Sometimes | Never | Never | allowed, not reached on x86 |',
  ]);
  t.regex(page, /^3 tests: 1 CONTRADICTED, 1 the same under tso, 1 allowed, not reached on x86; 1 not supported\.$/m);
});
