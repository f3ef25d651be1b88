/**
 * Goal: the code of a race is known by all that its threads load, so that no change of it goes unseen.
 * Method: a race of several files in a folder, each of which is changed, touched, replaced or taken away.
 */
import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { SourceFiles, changedFiles, isUntouched } from '../../../lib/harness/host/sourceFiles.js';
import { folder } from '../../soak/rows.js';

const FILES: Readonly<Record<string, string>> = {
  'race.mjs': `import { a } from './parts/a.mjs';\nexport * from "./b.js";\nconst c = await import('./c.mjs');\nimport 'dep';\n`,
  'parts/a.mjs': `import '../race.mjs';\nimport { join } from 'node:path';\nimport '@scope/none';\nexport const a = 1;\n`,
  'b.js': `const d = require('./d'); new URL('./data.bin', import.meta.url);`,
  'c.mjs': 'export {};',
  'd.js': '',
  'data.bin': 'bytes',
  'node_modules/dep/package.json': '{"name":"dep","version":"1.0.0","main":"main.js"}',
  'node_modules/dep/main.js': `require('./inner.js')`,
  'node_modules/dep/inner.js': '',
  'node_modules/@scope/none/package.json': '{"name":"@scope/none","version":"1.0.0","exports":{"import":"./x.mjs"}}',
};

function write(cwd: string, name: string, text: string): void {
  const path = join(cwd, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
}

function raceIn(t: ExecutionContext): { cwd: string; url: string } {
  const cwd = folder(t);
  for (const [name, text] of Object.entries(FILES)) write(cwd, name, text);
  return { cwd, url: pathToFileURL(join(cwd, 'race.mjs')).href };
}

test('a change of any file that it reaches is seen, and which one it was', (t) => {
  const { cwd, url } = raceIn(t);
  const files = new SourceFiles();
  let before = files.of(url);
  for (const name of Object.keys(FILES)) {
    t.true(isUntouched(before), name);
    write(cwd, name, `${FILES[name]} `);
    t.false(isUntouched(before), name);
    const after = files.of(url);
    t.not(after.hash, before.hash, name);
    t.deepEqual(changedFiles(before, after), [join(cwd, name)]);
    before = after;
  }
});

test('the same content is the same code, wherever it lies; that a file was written is seen all the same', (t) => {
  const [one, other] = [raceIn(t), raceIn(t)];
  const files = new SourceFiles();
  const before = files.of(one.url);
  t.is(files.of(other.url).hash, before.hash);
  utimesSync(join(one.cwd, 'd.js'), new Date(), new Date());
  t.false(isUntouched(before));
  t.is(files.of(one.url).hash, before.hash);
});

test('a file that was replaced by another one of its content, or is gone, is no untouched one', (t) => {
  const { cwd, url } = raceIn(t);
  const files = new SourceFiles();
  const before = files.of(url);
  write(cwd, 'other', FILES['c.mjs']);
  renameSync(join(cwd, 'other'), join(cwd, 'c.mjs'));
  t.false(isUntouched(before));
  const replaced = files.of(url);
  t.is(replaced.hash, before.hash);
  rmSync(join(cwd, 'c.mjs'));
  t.false(isUntouched(replaced));
  t.not(files.of(url).hash, before.hash);
});

test('what runs beside the race in its threads belongs to its code', (t) => {
  const paths = [...new SourceFiles().of(raceIn(t).url).files.keys()];
  for (const end of [
    'workers/cpu.cjs',
    'harness/cpu/cpuMain.js',
    'harness/host/run.js',
    'machine/instructions.wasm',
    'package.json',
  ])
    t.true(
      paths.some((path) => path.endsWith(end)),
      end,
    );
});
