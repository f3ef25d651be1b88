/**
 * Goal: the race that `init` writes runs at once, in a folder that has the package; what is there already is left alone.
 * Method: the program in a folder of its own, whose node_modules leads to this package.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { notLoadable } from '../../lib/harness/host/raceFiles.js';
import type { RunDocument } from '../../lib/report/run/document.js';
import type { VerifyDocument } from '../../lib/report/verify/document.js';
import { FOLDER } from './cli.js';
import { runKeptIn } from './keptProgram.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const TSC = join(createRequire(import.meta.url).resolve('typescript/package.json'), '..', 'bin', 'tsc');
/** Nothing of a user's project may make up for what our types lack. */
const STRICT = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2022', '--ignoreConfig'];

/** A folder as npm makes it, commonjs by npm 11, with the package installed. */
function folderWithPackage(): string {
  const folder = mkdtempSync(join(FOLDER, 'init-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules', 'racehammer'), 'dir');
  writeFileSync(join(folder, 'package.json'), '{ "name": "mine", "version": "1.0.0", "type": "commonjs" }');
  return folder;
}

test.serial('the template runs as it says', async (t) => {
  const folder = folderWithPackage();
  const made = await runKeptIn(folder, 'init', 'my-race');
  t.is(made.code, 0);
  t.regex(made.stdout, /^wrote my-race\.mjs/);
  t.notRegex(made.stdout, /npm install/);
  const run = await runKeptIn(folder, 'run', './my-race.mjs:atomic', '--trials', '20000', '--json');
  t.like(JSON.parse(run.stdout) as RunDocument, { race: 'my-race', harnessError: null, verdict: 'HELD', failures: 0 });
  const verified = await runKeptIn(folder, 'verify', './my-race.mjs', '--quick', '--json');
  const { rows } = JSON.parse(verified.stdout) as VerifyDocument;
  t.deepEqual(
    rows.map(({ verdict }) => verdict),
    ['REPRODUCED', 'HELD', 'HELD'],
  );
});

test.serial(
  'in TypeScript it has types under strict, and is refused in one line where Node does not run it',
  async (t) => {
    const folder = folderWithPackage();
    const made = await runKeptIn(folder, 'init', 'typed', '--ts');
    t.regex(made.stdout, /^wrote typed\.mts/);
    const tsc = spawnSync(process.execPath, [TSC, ...STRICT, 'typed.mts'], { cwd: folder, encoding: 'utf8' });
    t.deepEqual([tsc.stdout, tsc.status], ['', 0]);
    const run = await runKeptIn(folder, 'run', './typed.mts:atomic', '--trials', '200', '--no-twin', '--no-evidence');
    if (notLoadable('typed.mts') === null) t.regex(run.stdout, /^atomic +INCONCLUSIVE/m);
    else t.deepEqual([run.code, run.stderr], [2, `racehammer: race "./typed.mts": ${notLoadable('typed.mts')}\n`]);
  },
);

test.serial('a CommonJS file is a race as well', async (t) => {
  const folder = folderWithPackage();
  writeFileSync(
    join(folder, 'old.cjs'),
    `const { LINE, defineRace, struct } = require('racehammer');
module.exports = defineRace({
  name: 'old',
  state: struct({ word: LINE }),
  actors: { none() {} },
  variants: { buggy: { fails: 'never' }, fixed: {} },
});
`,
  );
  const run = await runKeptIn(folder, 'run', './old.cjs:fixed', '--trials', '200', '--no-twin', '--json');
  t.like(JSON.parse(run.stdout) as RunDocument, { race: 'old', trials: 200, failures: 0 });
});

test.serial(
  'a folder without the package is told how to get it, and a file that is there is left as it is',
  async (t) => {
    const folder = mkdtempSync(join(FOLDER, 'init-'));
    writeFileSync(join(folder, 'taken.mjs'), 'mine');
    const taken = await runKeptIn(folder, 'init', 'taken');
    t.deepEqual([taken.code, taken.stderr], [2, 'racehammer: taken.mjs: is there already, and left as it is\n']);
    t.is(readFileSync(join(folder, 'taken.mjs'), 'utf8'), 'mine');
    t.regex((await runKeptIn(folder, 'init', 'free')).stdout, /npm install racehammer/);
    for (const name of ['MyRace', '../up', 'xen-pin', '']) t.is((await runKeptIn(folder, 'init', name)).code, 2, name);
  },
);
