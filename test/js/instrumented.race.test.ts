/**
 * Goal: with instrumented modules plain accesses are recorded, replayed and searched, in the test's file and in packages of either kind; the
 * same file beside it is as it was.
 * Method: a test in a folder with a package of CommonJS in node_modules, run by the harness until it has failed.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { KeptThreads } from '../../lib/harness/host/keptThreads.js';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { CpuPool } from '../../lib/harness/host/pool.js';
import { runRace } from '../../lib/harness/host/run.js';
import { run, verify } from '../../lib/index.js';
import { instrumented } from '../../lib/instrument/marked.js';
import { failsProved, hammer } from '../harness/hammered.js';
import { planOf } from '../stress/plan.js';

const JS = new URL('../../lib/js/index.js', import.meta.url).href;

function written(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'racehammer-instrumented-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const bump = join(folder, 'node_modules', 'bump');
  mkdirSync(bump, { recursive: true });
  writeFileSync(join(bump, 'package.json'), '{"name":"bump","main":"./bump.js"}');
  writeFileSync(
    join(bump, 'bump.js'),
    "const { one } = require('./one.js');\nmodule.exports = { bump(words) { words[0] += one(words); } };\n",
  );
  writeFileSync(join(bump, 'one.js'), 'exports.one = (words) => words[1];\n');
  const file = join(folder, 'plain.mjs');
  writeFileSync(
    file,
    `import { hammer } from ${JSON.stringify(JS)};
import bumper from 'bump';
export default hammer({
  name: 'plain',
  share: () => new Int32Array(new SharedArrayBuffer(8)),
  before: ({ state }) => { state[0] = 0; state[1] = 1; },
  names: ['count', 'one'],
  variants: { plain: { fails: 'lost-update' } },
  threads: { add: 2 },
  actors: { add({ state }) { bumper.bump(state); } },
  after: ({ state }) => state[0] === 2 || 'lost-update: ' + state[0],
});
`,
  );
  return pathToFileURL(file).href;
}

test('plain accesses of a package are recorded, explained, and replayed; without instruments there is no record of them', async (t) => {
  t.timeout(120_000);
  const url = written(t);
  const plain = await loadRace(url);
  const { evidence } = await failsProved(
    t,
    { ...plain, url: instrumented(url) },
    { variant: 'plain' },
    { signature: 'lost-update', wanted: 1 },
  );
  const [{ instrumented: is, cpus, names }] = evidence;
  t.true(is);
  t.deepEqual(
    names
      .map(([, name]) => name)
      .filter((name) => name === 'count' || name === 'one')
      .toSorted(),
    ['count', 'one'],
  );
  t.true(cpus.every(({ written: records }) => records >= 4));
  const [other] = (await hammer(plain, { variant: 'plain' }, 1)).evidence;
  t.is(other.instrumented, undefined);
  t.false(other.names.some(([, name]) => name === 'count'));
});

test('kept threads run either instrumented code or code that is not: a package stays in a thread as it was loaded', async (t) => {
  t.timeout(120_000);
  const url = written(t);
  const plain = await loadRace(url);
  const kept = new KeptThreads();
  const seen: boolean[] = [];
  for (const raceUrl of [instrumented(url), url, instrumented(url)]) {
    const plan = planOf({ ...plain, url: raceUrl }, { variant: 'plain', trials: 2_000_000, stopOnFirst: true });
    const { harnessError, evidence } = await runRace(plain.race, { ...plan, keep: 1 }, { threads: kept.lend(plan) });
    t.is(harnessError, null);
    seen.push(evidence[0].names.some(([, name]) => name === 'count'));
  }
  t.deepEqual(seen, [true, false, true]);
  const [one, other] = [url, instrumented(url)].map((raceUrl) =>
    planOf({ ...plain, url: raceUrl }, { variant: 'plain', trials: 1 }),
  );
  const pool = new CpuPool(2);
  const refused = { run: pool.run.bind(pool), goneOf: pool.goneOf.bind(pool), destroy: async () => {} };
  t.is((await runRace(plain.race, one, { threads: refused })).harnessError, null);
  t.regex((await runRace(plain.race, other, { threads: refused })).harnessError ?? '', /cannot run instrumented code/);
  await Promise.all([pool.destroy(), kept.end()]);
});

test('run() and verify() of programs see them as well, and say so', async (t) => {
  t.timeout(120_000);
  const url = new URL(written(t));
  const { instrumented: is, verdict, repeat } = await run(url, { instrument: true, stopOnFirst: true, twin: false });
  t.deepEqual([is, verdict], [true, 'REPRODUCED']);
  t.regex(repeat, / --instrument /);
  const verified = await verify(url, { instrument: true, prove: true, budget: 100 });
  t.deepEqual(
    verified.rows.map(({ instrumented: seen, proved }) => [seen, proved?.verdict]),
    [[true, 'FAILS']],
  );
  t.regex(verified.repeat, / --instrument /);
});
