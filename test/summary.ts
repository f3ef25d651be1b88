import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { closeTally, countLine, type Tally } from './summary/tally.js';

// Runs the test suite and ends with the plain line "N passed, N failed".
//   node dist/test/summary.js [--fast] [what ava takes: files, --match …]
// --fast leaves out the tests that hammer real threads for a while or start the command line.
// The report is ava's own and not TAP: its TAP drops the stack of a failure and breaks off where a test times out.

const SLOW = /\.(?:race|slow)\.test\.js$|(?:^|[\\/])e2e[\\/]/;

const root = fileURLToPath(new URL('../../', import.meta.url));
const fast = process.argv[2] === '--fast';
const chosen = fast ? [...fastFiles(), ...process.argv.slice(3)] : process.argv.slice(2);

const ava = spawn(process.execPath, [join(root, 'node_modules/ava/entrypoints/cli.mjs'), ...chosen], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
  env: process.stdout.isTTY ? { ...process.env, FORCE_COLOR: '1' } : process.env,
});
const ended = once(ava, 'close') as Promise<[code: number | null, signal: NodeJS.Signals | null]>;

const tally: Tally = { passed: 0, failed: [] };
for await (const line of createInterface({ input: ava.stdout })) {
  countLine(tally, line);
  console.log(line);
}

const [code, signal] = await ended;
closeTally(tally, code === 0 ? undefined : (signal ?? `exit code ${code}`));
for (const what of tally.failed) console.log(`  failed: ${what}`);
console.log(`${tally.passed} passed, ${tally.failed.length} failed`);
process.exitCode = tally.failed.length === 0 ? 0 : 1;

function fastFiles(): string[] {
  return readdirSync(join(root, 'dist/test'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.js') && !SLOW.test(path))
    .map((path) => join('dist/test', path));
}
