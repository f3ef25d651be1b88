/**
 * Goal: conditions that a race does not declare are refused whatever they are called, as is a campaign of more rows than can be
 * run; a row's command is that of its race, whatever the file of the race is called.
 * Method: entries as a campaign or the flags give them.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { rowsOfEntries, rowsOfStore } from '../../lib/campaign/rows.js';
import { UsageError } from '../../lib/run/usageError.js';
import { ROWS_MAX, type CampaignEntry } from '../../lib/soak/campaignFile.js';
import { isInstrumented } from '../../lib/instrument/marked.js';
import { keyOf, type SoakRow } from '../../lib/soak/row.js';
import { fixture } from '../e2e/cli.js';
import { ROOT } from '../e2e/consoleBlocks.js';
import { HOST, RACES, folder, newStore } from '../soak/rows.js';

async function rowsOf(...entries: CampaignEntry[]): Promise<SoakRow[]> {
  return rowsOfEntries(entries, (path, error) => new UsageError(`${path.join('.')}: ${error.message}`), null, RACES);
}

for (const knob of ['constructor', '__proto__', 'toString']) {
  test(`a knob that every object has: ${knob}`, async (t) => {
    const knobs = Object.fromEntries([[knob, '1']]);
    await t.throwsAsync(rowsOf({ race: 'xen-pin', variant: 'buggy', knobs }), {
      instanceOf: UsageError,
      message: new RegExp(`^rows\\.0\\.knobs: unknown knob "${knob}" for xen-pin`),
    });
  });
}

test('combinations are counted before they are made', async (t) => {
  const many = Array.from({ length: 1200 }, () => '1');
  const entry = { race: 'xen-pin', variant: 'buggy', knobs: { split_ptl: many, pte_pages: many } };
  await t.throwsAsync(rowsOf(entry), {
    instanceOf: UsageError,
    message: `rows.0.variant: 1440000 rows: a campaign has at most ${ROWS_MAX}`,
  });
});

test("the path of a race stays as it is in the row's command, which names no seed", async (t) => {
  const path = join(folder(t), 'a --seed 7 b.mjs');
  writeFileSync(path, `export { default } from ${JSON.stringify(`file://${fixture('outcomes')}`)};\n`);
  const [row] = await rowsOf({ race: path, variant: 'buggy' });
  t.true(row.repeat.startsWith(`npx racehammer run '${path}:buggy' `), row.repeat);
  t.notRegex(row.repeat.slice(path.length), /--seed \d+ --/);
});

test('a memory model is a condition of a row and its twin, of their commands, and of what the store brings back', async (t) => {
  const race = join(ROOT, 'examples/07-store-buffer.js');
  const rows = await rowsOf({ race, variant: 'fence', memory: 'tso' }, { race, variant: 'fence' });
  const facts = ({ name, plan, expected }: SoakRow): unknown[] => [name, plan.memory, expected];
  const wanted = [
    ['twin no-fence memory=tso', 'tso', 'both-inside'],
    ['fence memory=tso', 'tso', null],
    // Without store buffers nothing fails, and there is no twin.
    ['fence', 'sc', null],
  ];
  t.deepEqual(rows.map(facts), wanted);
  t.deepEqual(
    rows.map(({ repeat }) => repeat.includes(' --memory tso ')),
    [true, true, false],
  );
  const store = newStore(join(folder(t), 's.db'));
  const session = store.claim(HOST);
  store.declare(rows);
  const again = await rowsOfStore(store.totals(), null, RACES);
  t.deepEqual(again.map(facts), wanted);
  t.is(new Set(store.totals().map(({ key }) => key)).size, 3);
  store.end(session, 'interrupted', false);
});

test('instruments are a condition of a row and its twin, of their commands, and of what the store brings back', async (t) => {
  const race = join(ROOT, 'examples/js/seqlock.js');
  const rows = await rowsOf({ race, variant: 'again', instrument: true }, { race, variant: 'again' });
  const facts = ({ name, plan, repeat }: SoakRow): unknown[] => [
    name,
    isInstrumented(plan.raceUrl),
    repeat.endsWith(' --instrument'),
  ];
  const wanted = [
    ['twin once instrumented', true, true],
    ['again instrumented', true, true],
    ['twin once', false, false],
    ['again', false, false],
  ];
  t.deepEqual(rows.map(facts), wanted);
  const twins = rows.map(({ expectation }) => expectation.twin);
  t.deepEqual([twins[1], twins[3]], [keyOf(rows[0]), keyOf(rows[2])]);
  const store = newStore(join(folder(t), 's.db'));
  const session = store.claim(HOST);
  store.declare(rows);
  const totals = store.totals();
  t.deepEqual(
    totals.map(({ instrumented }) => instrumented),
    [true, true, undefined, undefined],
  );
  t.true(totals.every(({ code }) => code === 'javascript'));
  t.deepEqual((await rowsOfStore(totals, null, RACES)).map(facts), wanted);
  store.end(session, 'interrupted', false);
  await t.throwsAsync(rowsOf({ race: 'xen-pin', instrument: true }), {
    instanceOf: UsageError,
    message: /^rows\.0\.race: --instrument: xen-pin is no test that hammer\(\) has made/,
  });
});

test('a litmus race has the memory of the host', async (t) => {
  await t.throwsAsync(rowsOf({ race: 'store-buffer', variant: 'plain', memory: 'tso' }), {
    instanceOf: UsageError,
    message: /^rows\.0\.memory: memory tso: store-buffer is a litmus race/,
  });
});
