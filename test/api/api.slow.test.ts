/**
 * Goal: a program gets from run(), verify() and the assertions what the commands print, or one line that names the wrong option.
 * Method: the example of a lost update, in few trials; every wrong option; a signal that ends a run of an hour.
 */
import { AssertionError } from 'node:assert';
import { join } from 'node:path';
import test from 'ava';
import type { RaceGiven } from '../../lib/api/options.js';
import { assertFails, assertHolds, run, soak, verify } from '../../lib/index.js';
import { folder } from '../soak/rows.js';
import { LINE, defineRace, struct } from '../../lib/sdk/index.js';
import { raceFileUrl } from '../../lib/harness/host/raceFiles.js';

/** The race as a program of a user's has it, and its module. */
const URL_OF_RACE = new URL('../../../examples/01-lost-update.js', import.meta.url);
const FILE = decodeURIComponent(URL_OF_RACE.pathname);
const lostUpdate = ((await import(URL_OF_RACE.href)) as { default: RaceGiven }).default;

const here = defineRace({
  name: 'here',
  state: struct({ word: LINE }),
  actors: { none() {} },
  variants: { buggy: { fails: 'never' }, fixed: {} },
});

test.serial('run() resolves with the document that the command prints', async (t) => {
  const document = await run(lostUpdate, { variant: 'atomic', trials: 2000, seed: 5, twin: false });
  t.like(document, { schema: 'racehammer.run/1', race: 'lost-update', variant: 'atomic', trials: 2000, failures: 0 });
  t.like(document, { verdict: 'INCONCLUSIVE', seed: 5, harnessError: null });
  t.regex(document.repeat, /^npx racehammer run \S*01-lost-update\.js:atomic --seed 5 --trials 2000 --no-twin$/);
});

test.serial('a race may be given by its path or address', async (t) => {
  for (const given of [FILE, URL_OF_RACE]) {
    const { race, trials } = await run(given, { variant: 'atomic', trials: 64, twin: false });
    t.deepEqual([race, trials], ['lost-update', 64]);
  }
});

test.serial('verify() resolves with what became of each row', async (t) => {
  const rows: string[] = [];
  const document = await verify(lostUpdate, { budget: 300, onRow: (row) => rows.push(`${row.row} ${row.verdict}`) });
  t.deepEqual(rows.toSorted(), ['atomic HELD', 'buggy REPRODUCED']);
  t.like(document, { verdict: 'AS_EXPECTED', interrupted: false });
});

test.serial('assertions resolve with the document, or reject with the report', async (t) => {
  t.is((await assertFails(lostUpdate, { variant: 'buggy', trials: 1_000_000 })).verdict, 'REPRODUCED');
  t.is((await assertHolds(lostUpdate, { variant: 'atomic', trials: 40_000 })).verdict, 'HELD');
  const few = await t.throwsAsync(assertHolds(lostUpdate, { variant: 'atomic', trials: 8 }), {
    instanceOf: AssertionError,
  });
  t.regex(few?.message ?? '', /^lost-update:atomic: INCONCLUSIVE\n[^]*trials without a failure/);
  const none = await t.throwsAsync(
    assertFails(lostUpdate, { variant: 'atomic', trials: 64, twin: false, signature: 'lost-update' }),
  );
  t.like(none, { code: 'ERR_ASSERTION', actual: 'INCONCLUSIVE', expected: 'lost-update' });
});

test.serial('a signal ends a run, and the document says so; counts are told meanwhile', async (t) => {
  const stop = new AbortController();
  const document = await run(lostUpdate, {
    variant: 'atomic',
    duration: '1h',
    twin: false,
    signal: stop.signal,
    onProgress: ({ trials }) => (trials > 0 ? stop.abort() : undefined),
  });
  t.true(document.interrupted);
  t.true(document.trials > 0);
});

