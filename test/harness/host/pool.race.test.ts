/**
 * Goal: a pool can be ended at any moment, while its threads load their modules too: Node aborts the whole process if a thread ends
 * while an ES module is loaded by `require`, as the pool does with what it is given.
 * Method: the entry of the workers is no ES module; and pools are ended at many moments of their first tenth of a second, in a
 * process of their own.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { WORKER_ENTRY } from '../../../lib/harness/host/cpuThreads.js';

const POOL = new URL('../../../lib/harness/host/pool.js', import.meta.url).href;

/** Ends each pool some turns of the event loop later than the one before. */
const PROGRAM = `
  import { setImmediate } from 'node:timers/promises';
  const { CpuPool } = await import(${JSON.stringify(POOL)});
  for (let moment = 0; moment < 30; moment++) {
    const pool = new CpuPool(2);
    const start = performance.now();
    while (performance.now() - start < 4 * moment) await setImmediate();
    await pool.destroy();
  }
  console.log('all ended');
`;

test('a pool is ended at any moment', async (t) => {
  t.timeout(120_000);
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', PROGRAM]);
  t.is(stdout, 'all ended\n');
});

test('the entry is no ES module, whatever it is loaded by', (t) => {
  t.regex(WORKER_ENTRY.pathname, /\.cjs$/);
});

test('the entry hands its tasks on to the harness', async (t) => {
  const { default: entry } = (await import(WORKER_ENTRY.href)) as {
    default: { cpuMain: (task: object) => Promise<unknown> };
  };
  const race = `export default { kind: 'actors', configure() { throw new Error('configure was called'); } }`;
  await t.throwsAsync(entry.cpuMain({ plan: { raceUrl: `data:text/javascript,${encodeURIComponent(race)}` } }), {
    message: /configure was called/,
  });
});
