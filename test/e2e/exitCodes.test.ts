// Goal: an exit code is a verdict or says that there is none; neither a stream that cannot be written nor a race file that ends
// the process looks like one. Method: the program as a process, with stdouts and race files that are broken.

import { writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { benchOf, figureOf } from '../report/bench/madeUpBench.js';
import { DocumentFolder } from '../report/documentFolder.js';
import { FOLDER, fixture, racehammer, racehammerInto } from './cli.js';

test.serial('a result that nobody can read is not "as expected": a full disk, a stdout for reading only', (t) => {
  for (const args of [['list'], ['--help'], ['run', `${fixture('outcomes')}:fixed`, '--trials', '400']]) {
    const { code, stderr } = racehammerInto('/dev/full', 'w', ...args);
    t.is(code, 74, args.join(' '));
    t.is(stderr, 'racehammer: stdout cannot be written: ENOSPC: no space left on device, write\n');
  }
  const { code, stderr } = racehammerInto(devNull, 'r', 'list');
  t.is(code, 74);
  t.regex(stderr, /^racehammer: stdout cannot be written: EBADF: [^\n]+\n$/);
  t.is(racehammerInto(devNull, 'w', 'list').code, 0);
});

test.serial('a verdict stays one where its words cannot be written', (t) => {
  const folder = new DocumentFolder();
  const old = folder.put('old.json', benchOf([figureOf('a', [90, 100, 110])]));
  const worse = folder.put('worse.json', benchOf([figureOf('a', [7, 8, 9])]));
  const { code } = racehammerInto('/dev/full', 'w', 'bench', '--from', worse, '--compare', old);
  t.is(code, 1);
});

const ENDING: Readonly<Record<string, readonly [text: string, says: RegExp]>> = {
  'process.exit(0)': ['process.exit(0);', /^racehammer: process\.exit\(0\) was called at \S+\.mjs:1:9, before/],
  'process.exit(1)': ['process.exit(1);', /^racehammer: process\.exit\(1\) was called at /],
  'process.exit(0), some time later': [
    'setTimeout(() => process.exit(0), 1); await new Promise((done) => setTimeout(done, 20_000));',
    /^racehammer: process\.exit\(0\) was called at /,
  ],
  'an exception in a timer': [
    "setTimeout(() => { throw new Error('in a timer'); }, 1); await new Promise((done) => setTimeout(done, 20_000));",
    /^racehammer: internal error: Error: in a timer\n +at /,
  ],
  'a rejection that nobody handles': [
    "Promise.reject(new Error('let go')); await new Promise((done) => setTimeout(done, 20_000));",
    /^racehammer: internal error: Error: let go\n +at /,
  ],
};

for (const [what, [text, says]] of Object.entries(ENDING)) {
  test.serial(`a race file that ends the process is a harness error: ${what}`, async (t) => {
    const path = join(FOLDER, 'ends.mjs');
    writeFileSync(path, text);
    const { code, stdout, stderr } = await racehammer('explain', path);
    t.is(code, 70);
    t.is(stdout, '');
    t.regex(stderr, says);
  });
}

test.serial('a race file that waits for ever is a mistake of one line', async (t) => {
  const path = join(FOLDER, 'waits.mjs');
  writeFileSync(path, 'await new Promise(() => {});');
  const { code, stdout, stderr } = await racehammer('run', path);
  t.is(code, 2);
  t.is(stdout, '');
  t.regex(
    stderr,
    /^racehammer: race ".*waits\.mjs": cannot be loaded: its top-level await waits for something [^\n]+\n$/,
  );
});
