// Goal: a race is found by what was typed, whatever its path holds, and a file that is none costs one line within its time.
// Method: names, paths with colons, and files that never end to load.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { chooseRace, loadTyped } from '../../lib/cli/chooseRace.js';
import { UsageError } from '../../lib/run/usageError.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'racehammer-choose-'));
test.after.always(() => rmSync(FOLDER, { recursive: true }));
const OUTCOMES = fileURLToPath(new URL('../fixtures/outcomes.js', import.meta.url));

test('the variant is what stands behind the name, or behind the end of a path', async (t) => {
  // The module keeps its own place, from which it imports.
  symlinkSync(OUTCOMES, join(FOLDER, 'with:colon.mjs'));
  for (const [target, typed, variant] of [
    ['xen-pin', 'xen-pin', undefined],
    ['xen-pin:buggy', 'xen-pin', 'buggy'],
    [OUTCOMES, OUTCOMES, undefined],
    [`${OUTCOMES}:fixed`, OUTCOMES, 'fixed'],
    [join(FOLDER, 'with:colon.mjs:weak'), join(FOLDER, 'with:colon.mjs'), 'weak'],
    [join(FOLDER, 'with:colon.mjs'), join(FOLDER, 'with:colon.mjs'), undefined],
  ] as const) {
    t.like(await chooseRace(target), { typed, variant }, target);
  }
  await t.throwsAsync(chooseRace(`${OUTCOMES}:constructor`), {
    message: /^unknown variant "constructor" for outcomes/,
  });
});

test('a file that is never loaded is given up', async (t) => {
  const path = join(FOLDER, 'late.mjs');
  // Nothing else keeps the thread of this test: what is tested holds its own timers loosely.
  const held = setInterval(() => {}, 3_600_000);
  t.teardown(() => clearInterval(held));
  writeFileSync(path, 'await new Promise((done) => setTimeout(done, 3_600_000).unref());');
  const error = await t.throwsAsync(loadTyped(path, 50), { instanceOf: UsageError });
  t.regex(error.message, /^race ".*late\.mjs": cannot be loaded: it was not loaded after 50ms$/);
});

test('what is no regular file is no race', async (t) => {
  const pipe = join(FOLDER, 'pipe.mjs');
  execFileSync('mkfifo', [pipe]);
  await t.throwsAsync(loadTyped(pipe), { message: /: there is no such file$/ });
  await t.throwsAsync(loadTyped(`${dirname(OUTCOMES)}.js`), { message: /: there is no such file$/ });
});

test('a hundred thousand letters are refused as soon as ten', async (t) => {
  for (const word of ['.js:', ':', '.mjs', 'a', '/']) {
    const target = `${word.repeat(100_000)}\n`;
    await t.throwsAsync(chooseRace(target), { instanceOf: UsageError });
  }
});

test('many files are loaded beside each other without a listener for each', async (t) => {
  const before = process.listenerCount('beforeExit');
  const loads = Array.from({ length: 12 }, () => chooseRace(OUTCOMES));
  t.is(process.listenerCount('beforeExit'), before);
  await Promise.all(loads);
});
