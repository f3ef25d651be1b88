import test from 'ava';
import { closeTally, countLine, type Tally } from './tally.js';

function count(...lines: string[]): Tally {
  const tally: Tally = { passed: 0, failed: [] };
  for (const line of lines) countLine(tally, line);
  return tally;
}

test('tests that passed and tests that failed are counted', (t) => {
  const tally = count('', '  ✔ a › b', '    ℹ seed 7', '  \u001b[31m✘\u001b[39m [fail]: a › c ', '  - [skip] a › d');
  t.deepEqual(tally, { passed: 1, failed: ['a › c'] });
});

test('a file that broke off counts as a failure', (t) => {
  t.deepEqual(count('✘ dist/test/x.test.js exited with a non-zero exit code: 3').failed, [
    'dist/test/x.test.js exited with a non-zero exit code: 3',
  ]);
});

test('a run that broke off without a word is a failure', (t) => {
  const tally = count('  ✔ a');
  closeTally(tally, 'exit code 1');
  t.deepEqual(tally, { passed: 1, failed: ['ava itself ended with exit code 1'] });
});

test('a run of no tests is a failure', (t) => {
  const tally = count();
  closeTally(tally, undefined);
  t.deepEqual(tally.failed, ['no test ran']);
});

test('a good run stays as it is', (t) => {
  const tally = count('  ✔ a');
  closeTally(tally, undefined);
  t.deepEqual(tally, { passed: 1, failed: [] });
});
