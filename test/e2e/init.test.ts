/**
 * Goal: the race that `init` writes runs at once, in a folder that has the package; what is there already is left alone.
 * Method: the program in a folder of its own, whose node_modules leads to this package.
 */
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { RunDocument } from '../../lib/report/runDocument.js';
import type { VerifyDocument } from '../../lib/report/verifyDocument.js';
import { FOLDER, Racehammer, type Ended } from './cli.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

async function inFolder(folder: string, ...args: readonly string[]): Promise<Ended> {
  return new Racehammer(args, {}, '', folder).ended();
}

test.serial('the template runs as it says', async (t) => {
  const folder = mkdtempSync(join(FOLDER, 'init-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules', 'racehammer'), 'dir');
  const made = await inFolder(folder, 'init', 'my-race');
  t.is(made.code, 0);
  t.regex(made.stdout, /^wrote my-race\.js/);
  t.notRegex(made.stdout, /npm install/);
  const run = await inFolder(folder, 'run', './my-race.js:atomic', '--trials', '2000', '--json');
  t.like(JSON.parse(run.stdout) as RunDocument, { race: 'my-race', verdict: 'HELD', failures: 0 });
  const verified = await inFolder(folder, 'verify', './my-race.js', '--json');
  const { rows } = JSON.parse(verified.stdout) as VerifyDocument;
  t.deepEqual(
    rows.map(({ verdict }) => verdict),
    ['REPRODUCED', 'HELD', 'HELD'],
  );
});

test.serial(
  'a folder without the package is told how to get it, and a file that is there is left as it is',
  async (t) => {
    const folder = mkdtempSync(join(FOLDER, 'init-'));
    writeFileSync(join(folder, 'taken.js'), 'mine');
    const taken = await inFolder(folder, 'init', 'taken');
    t.deepEqual([taken.code, taken.stderr], [2, 'racehammer: taken.js: is there already, and left as it is\n']);
    t.is(readFileSync(join(folder, 'taken.js'), 'utf8'), 'mine');
    t.regex((await inFolder(folder, 'init', 'free')).stdout, /npm install racehammer/);
    for (const name of ['MyRace', '../up', 'xen-pin', '']) t.is((await inFolder(folder, 'init', name)).code, 2, name);
  },
);
