import test from 'ava';
import { brief } from './brief.js';
import { closeTally, countLine, emptyTally, type Tally } from './tally.js';

function count(...lines: string[]): Tally {
  const tally = emptyTally();
  for (const line of lines) countLine(tally, line);
  return tally;
}

const whatFailed = ({ failed }: Tally): string[] => failed.map(({ what }) => what);

test('tests that passed and tests that failed are counted', (t) => {
  const tally = count('', '  ✔ a › b', '    ℹ seed 7', '  \u001b[31m✘\u001b[39m [fail]: a › c ', '  - [skip] a › d');
  t.is(tally.passed, 1);
  t.deepEqual(whatFailed(tally), ['a › c']);
});

test('a file that broke off counts as a failure, with what is said about it', (t) => {
  const exited = '✘ dist/test/x.test.js exited due to an error:';
  const { failed } = count('  ✔ a', `  ${exited}`, '', '  Error: boom', '', '  ✔ b', '  ℹ a log');
  t.deepEqual(failed, [{ what: 'dist/test/x.test.js exited due to an error:', lines: ['Error: boom'] }]);
  t.deepEqual(whatFailed(count(exited)), ['dist/test/x.test.js exited due to an error:']);
});

test('what nobody has caught counts as a failure', (t) => {
  const { failed } = count('  Uncaught exception in dist/test/x.test.js', '', '  TypeError: none', '', '  ✔ b');
  t.deepEqual(failed, [{ what: 'Uncaught exception in dist/test/x.test.js', lines: ['TypeError: none'] }]);
});

/** As ava 7 prints two failed tests. */
const REPORT = `
  ✘ [fail]: harness › x › a deadlock is found stuck
  ℹ seed 7
  ✘ [fail]: harness › x › a deadlock is found stuck again
  ✔ harness › y › holds
  ─

  harness › x › a deadlock is found stuck
  ℹ seed 7

  stuck

  Difference (- actual, + expected):

  - 3
  + 2

  Error
      at ExecutionContext.is (file:///project/node_modules/ava/lib/assert.js:309:16)
      at found (/project/test/harness/x.test.ts:15:5)
      at /project/test/harness/x.test.ts:9:5



  harness › x › a deadlock is found stuck again

  Error: boom

  ─

  2 tests failed
`;

test('each failed test is explained by its part of the report', (t) => {
  const { failed } = count(...REPORT.split('\n'));
  t.deepEqual(
    failed.map(({ what, lines }) => [what, brief(lines, '/project/')]),
    [
      [
        'harness › x › a deadlock is found stuck',
        [
          'ℹ seed 7',
          'stuck',
          'Difference (- actual, + expected):',
          '- 3',
          '+ 2',
          'at found (test/harness/x.test.ts:15:5)',
        ],
      ],
      ['harness › x › a deadlock is found stuck again', ['Error: boom']],
    ],
  );
});

test('a long explanation is cut, but not the place', (t) => {
  const values = Array.from({ length: 40 }, (_, i) => `- ${i}`);
  const lines = brief(
    [...values, '    at a (/project/test/a.ts:1:2)', '    at b (/project/test/b.ts:1:2)'],
    '/project/',
  );
  t.is(lines.length, 15);
  t.deepEqual(lines.slice(-3), ['- 12', '… 27 more lines', 'at a (test/a.ts:1:2)']);
});

for (const [ending, how] of [
  ['exit code 1', 'with exit code 1'],
  [undefined, 'as if all was well'],
] as const) {
  test(`a run that broke off is a failure, beside others as well: ${how}`, (t) => {
    const what = `ava ended ${how} before its report did: not all tests have run`;
    const good = count('  ✔ a');
    closeTally(good, ending);
    t.is(good.passed, 1);
    t.deepEqual(whatFailed(good), [what]);
    const bad = count('  ✔ a', '  ✘ [fail]: b');
    closeTally(bad, ending);
    t.deepEqual(whatFailed(bad), ['b', what]);
  });
}

test('each run has to come to its own counts', (t) => {
  const tally = count('  ✔ a', '  ─', '', '  1 test passed');
  closeTally(tally, undefined);
  t.deepEqual(tally.failed, []);
  countLine(tally, '  ✔ b');
  closeTally(tally, undefined);
  t.is(tally.failed.length, 1);
});

test('a run that ends well in its report, and not by itself, is a failure', (t) => {
  const tally = count('  ✔ a', '  1 test passed');
  closeTally(tally, 'exit code 1');
  t.deepEqual(whatFailed(tally), ['ava itself ended with exit code 1']);
});

test('a run of no tests is a failure', (t) => {
  const tally = count('  0 tests passed');
  closeTally(tally, undefined);
  t.deepEqual(whatFailed(tally), ['no test ran']);
});

test('a good run stays as it is', (t) => {
  for (const counts of ['  1 test passed', '  12 tests passed', '  1 test failed', '  2 uncaught exceptions']) {
    const tally = count('  ✔ a', counts);
    closeTally(tally, undefined);
    t.is(tally.passed, 1);
    t.deepEqual(tally.failed, []);
  }
});
