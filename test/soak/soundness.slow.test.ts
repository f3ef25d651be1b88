/**
 * Goal: whatever a disk, another program or a forger has done to a store, it is refused in one line, or what it says is of the right
 * kind everywhere; and the process lives on, though libsql ends it for a text that is not UTF-8.
 * Method: a store with something in every column, of which copies are damaged: one bit of a text, or one value by SQL.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import test, { type ExecutionContext } from 'ava';
import { rowsOfStore } from '../../lib/campaign/rows.js';
import { soakHistory } from '../../lib/cli/report/soakPage.js';
import { UsageError } from '../../lib/run/usageError.js';
import type { SoakDocument } from '../../lib/report/soak/document.js';
import { TABLES, wrongContents } from '../../lib/soak/contents.js';
import { SoakDatabase } from '../../lib/soak/database.js';
import { soakDocumentOf } from '../../lib/soak/document.js';
import { MIGRATIONS } from '../../lib/soak/migrations.js';
import { RowReader, type StoredValue } from '../../lib/soak/rowReader.js';
import { Store } from '../../lib/soak/store.js';
import { StoreError } from '../../lib/soak/storeFile.js';
import { openSqlite, type Sqlite } from '../../lib/soak/sqlite.js';
import { DELTA, HOST, RACES, folder, madeUpExecution, newStore, twoRows } from './rows.js';

const NAME = 'a campaign by a name';

const GOOD = await wholeStore();

/** The bytes of a store with something in every table, which a process that is gone has claimed. */
async function wholeStore(): Promise<Buffer> {
  const cwd = mkdtempSync(join(tmpdir(), 'racehammer-soak-'));
  const path = join(cwd, 's.db');
  const store = newStore(path, 60_000, NAME);
  store.keepTuning('{"path":"t.json"}');
  const session = store.claim(HOST);
  await fill(store, session);
  store.end(session, 'interrupted', false);
  change(path, "INSERT INTO owner SELECT 1, host, pid, '1@another boot' FROM session");
  change(path, "INSERT INTO closed_execution VALUES (1, '00000000-0000-4000-8000-', '000000000007', '00000000000a')");
  const bytes = readFileSync(path);
  rmSync(cwd, { recursive: true });
  return bytes;
}

async function fill(store: Store, session: number): Promise<void> {
  const [a, b] = store.declare(await twoRows());
  for (const [i, row] of [a, b, a].entries()) {
    const startMs = store.campaign().elapsedMs;
    const slice = store.beginSlice(session, row, startMs, i);
    store.checkpoint({ slice, startMs, endMs: startMs + 3000, rssMb: 90, ...DELTA });
    store.keepEvidence(slice, { row, signature: 'oops', report: 'Oops: 0003', file: Buffer.from('any bytes') }, 3);
    const harnessError = i === 2 ? 'a worker died' : null;
    store.endSlice(slice, {
      end: 'whole',
      harnessError,
      hostStalls: 1,
      hostStallMs: 5,
      workersReplaced: 1,
      processorTime: null,
    });
  }
  deliver(store, session, a);
  store.event('note', 'something happened');
  store.countClasses();
  store.beginClasses(a, { classes: 3, reason: null, identity: 'a'.repeat(64) });
  store.beginClasses(b, { classes: null, reason: 'it does nothing', identity: null });
  store.classesMet(a, ['b'.repeat(64)], 2000);
  store.classesSampled(a, { sampled: 5, unclear: 1, crowded: 1, unknown: 0 });
}

/** What a worker of a fleet has counted of a row. */
function deliver(store: Store, session: number, row: number): void {
  store.fleet.begin('a fleet');
  const { source } = store.totals().find(({ id }) => id === row)!;
  const execution = madeUpExecution({ row, source: source! });
  const sha256 = 'a'.repeat(64);
  store.fleet.deliver(session, 9000, {
    evidence: [{ execution, signature: 'oops', sha256, report: 'Oops: 0003', file: null }],
    intervals: [
      {
        ...DELTA,
        execution,
        number: 0,
        lengthMs: 3000,
        rssMb: 90,
        evidence: [{ signature: 'oops', sha256 }],
        end: null,
      },
    ],
  });
}

