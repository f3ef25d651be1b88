/**
 * Goal: a soak that goes on loads no code that only its store names, unless it is told to; and where the code of its rows is not that of
 * before, they go on as rows of their own, which is noted.
 * Method: stores whose row is a file, which says when it is imported.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { planResumption } from '../../../lib/cli/soak/begin.js';
import { rowsOfEntries } from '../../../lib/campaign/rows.js';
import { UsageError } from '../../../lib/run/usageError.js';
import { SoakDatabase } from '../../../lib/soak/database.js';
import { keyOf } from '../../../lib/soak/row.js';
import { Store } from '../../../lib/soak/store.js';
import { fixture } from '../../e2e/cli.js';
import { HOST, RACES, folder, newStore } from '../../soak/rows.js';
import { defaultsOf } from '../../../lib/cli/options/command.js';
import { SOAK } from '../../../lib/cli/soak/options.js';

const RESUME = { ...defaultsOf(SOAK), resume: true };

interface Stage {
  readonly store: string;
  readonly race: string;
  /** Is there as soon as somebody has imported the race. */
  readonly mark: string;
}

/** A store with one row of a race file; `source`: the code that it has run. */
async function stage(t: ExecutionContext, source?: string): Promise<Stage> {
  const cwd = folder(t);
  const [race, mark, store] = ['race.mjs', 'mark', 's.db'].map((name) => join(cwd, name));
  const entries = [{ race: fixture('outcomes'), variant: 'fixed' }];
  // In front of it is its twin.
  const [, row] = await rowsOfEntries(entries, (_, error) => error, null, RACES);
  const made = newStore(store);
  made.declare([{ ...row, typed: race, source: { ...row.source, hash: source ?? row.source.hash } }]);
  made.end(made.claim(HOST), 'interrupted', false);
  writeFileSync(
    race,
    `import { writeFileSync } from 'node:fs';
     writeFileSync(${JSON.stringify(mark)}, '');
     export { default } from 'file://${fixture('outcomes')}';\n`,
  );
  return { store, race, mark };
}

test('code that only the store names is not loaded', async (t) => {
  const { store, race, mark } = await stage(t);
  await t.throwsAsync(planResumption([], { ...RESUME, store }), {
    instanceOf: UsageError,
    message: `store ${JSON.stringify(store)}: would load and run ${JSON.stringify(race)}: add --trust-code if you trust that file`,
  });
  t.false(existsSync(mark));
  await planResumption([], { ...RESUME, store, trustCode: true });
  t.true(existsSync(mark));
});

test('what other code has counted stays where it is', async (t) => {
  const { store: path } = await stage(t, 'f'.repeat(64));
  const begin = await planResumption([], { ...RESUME, store: path, trustCode: true });
  const {
    claimed: [store, session],
    rows,
  } = begin();
  const row = rows.at(-1)!;
  t.is(row.name, 'fixed');
  store.declare([row]);
  const [before, after] = store.totals();
  t.is(before.key, keyOf(row));
  t.deepEqual([before.source, after.source], ['f'.repeat(64), row.source.hash]);
  const [event] = store.events(1);
  t.is(event.kind, 'code');
  t.regex(
    event.text,
    /^outcomes, fixed: it has run code ffffffff before: it continues as a separate row \(code [0-9a-f]{8}\)$/,
  );
  store.end(session, 'interrupted', false);
  const again = new Store(SoakDatabase.read(path));
  t.is(again.totals().length, 2);
  again.release();
});
