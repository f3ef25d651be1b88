/**
 * Goal: assertHolds() and assertFails() work in the tests of users: one that fails shows the report of the run. (ava: test/api.)
 * Method: a file with one test that passes and one that fails, run by node:test and by vitest.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { FOLDER } from './cli.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const VITEST = join(createRequire(import.meta.url).resolve('vitest/package.json'), '..', 'vitest.mjs');

function testFile(imports: string): string {
  return `${imports}
import { assertFails, assertHolds } from 'racehammer';
import race from 'racehammer/examples/01-lost-update.js';

test('the buggy form fails', { timeout: 60_000 }, async () => {
  await assertFails(race, { variant: 'buggy', trials: 1_000_000 });
});
test('eight trials say nothing', { timeout: 60_000 }, async () => {
  await assertHolds(race, { variant: 'atomic', trials: 8 });
});
`;
}

async function output(args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, env: { ...process.env, NO_COLOR: '1' } }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}

for (const [name, imports, args, counted] of [
  ['node:test', "import { test } from 'node:test';", ['--test'], [/pass 1\b/, /fail 1\b/]],
  ['vitest', "import { test } from 'vitest';", [VITEST, 'run'], [/1 failed \| 1 passed/]],
] as const) {
  test.serial(`${name} shows the report of a run that is not as asserted`, async (t) => {
    const folder = mkdtempSync(join(FOLDER, 'assertions-'));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(ROOT, join(folder, 'node_modules', 'racehammer'), 'dir');
    symlinkSync(join(VITEST, '..'), join(folder, 'node_modules', 'vitest'), 'dir');
    writeFileSync(join(folder, 'race.test.mjs'), testFile(imports));
    const said = await output(args, folder);
    t.regex(said, /lost-update:atomic: INCONCLUSIVE/);
    for (const count of counted) t.regex(said, count);
  });
}
