/**
 * Goal: a module that would keep the main thread, or end the process, is found in a thread of its own and says where it is; any other is
 * let through, so that the import itself says what is wrong with it.
 * Method: modules that loop, sleep and wait, each imported once with the shortest limits that a test can have.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { rehearse } from '../../../lib/harness/host/rehearsal.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'racehammer-rehearsal-'));
test.after.always(() => rmSync(FOLDER, { recursive: true }));
const LIMITS = { moduleMs: 100, loadMs: 200 };

function moduleWith(name: string, text: string): string {
  const path = join(FOLDER, `${name}.mjs`);
  writeFileSync(path, text);
  return pathToFileURL(path).href;
}

const KEEPS: Readonly<Record<string, string>> = {
  loops: 'function here() { for (;;); }\nhere();',
  sleeps: 'function here() { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); }\nhere();',
};

for (const [name, text] of Object.entries(KEEPS)) {
  test(`a module that ${name} is found, with its place`, async (t) => {
    const objection = await rehearse(moduleWith(name, text), LIMITS);
    t.regex(objection ?? '', /^it does not end in 100ms, at here \(file:.*\.mjs:1:\d+\), at /);
  });
}

test('a module that awaits what comes too late is found', async (t) => {
  const url = moduleWith('awaits', 'await new Promise((done) => setTimeout(done, 3_600_000));');
  t.is(await rehearse(url, LIMITS), 'it was not loaded after 200ms');
});

test('a module that fills its memory is found', async (t) => {
  const url = moduleWith('fills', 'const all = []; for (;;) all.push(new Array(10_000).fill(all.length + 0.5));');
  t.is(await rehearse(url, { moduleMs: 30_000, loadMs: 30_000 }), 'it fills the memory of its thread');
});

const PASSES: Readonly<Record<string, string>> = {
  ends: 'export default 1;',
  throws: 'throw new Error("at once");',
  exits: 'process.exit(0);',
  'waits for nothing': 'await new Promise(() => {});',
  'leaves a timer behind': 'setInterval(() => {}, 1);',
};

for (const [name, text] of Object.entries(PASSES)) {
  test(`a module that ${name} is let through`, async (t) => {
    t.is(await rehearse(moduleWith(name.replaceAll(' ', '-'), text), { moduleMs: 30_000, loadMs: 30_000 }), null);
  });
}

test('a module is rehearsed once', async (t) => {
  const url = moduleWith('once', 'for (;;);');
  const first = await rehearse(url, LIMITS);
  writeFileSync(join(FOLDER, 'once.mjs'), '');
  t.is(await rehearse(url, LIMITS), first);
});
