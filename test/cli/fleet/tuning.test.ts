/**
 * Goal: each kind of host gets the settings that were found on it, and no other; what leaves open which they are is refused. Method: files
 * by hand, the rows of a campaign, and the row as the process of a slice makes it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  campaignTunings,
  keepTunings,
  readTunings,
  rowTunerFor,
  tuningLines,
  tuningsOf,
  type FleetTunings,
} from '../../../lib/cli/fleet/tuning.js';
import { rowUnder } from '../../../lib/campaign/rows.js';
import { SlicePlan } from '../../../lib/fleet/planner.js';
import { tuningFor } from '../../../lib/fleet/tunings.js';
import { UsageError } from '../../../lib/run/usageError.js';
import { ENTRY, PRINT } from '../../fleet/madeUp.js';
import { PACE, RACES, folder, newStore, twoRows } from '../../soak/rows.js';

const OTHER = { ...PRINT, cores: 64 };

/** Writes a tuning file for each kind of host; returns their paths. */
function files(t: ExecutionContext, ...hosts: readonly (typeof PRINT)[]): string[] {
  const path = folder(t);
  return hosts.map((host, i) => {
    const file = join(path, `${i}.json`);
    writeFileSync(file, JSON.stringify({ schema: 'racehammer.tuning/1', version: '0.1.0', host, entries: [ENTRY] }));
    return file;
  });
}

test('what leaves open which settings a host gets is refused', (t) => {
  const [a, b, same] = files(t, PRINT, OTHER, PRINT);
  const refused = (tuned: readonly string[], anyHost: boolean, message: RegExp) =>
    t.throws(() => readTunings({ tuned, anyHost }), { instanceOf: UsageError, message });
  t.is(readTunings({ tuned: [], anyHost: false }), null);
  t.is(readTunings({ tuned: [a, b], anyHost: false })?.files.length, 2, 'the host of the hub does not matter');
  refused([a, b, same], false, /^--tuned ".*2\.json": is of a host like that of ".*0\.json": give one of them$/);
  refused([], true, /^--any-host: is of no use without --tuned$/);
  refused([a, b], true, /^--any-host: needs one --tuned file, and 2 are given/);
  refused(['/nowhere.json'], false, /^--tuned "\/nowhere.json": cannot be read: /);
});

test('a job has the settings that are of its row, by the kind of host, also behind a resumption', async (t) => {
  const rows = await twoRows();
  const given = readTunings({ tuned: files(t, OTHER, PRINT), anyHost: false })!;
  const store = newStore(join(folder(t), 's.db'));
  t.deepEqual(tuningsOf(store), { files: [], anyHost: false });
  keepTunings(store, given);
  keepTunings(store, null);
  const tunings = campaignTunings(tuningsOf(store), rows);
  t.deepEqual(
    tunings.map(({ host, entries }) => ({ host, found: entries.map((entry) => entry !== null) })),
    [OTHER, PRINT].map((host) => ({ host, found: [true, false] })),
  );
  t.regex(
    tuningLines(tunings)[0],
    /^tuned: 1 of 2 rows with settings from .*0\.json on hosts with 64 cores, any, Node 20, the others with the defaults$/,
  );
  const plan = new SlicePlan(
    'c',
    1,
    { seed: 1, pace: PACE, classes: false },
    rows.map((row, i) => ({ id: i + 1, row })),
    [],
    tunings,
  );
  const [{ job }] = plan.plan(1, 0);
  t.is(job.version, 2, 'a worker that does not know settings leaves it to others');
  t.deepEqual(
    job.row.tuned,
    [0, 1].map((file) => ({ file, entry: ENTRY })),
  );
  t.is(job.hammer?.tuned, undefined);
  t.is(tuningFor(job.tunings!, PRINT), 1);
  t.is(tuningFor(job.tunings!, { ...PRINT, nodeMajor: 22 }), -1);
  const tuned = await rowUnder('xen-pin', job.row, RACES, rowTunerFor({ path: 'x', entry: ENTRY }));
  t.true(tuned.tuned);
  t.like(tuned.plan, { round: 17, spin: { min: 100, max: 200 } });
  store.release();
});

test('how many machines a host has room for is nothing to a row', async (t) => {
  const [file] = files(t, PRINT);
  const settings = { ...ENTRY.settings, machines: 1024 };
  writeFileSync(
    file,
    JSON.stringify({ schema: 'racehammer.tuning/1', version: '0.1.0', host: PRINT, entries: [{ ...ENTRY, settings }] }),
  );
  const given = readTunings({ tuned: [file], anyHost: true })!;
  const [{ entries }] = campaignTunings(given, await twoRows());
  t.deepEqual(entries, [ENTRY, null]);
});

test('with --any-host every host has the settings of the file; without files a job is as it was', async (t) => {
  const rows = (await twoRows()).map((row, i) => ({ id: i + 1, row }));
  const of = (tunings: FleetTunings, classes: boolean) => {
    const all = campaignTunings(
      tunings,
      rows.map(({ row }) => row),
    );
    return new SlicePlan('c', 1, { seed: 1, pace: PACE, classes }, rows, [], all).plan(1, 0)[0].job;
  };
  const any = of(readTunings({ tuned: files(t, OTHER), anyHost: true })!, false);
  t.is(tuningFor(any.tunings!, PRINT), 0);
  const plain = of({ files: [], anyHost: false }, false);
  t.is(plain.version, 1);
  t.false('tunings' in plain || 'classes' in plain || 'tuned' in plain.row);
  t.like(of({ files: [], anyHost: false }, true), { version: 2, classes: true });
});