test.serial('soak() keeps a campaign in a store, and resolves with what is known at its end', async (t) => {
  const store = join(folder(t), 'soak.db');
  const counts: number[] = [];
  const enough = new AbortController();
  const document = await soak(
    { name: 'two rows', rows: [{ race: lostUpdate }], duration: '1h', slice: 500, classes: true },
    {
      store,
      signal: enough.signal,
      onProgress({ trials }) {
        counts.push(trials);
        if (trials > 0) enough.abort();
      },
    },
  );
  t.deepEqual(
    document.rows.map(({ name, expected }) => [name, expected]),
    [
      ['buggy', 'lost-update'],
      ['atomic', null],
    ],
  );
  t.true(document.rows.every(({ harnessErrors }) => harnessErrors === 0));
  t.is(document.rows[1].failures, 0);
  for (const { classes } of document.rows.filter(({ trials }) => trials > 0)) {
    t.like(classes, { reason: null, unknown: 0 });
    t.true((classes?.met ?? 0) > 0 && (classes?.sampled ?? 0) > 0);
  }
  t.true(document.rows.reduce((n, { trials }) => n + trials, 0) >= (counts.at(-1) ?? Infinity));
  t.deepEqual(
    (await soak({ rows: [{ race: lostUpdate }], duration: '100ms' }, { store: join(folder(t), 'short.db') })).rows
      .length,
    2,
    'at the end of its time, too',
  );
  await t.throwsAsync(soak({ rows: [{ race: lostUpdate }], duration: '3s' }, { store }), {
    name: 'UsageError',
    message: /soak\.db/,
  });
});