/** All that is made of a store, or the line in which it is refused. */
async function look(path: string): Promise<unknown> {
  let store: Store | undefined;
  try {
    store = new Store(SoakDatabase.read(path));
    await rowsOfStore(store.totals(), null, RACES);
    return soakHistory(path).soak;
  } catch (error) {
    if (error instanceof StoreError || error instanceof UsageError) return error.message;
    throw error;
  } finally {
    store?.release();
  }
}

/** Fails the test if what was made of a store is neither a line nor a document as the schema has it. */
function isSound(t: ExecutionContext, made: unknown, what: string): void {
  if (typeof made === 'string') t.notRegex(made, /[^\x20-\x7e…]/, what);
  else if (!validate(made)) t.fail(`${what}: ${JSON.stringify(validate.errors)}`);
}

const validate = soakSchema();

function soakSchema(): ValidateFunction {
  const schema = (name: string): object =>
    JSON.parse(readFileSync(new URL(`../../../schema/${name}.schema.json`, import.meta.url), 'utf8')) as object;
  const ajv = new Ajv2020({ allowUnionTypes: true, strictTypes: false });
  return ajv.addSchema(schema('run')).compile(schema('soak'));
}

/** How many bytes of the file have a bit flipped, spread over all of it. */
const FLIPS = 60;

test('one bit of a store', async (t) => {
  const path = join(folder(t), 's.db');
  const flipped = async (at: number): Promise<unknown> => {
    const bytes = Buffer.from(GOOD);
    bytes[at] ^= 0x80;
    writeFileSync(path, bytes);
    return look(path);
  };
  const used = [...GOOD.keys()].filter((at) => GOOD[at] !== 0);
  let refused = 0;
  for (let n = 0; n < FLIPS; n++) {
    const at = used[Math.floor(((n + 0.5) * used.length) / FLIPS)];
    const made = await flipped(at);
    isSound(t, made, `byte ${at}`);
    if (typeof made === 'string') refused++;
  }
  t.true(refused > FLIPS / 4, `${refused} of ${FLIPS} refused`);
  t.is(
    await flipped(GOOD.indexOf(NAME)),
    `store ${path}: is corrupt: table campaign, row 1: name is not UTF-8, must be a text in UTF-8`,
  );
});

/** Values that a column may not be able to hold, as SQL. */
const NO_UTF8 = "CAST(x'ff' AS TEXT)";
const VALUES = ['NULL', '-1', '0.5', '9e99', "'7'", NO_UTF8];

/** Says which row of those that have one key. */
const ONE: Readonly<Record<string, string>> = {
  outcome: "AND signature = 'oops'",
  sum_outcome: "AND signature = 'oops'",
  sum_memory: 'AND stretch = (SELECT max(stretch) FROM sum_memory)',
};

for (const [table, { key, columns }] of Object.entries(TABLES)) {
  test(`one value of the table ${table}`, (t) => {
    const path = join(folder(t), 's.db');
    writeFileSync(path, GOOD);
    const db = openSqlite(path);
    db.exec('PRAGMA foreign_keys = OFF');
    const reader = new RowReader(db);
    // One row: all of them could not have the same key.
    const one = `${key} = (SELECT max(${key}) FROM ${table}) ${ONE[table] ?? ''}`;
    for (const column of Object.keys(columns)) {
      let changed = 0;
      for (const value of VALUES) {
        db.exec('BEGIN');
        if (execute(db, `UPDATE ${table} SET ${column} = ${value} WHERE ${one}`)) {
          changed++;
          const wrong = wrongContents(reader);
          isSound(t, wrong ?? documentIn(reader, path), `${column} = ${value}`);
          if (value === NO_UTF8) t.regex(String(wrong), new RegExp(`^table ${table}, row .+: ${column} `));
        }
        db.exec('ROLLBACK');
      }
      t.true(changed > 0 || column === 'id', `${column} could not be changed`);
    }
    db.close();
  });
}

