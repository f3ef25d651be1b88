/**
 * Goal: a soak never adds up what different code has counted: a race file that is replaced while it is hammered goes on as a row of its
 * own, and what was counted around the moment is in neither.
 * Method: real threads on a race that fails in every trial or in none, by what its file says; the test acts on what the soak has counted.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { chooseRace } from '../../lib/cli/chooseRace.js';
import { SoakRaces } from '../../lib/campaign/races.js';
import { rowRenewed, rowsOfEntries } from '../../lib/campaign/rows.js';
import { processorTime } from '../../lib/harness/host/threadTime.js';
import { Soak } from '../../lib/soak/soak.js';
import { fixture } from '../e2e/cli.js';
import { HOST, folder, newStore } from './rows.js';

const SDK = new URL('../../lib/sdk/index.js', import.meta.url).href;

/** The fixture as it is, whose variant `fixed` holds; or with that variant failing. */
function codeOf(fails: boolean): string {
  return [
    `import race from 'file://${fixture('outcomes')}';`,
    `import { defineRace } from '${SDK}';`,
    `const configure = (variant, knobs) => race.configure(${fails ? "'weak'" : 'variant'}, knobs);`,
    'export default defineRace({ ...race, configure });\n',
  ].join('\n');
}

test('a race file that is replaced in the middle of a soak', async (t) => {
  t.timeout(60_000);
  const LOOKS = 4;
  const cwd = folder(t);
  const path = join(cwd, 'race.mjs');
  writeFileSync(path, codeOf(false));
  const races = new SoakRaces(chooseRace);
  // In front of it is its twin.
  const [, row] = await rowsOfEntries([{ race: path, variant: 'fixed' }], (_, error) => error, null, races);
  const store = newStore(join(cwd, 's.db'), 3_600_000);
  const session = store.claim(HOST);
  const end = new AbortController();
  const told: string[] = [];
  const slices: { trials: number; failures: number; source: string }[] = [];
  let replaced = false;
  let looks = 0;
  const soak: Soak = new Soak(store, session, [row], {
    signal: end.signal,
    renew: (old, source) => rowRenewed(old, source, null, races),
    classesOf: null,
    onView({ rows: [{ trials }], slice }) {
      if (!replaced && trials > slice.trials && slice.trials > 0) {
        writeFileSync(path, codeOf(true));
        replaced = true;
      }
      // Looked at more than once, so that its threads have been seen to run.
      const isFailing = replaced && soak.rows[0].source.hash !== row.source.hash && slice.failures > 0;
      if (isFailing && ++looks === LOOKS) end.abort();
    },
    onSlice: ({ source: { hash } }, { trials, failures }) => void slices.push({ trials, failures, source: hash }),
    onEvent: (kind, text) => void told.push(`${kind}: ${text}`),
  });
  t.is(await soak.run(), 'interrupted');
  const [before, after, ...more] = store.totals();
  t.deepEqual(more, []);
  t.true(before.trials > 0 && after.trials > 0);
  t.deepEqual([before.failures, before.key, before.source], [0, after.key, row.source.hash]);
  t.true(after.failures > 0);
  t.not(after.source, before.source);
  for (const { source, trials, failures } of [before, after]) {
    const own = slices.filter((slice) => slice.source === source);
    const sum = (of: (slice: (typeof own)[0]) => number): number => own.reduce((all, slice) => all + of(slice), 0);
    t.deepEqual([sum((slice) => slice.trials), sum((slice) => slice.failures)], [trials, failures], 'slices add up');
  }
  const isTold = processorTime(process.pid) !== null;
  t.deepEqual(
    [before, after].map(({ processorShare }) => processorShare !== null && processorShare > 0),
    [isTold, isTold],
    'the share of processor time is kept where the host tells it',
  );
  t.deepEqual(
    told.map((line) => /^code: outcomes, fixed: (files of its code were written|race\.mjs changed)/.exec(line)?.[1]),
    ['files of its code were written', 'race.mjs changed'],
  );
  t.regex(told[0], /: the counts of its slice \([\d,]+ trials?, [\d,]+ failures?\) are left out$/);
  store.end(session, 'interrupted', false);
});
