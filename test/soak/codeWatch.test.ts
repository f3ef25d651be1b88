/**
 * Goal: a row is hammered with the code that it is counted under: other code is another row, which is told once, and code that
 * cannot be run is told once and looked at again when it has changed again.
 * Method: a file in the place of a race, and a made-up loader of it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { SourceFiles } from '../../lib/harness/host/sourceFiles.js';
import { CodeWatch } from '../../lib/soak/codeWatch.js';
import type { SoakRow } from '../../lib/soak/row.js';
import { folder, twoRows } from './rows.js';

/** Of all tests: it reads what runs beside a race once. */
const FILES = new SourceFiles();

interface Stage {
  readonly row: SoakRow;
  readonly watch: CodeWatch;
  readonly told: string[];
  readonly write: (text: string) => void;
}

async function stage(t: ExecutionContext): Promise<Stage> {
  const path = join(folder(t), 'race.mjs');
  const write = (text: string): void => writeFileSync(path, text);
  write('first');
  const raceUrl = pathToFileURL(path).href;
  const [made] = await twoRows();
  const row = { ...made, plan: { ...made.plan, raceUrl }, source: FILES.of(raceUrl) };
  const told: string[] = [];
  const renew = (old: SoakRow, source: SoakRow['source']): Promise<SoakRow> =>
    FILES.of(raceUrl).hash === BROKEN.get(path) ? Promise.reject(new Error('no')) : Promise.resolve({ ...old, source });
  const BROKEN = new Map<string, string>();
  write('broken');
  BROKEN.set(path, FILES.of(raceUrl).hash);
  write('first');
  return { row, watch: new CodeWatch(FILES, renew, (text) => told.push(text)), told, write };
}

test('code that was written with the same content is the same', async (t) => {
  const { row, watch, told, write } = await stage(t);
  write('first');
  const again = await watch.current(row);
  t.is(again?.source.hash, row.source.hash);
  t.is(await watch.current(again!), again);
  t.deepEqual(told, []);
});

test('other code is another row, which is told with the file that changed', async (t) => {
  const { row, watch, told, write } = await stage(t);
  write('second');
  const other = await watch.current(row);
  t.not(other?.source.hash, row.source.hash);
  t.is(told.length, 1);
  t.regex(
    told[0],
    /^xen-pin, .*: race\.mjs changed: from here on it is counted as a separate row \(code [0-9a-f]{8}\)$/,
  );
  write('first');
  t.is((await watch.current(other!))?.source.hash, row.source.hash, 'and the first one again');
});

test('code that cannot be run is told once, until it changes', async (t) => {
  const { row, watch, told, write } = await stage(t);
  write('broken');
  t.is(await watch.current(row), null);
  t.is(await watch.current(row), null);
  t.is(told.length, 1);
  t.regex(told[0], /: race\.mjs changed, and cannot be run: no$/);
  write('second');
  t.not(await watch.current(row), null);
  write('first');
  t.is((await watch.current(row))?.source.hash, row.source.hash);
});
