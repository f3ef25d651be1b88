/**
 * Goal: what a slice meets of the classes of its row is in its file with its intervals, each class once, and however many there are.
 * Method: a made-up search is asked about two slices; their lines are read.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { IntervalFile } from '../../lib/fleet/intervalFile.js';
import { MET_MAX } from '../../lib/fleet/messages.js';
import { RowSearches } from '../../lib/fleet/rowSearches.js';
import type { ClassesOf, RowClasses } from '../../lib/soak/classBook.js';
import type { SoakRow } from '../../lib/soak/row.js';
import { twoRows } from '../soak/rows.js';
import { keptExecutions } from './keptFiles.js';
import { CAMPAIGN, HASH, WHOLE } from './madeUp.js';

const COUNTS = { seconds: 1, trials: 10, failures: 0, nearMisses: 0, outcomes: [] };
const SAMPLED = { sampled: 7, unclear: 1, crowded: 0, unknown: 0 };
const RECORD = { classes: 3, reason: null, identity: HASH };
const HOOKS = { signal: new AbortController().signal, onProgress: () => undefined };

const METER: RowClasses = {
  begin: () => undefined,
  look: () => undefined,
  end: () => undefined,
  takeNew: () => [],
  identity: () => HASH,
  figures: () => ({ ...SAMPLED, classes: 3 }),
};

function scratch(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'racehammer-intervals-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function fileOf(
  folder: string,
  search: typeof RECORD | { classes: null; reason: string; identity: null } | null,
) {
  const [row] = await twoRows();
  return new IntervalFile(join(folder, 'x.jsonl'), row, search === null ? null : { record: search, meter: null });
}

test('classes go with the next interval, and with so many as one takes', async (t) => {
  const folder = scratch(t);
  const file = await fileOf(folder, RECORD);
  file.interval(null, 0, 3000, COUNTS, null);
  const met = Array.from({ length: MET_MAX + 5 }, (_, i) => String(i).padStart(64, '0'));
  file.classesMet(1, met);
  file.interval(null, 3000, 6000, COUNTS, null);
  file.interval(null, 6000, 9000, COUNTS, null);
  file.interval(null, 9000, 12_000, COUNTS, null);
  file.classesMet(1, [HASH]);
  file.classesSampled(1, SAMPLED);
  file.end(WHOLE);
  const [{ intervals }] = keptExecutions(folder);
  t.deepEqual(
    intervals.map(({ classes }) => classes?.met.length),
    [0, MET_MAX, 5, undefined, 1],
  );
  t.deepEqual(
    intervals.flatMap(({ classes }) => classes?.met ?? []),
    [...met, HASH],
  );
  t.deepEqual(intervals[4].classes, { ...RECORD, ...SAMPLED, met: [HASH] });
  t.like(intervals[0].classes, { ...RECORD, sampled: 0 });
});

test('where classes are not counted the first interval says why; where nobody asks none says anything', async (t) => {
  const [some, none] = [scratch(t), scratch(t)];
  for (const [folder, search] of [
    [some, { classes: null, reason: 'too many states', identity: null }],
    [none, null],
  ] as const) {
    const file = await fileOf(folder, search);
    file.interval(null, 0, 3000, COUNTS, null);
    file.end(WHOLE);
  }
  const said = (folder: string) => keptExecutions(folder)[0].intervals.map(({ classes }) => classes?.reason);
  t.deepEqual(said(some), ['too many states', undefined]);
  t.deepEqual(said(none), [undefined, undefined]);
});

test('a row is explored once for a campaign, and again for another one or after an interrupt', async (t) => {
  const [row] = await twoRows();
  const explored: SoakRow[] = [];
  const classesOf: ClassesOf = async (one) => {
    explored.push(one);
    return explored.length === 1 ? METER : 'a reason\nin two lines';
  };
  const searches = new RowSearches(classesOf);
  const of = async (campaign: string, signal = HOOKS.signal) =>
    await searches.of({ campaign, row: { id: 1, source: HASH } }, row, { ...HOOKS, signal });
  t.deepEqual(await of(CAMPAIGN), { record: RECORD, meter: METER });
  t.is((await of(CAMPAIGN))?.meter, METER);
  t.is(explored.length, 1);
  t.is(await of('other', AbortSignal.abort()), null);
  t.deepEqual((await of('other'))?.record, { classes: null, reason: 'a reason', identity: null });
  t.is(explored.length, 3);
});
