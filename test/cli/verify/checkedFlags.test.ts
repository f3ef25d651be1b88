// Goal: races, variants and texts choose the rows that they name, and a mistake in them costs one line. Method: rows of
// xen-pin and of fixtures; the parser for the mistakes; declarations of rows that contradict their race.

import { fileURLToPath } from 'node:url';
import test from 'ava';
import { runProgram } from '../../../lib/cli/program.js';
import type { VerifyRequest } from '../../../lib/run/options.js';
import { verifyCommandLine } from '../../../lib/run/repeat.js';
import { UsageError } from '../../../lib/run/usageError.js';
import { defaultsOf } from '../../../lib/cli/options/command.js';
import { VERIFY, type VerifyFlags } from '../../../lib/cli/verify/options.js';
import { rowsFor, verifyRequestOf } from '../../../lib/cli/verify/checkedFlags.js';
import { typed } from '../typed.js';
import { builtInRaces } from '../../../lib/harness/host/loadRace.js';
import type { VerifyRow } from '../../../lib/race/race.js';
import { fixtureRace } from '../../fixtures/fixtureRace.js';

const pathOf = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}.js`, import.meta.url));
const OUTCOMES = pathOf('outcomes');
const BROKEN = pathOf('broken');

async function names(targets: readonly string[], flags: Partial<VerifyFlags> = {}): Promise<string[]> {
  const request = verifyRequestOf({ ...defaultsOf(VERIFY), ...flags });
  return (await rowsFor(targets, request)).map(({ race, row }) => `${race.name}: ${row}`);
}

test('without names every built-in race is verified, with names those', async (t) => {
  const all = new Set((await names([])).map((name) => name.split(':')[0]));
  t.true(all.has('xen-pin'));
  for (const race of all) t.true(builtInRaces().includes(race));
  const two = await names([OUTCOMES, pathOf('patient'), OUTCOMES]);
  t.deepEqual(two.slice(0, 2), ['outcomes: fails as it should', 'outcomes: holds as it should']);
  t.deepEqual(two.slice(-2), ['patient: first row', 'patient: second row']);
  t.is(two.length, 6);
  t.deepEqual(await names([`${OUTCOMES}:shy`]), ['outcomes: should fail, and holds']);
});

test('a text chooses rows whose name holds it, several those of any', async (t) => {
  t.deepEqual(await names([OUTCOMES], { row: ['AS IT SHOULD'] }), [
    'outcomes: fails as it should',
    'outcomes: holds as it should',
  ]);
  t.deepEqual(await names([OUTCOMES], { row: ['fails as', 'should hold'] }), [
    'outcomes: fails as it should',
    'outcomes: should hold, and fails',
  ]);
});

test('a row says under which conditions it runs, and no other', async (t) => {
  const request = await requestOf('--row', 'holds as', '--budget', '1m', '--seed', '7');
  const [{ request: first }] = await rowsFor([OUTCOMES], request);
  t.like(first, { typed: OUTCOMES, threads: 3, durationMs: 60_000 });
  t.like(first.plan, { variant: 'fixed', cpus: 3, machines: 1, sync: 'stride', seed: 7, trials: Infinity });
  t.deepEqual(first.plan.knobs, { size: 'large' });
  t.is(
    verifyCommandLine(['xen-pin', 'my race.js'], { ...request, row: ["the mail's", 'exit'] }),
    "npx racehammer verify xen-pin 'my race.js' --row 'the mail'\\''s' --row exit --budget 1m --seed 7",
  );
});

test('how rows are hammered is said by flags, and spelt out again', async (t) => {
  const words = ['--row', 'holds as', '--seed', '7', '--no-bind', '--no-lockdep', '--evidence', 'kept'];
  const request = await requestOf(...words);
  const [{ request: first }] = await rowsFor([OUTCOMES], request);
  t.like(first, { evidence: 'kept' });
  t.like(first.plan, { bindCores: false, lockdep: false, keep: 1 });
  t.is(
    verifyCommandLine(['xen-pin'], { ...request, row: [], tuned: 'my own.json', anyHost: true }),
    "npx racehammer verify xen-pin --seed 7 --no-bind --no-lockdep --tuned 'my own.json' --any-host --evidence kept",
  );
  const [none] = await rowsFor([OUTCOMES], await requestOf('--no-evidence'));
  t.like(none.request, { evidence: null });
  t.is(none.request.plan.keep, 0);
});

async function requestOf(...words: readonly string[]): Promise<VerifyRequest> {
  return verifyRequestOf((await typed(VERIFY, words)).flags);
}

const MISTAKES: readonly (readonly [args: readonly string[], says: RegExp])[] = [
  [['xen-pni'], /^unknown race "xen-pni": did you mean "xen-pin"\?/],
  [['xen-pin', './nowhere.mjs'], /^race "\.\/nowhere\.mjs": there is no such file$/],
  [['xen-pin:bugy'], /^unknown variant "bugy" for xen-pin: did you mean "buggy"\?/],
  [[BROKEN], /^race ".*broken\.js": has no rows to verify$/],
  [[`${OUTCOMES}:both`], /^race ".*outcomes\.js": has no rows to verify of variant both$/],
  [
    ['xen-pin', '--row', 'nonsense'],
    /^--row "nonsense": is in no name of a row of xen-pin: \d+ rows of xen-pin are known, the first is "buggy, split PTE locks"$/,
  ],
  [['xen-pin', '--row', 'merged fix, 4 CPU s'], /^--row .*: did you mean "merged fix, 4 CPUs"\?$/],
  [['xen-pin', '--budget', '3'], /^--budget "3": must be .*; did you mean 3s\?$/],
  [['xen-pin', '--budget', '0s'], /^--budget "0s": must be/],
  [['xen-pin', '--seed', '-1'], /^--seed "-1": must be/],
  [['store-buffer', '--mutants'], /^race "store-buffer": has no mutants$/],
  [['uffd-wp:buggy', '--mutants'], /^race "uffd-wp": has no mutants of variant buggy$/],
  [['uffd-wp', '--mutants', '--prove'], /^--prove: is for rows; mutants \(--mutants\) have none of it$/],
  [['xen-pin', '--bugdet', '3s'], /^unknown flag "--bugdet" for verify: did you mean "--budget"\?/],
  [
    ['xen-pin', '--junit', '/nowhere/at/all.xml'],
    /^--junit "\/nowhere\/at\/all\.xml": must be a file that can be written/,
  ],
];

for (const [args, says] of MISTAKES) {
  test(`racehammer verify ${args.join(' ').replaceAll(OUTCOMES, 'outcomes.js').replaceAll(BROKEN, 'broken.js')}`, async (t) => {
    const error = await t.throwsAsync(runProgram(['verify', ...args]), { instanceOf: UsageError });
    t.regex(error?.message ?? '', says);
    t.false(error?.message.includes('\n'));
  });
}

test('a row must agree with its race', (t) => {
  const raceWith =
    (...rows: readonly VerifyRow[]) =>
    () =>
      fixtureRace(
        {
          name: 'rows',
          signatures: {},
          merged: 'only',
          variants: { only: { about: '', source: '', expects: [{}] } },
          rows,
        },
        () => {},
      );
  const row: VerifyRow = { name: 'a row', variant: 'only' };
  t.notThrows(raceWith(row, { ...row, name: 'another', knobs: { size: 'large' }, cpus: 4, sync: 'stride' }));
  const wrong: readonly (readonly [rows: readonly VerifyRow[], says: RegExp])[] = [
    [[row, row], /^race rows: row "a row": each row needs a name of its own$/],
    [[{ ...row, name: ' ' }], /each row needs a name of its own$/],
    [[{ ...row, variant: 'onyl' }], /^race rows: row "a row": onyl is no variant$/],
    [[{ ...row, knobs: { size: 'huge' } }], /size=huge is no knob value$/],
    [[{ ...row, knobs: { weight: 'large' } }], /weight=large is no knob value$/],
    [[{ ...row, cpus: 1 }], /1 CPUs are fewer than the race's actors$/],
    [[{ ...row, sync: 'free' }], /the race cannot run without meetings$/],
  ];
  for (const [rows, message] of wrong) t.throws(raceWith(...rows), { message });
});

test('--quick has a budget of its own, is repeated, and goes not with mutants', async (t) => {
  const request = await requestOf('--quick', '--seed', '7');
  t.like(request, { quick: true, budgetMs: 250 });
  t.is(verifyCommandLine([], request), 'npx racehammer verify --quick --seed 7');
  await t.throwsAsync(async () => requestOf('--quick', '--mutants'), {
    instanceOf: UsageError,
    message: /--quick with --mutants: .*leave one of them out/,
  });
});