const WRONG: readonly (readonly [says: RegExp, call: () => Promise<unknown>])[] = [
  [
    /^unknown option "varint" for run\(\): did you mean "variant"\?/,
    async () => run(lostUpdate, { varint: 'x' } as object),
  ],
  [/^unknown variant "bugy" for lost-update: did you mean "buggy"\?/, async () => run(lostUpdate, { variant: 'bugy' })],
  [/^trials 1\.5: must be a whole number from 1 to /, async () => run(lostUpdate, { trials: 1.5 })],
  [/^trials and duration: /, async () => run(lostUpdate, { trials: 1, duration: '1s' })],
  [/^duration "1": must be a number with its unit/, async () => run(lostUpdate, { duration: '1' })],
  [/^claim "often": must be a rate/, async () => run(lostUpdate, { claim: 'often' })],
  [/^cpus 1: must be 2 or more/, async () => run(lostUpdate, { cpus: 1 })],
  [/^threads 1: must be 2 or more/, async () => run(lostUpdate, { threads: 1 })],
  [/^seed -1: must be a whole number/, async () => run(lostUpdate, { seed: -1 })],
  [/^unknown knob "size" for lost-update \(none are known\)/, async () => run(lostUpdate, { knobs: { size: 1 } })],
  [/^unknown value "2" for knob split_ptl of xen-pin/, async () => run('xen-pin', { knobs: { split_ptl: 2 } })],
  [/^unknown phases "ad": did you mean "add"\?/, async () => run(lostUpdate, { phases: { ad: { min: 0, max: 1 } } })],
  [/^phases\.add: min 2 is more than max 1/, async () => run(lostUpdate, { phases: { add: { min: 2, max: 1 } } })],
  [/^unknown sync "fre": did you mean "free"\?/, async () => run(lostUpdate, { sync: 'fre' as 'free' })],
  [/^signal: is aborted before the start$/, async () => run(lostUpdate, { signal: AbortSignal.abort() })],
  [/^unknown race "xen-pn": did you mean "xen-pin"\?/, async () => run('xen-pn')],
  [/^race "\.\/no\.mjs": there is no such file$/, async () => run('./no.mjs')],
  [/^race "https:\/\/x\.org\/r\.js": must be a file: address$/, async () => run(new URL('https://x.org/r.js'))],
  [/^race: is a promise, and must be made by defineRace\(\)/, async () => run(Promise.resolve() as unknown as string)],
  [/^race: is an object, and must be made by defineRace\(\)/, async () => run({} as unknown as string)],
  [
    /^race "here": must be the default export of ".*api\.slow\.test\.js", which every thread imports/,
    async () => run(here),
  ],
  [/^assertHolds\(\): variant is missing$/, async () => assertHolds(lostUpdate, {} as { variant: string })],
  [
    /^assertHolds\(\): needs a limit: trials, duration or claim$/,
    async () => assertHolds(lostUpdate, { variant: 'atomic' }),
  ],
  [
    /^variant buggy: is declared to fail as lost-update: /,
    async () => assertHolds(lostUpdate, { variant: 'buggy', trials: 1 }),
  ],
  [
    /^variant atomic: is declared to hold: name the signature/,
    async () => assertFails(lostUpdate, { variant: 'atomic', trials: 1 }),
  ],
  [/^row "no such": is in no name of a row$/, async () => verify(lostUpdate, { row: 'no such' })],
  [/^budget 0: must be a whole number from 1/, async () => verify(lostUpdate, { budget: 0 })],
  [
    /^soak\(\): needs a store/,
    async () => soak({ rows: [{ race: lostUpdate }], duration: '1s' }, {} as { store: string }),
  ],
  [
    /^classes: must be boolean/,
    async () =>
      soak({ rows: [{ race: lostUpdate }], duration: '1s', classes: 1 as unknown as boolean }, { store: 'x.db' }),
  ],
  [/^rows: must not be empty$/, async () => soak({ rows: [], duration: '1s' }, { store: 'x.db' })],
  [
    /^rows\[0\]\.varint: no such field; there are race, variant, row/,
    async () =>
      soak({ rows: [{ race: lostUpdate, varint: 'x' } as { race: RaceGiven }], duration: '1s' }, { store: 'x.db' }),
  ],
  [
    /^rows\[0\]\.cpus: must be integer or array$/,
    async () => soak({ rows: [{ race: lostUpdate, variant: 'atomic', cpus: 2.5 }], duration: '1s' }, { store: 'x.db' }),
  ],
  [
    /^rows\[0\]\.weight: must be > 0$/,
    async () => soak({ rows: [{ race: lostUpdate, weight: 0 }], duration: '1s' }, { store: 'x.db' }),
  ],
  [
    /^name: must NOT have fewer than 1 characters$/,
    async () => soak({ name: '', rows: [{ race: lostUpdate }], duration: '1s' }, { store: 'x.db' }),
  ],
  [
    /^seed 1\.5: must be a whole number/,
    async () => soak({ rows: [{ race: lostUpdate }], duration: '1s', seed: 1.5 }, { store: 'x.db' }),
  ],
  [
    /^instrument: lost-update is no test that hammer\(\) has made/,
    async () => verify(lostUpdate, { instrument: true }),
  ],
  [/^instrument: name the test of hammer\(\)/, async () => verify(undefined, { instrument: true })],
  [
    /^rows\[0\]\.race: instrument: lost-update is no test/,
    async () => soak({ rows: [{ race: lostUpdate, instrument: true }], duration: '1s' }, { store: 'x.db' }),
  ],
  [/^seed -2: must be a whole number/, async () => verify(lostUpdate, { seed: -2 })],
  [
    /^rows\[0\]\.variant: unknown variant "bugy"/,
    async () => soak({ rows: [{ race: lostUpdate, variant: 'bugy' }], duration: '1s' }, { store: 'x.db' }),
  ],
  [
    /^duration "long": must be a number with its unit/,
    async () => soak({ rows: [{ race: lostUpdate }], duration: 'long' }, { store: 'x.db' }),
  ],
];

for (const [says, call] of WRONG) {
  test(`refused: ${says.source}`, async (t) => {
    const error = await t.throwsAsync(call(), { name: 'UsageError' });
    t.regex(error?.message ?? '', says);
    t.notRegex(error?.message ?? '', /\n/);
  });
}

test('the module of the example is the one that is meant', (t) => {
  t.is(raceFileUrl(FILE), URL_OF_RACE.href);
});