/** What is made of the store in the middle of a transaction. */
function documentIn(reader: RowReader, path: string): SoakDocument {
  const all = (sql: string, ...values: StoredValue[]): unknown[] => reader.all(sql, ...values);
  const get = (sql: string, ...values: StoredValue[]): unknown => all(sql, ...values)[0];
  return soakDocumentOf(
    new Store({ path, all, get, snapshot: (looks: () => unknown) => looks() } as SoakDatabase),
    100,
  );
}

function change(path: string, sql: string): boolean {
  const db = openSqlite(path);
  try {
    return execute(db, `PRAGMA foreign_keys = OFF; ${sql}`);
  } finally {
    db.close();
  }
}

/** Whether SQLite lets anybody make the change at all. */
function execute(db: Sqlite, sql: string): boolean {
  try {
    db.exec(sql);
    return true;
  } catch {
    return false;
  }
}

test('every column of the schema has its check', (t) => {
  const db = openSqlite(':memory:');
  for (const migration of MIGRATIONS) db.exec(migration);
  const columns = db
    .prepare(
      "SELECT t.name AS tab, c.name AS col FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'",
    )
    .all([]) as { tab: string; col: string }[];
  db.close();
  const checked = Object.entries(TABLES).flatMap(([name, table]) =>
    Object.keys(table.columns).map((c) => `${name}.${c}`),
  );
  t.deepEqual(columns.map(({ tab, col }) => `${tab}.${col}`).toSorted(), checked.toSorted());
});

const OTHER_SCHEMAS: readonly (readonly [sql: string, message: RegExp])[] = [
  [
    'DROP VIEW row_sum; ALTER TABLE interval DROP COLUMN near_misses',
    /is corrupt: its table interval differs from that of version \d+$/,
  ],
  ['DROP TABLE owner', /is corrupt: its table owner differs from that of version \d+$/],
  [
    'ALTER TABLE event RENAME TO other; CREATE VIEW event AS SELECT * FROM other',
    /is corrupt: its table event differs from that of version \d+$/,
  ],
  ['CREATE TRIGGER evil AFTER INSERT ON event BEGIN DELETE FROM slice; END', /is corrupt: it has a trigger/],
  ['PRAGMA user_version = -1', /is corrupt: it has no version$/],
  ['DELETE FROM campaign', /holds no campaign$/],
  [
    'PRAGMA foreign_keys = OFF; UPDATE slice SET row = 77',
    /is corrupt: table slice, row 1: names a row that does not exist$/,
  ],
  ['UPDATE campaign SET elapsed_ms = 1e9', /elapsed_ms is 1000000000, must be where the last interval ends: \d+$/],
  ['UPDATE interval SET end_ms = start_ms - 1 WHERE id = 2', /row 2: end_ms is .*, must be .* not before start_ms$/],
];

for (const [sql, message] of OTHER_SCHEMAS) {
  test(`a store after ${sql}`, async (t) => {
    const path = join(folder(t), 's.db');
    writeFileSync(path, GOOD);
    t.true(change(path, sql));
    t.regex(String(await look(path)), message);
  });
}

test('what somebody adds to look at a store with is his own', async (t) => {
  const path = join(folder(t), 's.db');
  writeFileSync(path, GOOD);
  t.true(change(path, 'CREATE VIEW mine AS SELECT * FROM interval; CREATE INDEX fast ON interval (end_ms)'));
  t.not(typeof (await look(path)), 'string');
});

test('a text that becomes none while the store is open ends no process', async (t) => {
  const path = join(folder(t), 's.db');
  writeFileSync(path, GOOD);
  const store = new Store(SoakDatabase.open(path));
  const session = store.claim(HOST);
  t.true(change(path, "UPDATE campaign SET name = CAST(x'ff' AS TEXT)"));
  t.notThrows(() => store.event('note', 'goes on'));
  t.throws(() => store.campaign(), { instanceOf: StoreError, message: /is corrupt: the text in name is not UTF-8$/ });
  store.end(session, 'interrupted', false);
});
