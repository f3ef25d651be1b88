import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { brief } from './summary/brief.js';
import { writeGroups } from './summary/groups.js';
import { leftoversIn, makeTemporary } from './summary/leftovers.js';
import { complaintsOf } from './summary/linters.js';
import { closeTally, countLine, emptyTally, type Tally } from './summary/tally.js';

// Runs the test suite and ends with what went wrong in each failure and the plain line "N passed, N failed".
//   node dist/test/summary.js [--lint] [--fast] [what ava takes: files, --match …]
// --lint runs `npm run lint` beside the tests; its complaints are a failure.
// The files of a folder run in one thread (summary/group.ts), except those that are named.
// --fast leaves out the tests that hammer real threads for a while, start the command line, or take long.
// The report is ava's own and not TAP: its TAP drops the stack of a failure and breaks off where a test times out.

const RACE = /\.race\.test\.js$/;
const SLOW = /\.(?:race|slow)\.test\.js$|(?:^|[\\/])e2e[\\/]|^schema\.test\.js$/;

const root = fileURLToPath(new URL('../../', import.meta.url));
const asked = process.argv.slice(2);
const begins = (flag: string): boolean => asked[0] === flag && asked.shift() !== undefined;
const [lint, fast] = [begins('--lint'), begins('--fast')];
const tally = emptyTally();
const temporary = makeTemporary();
const linters = lint ? complaintsOf('npm run -s lint', root) : [];
const started = runs().map(startAva);
for (const run of started) closeTally(tally, await reportOf(run, tally));
tally.failed.push(...leftoversIn(temporary), ...(await linters));
for (const { what, lines } of tally.failed) {
  console.log(`  failed: ${what}`);
  for (const line of brief(lines, root)) console.log(`      ${line}`);
}
console.log(`${tally.passed} passed, ${tally.failed.length} failed`);
process.exitCode = tally.failed.length === 0 ? 0 : 1;

/**
 * What ava is called with, once for each run; all run at once. Tests that hammer come one at a time, beside the others: with threads that
 * wait for each other they leave a core idle now and then.
 */
function runs(): string[][] {
  const sideBySide = ['--concurrency', String(availableParallelism())];
  const groups = (folder: string, wanted: (path: string) => boolean): string[] =>
    writeGroups(root, folder, files(wanted));
  if (fast) return [[...groups('fast', (path) => !SLOW.test(path)), ...sideBySide, ...asked]];
  if (asked.length > 0) return [asked];
  return [
    [...groups('others', (path) => !RACE.test(path)), ...sideBySide],
    groups('hammering', (path) => RACE.test(path)),
  ];
}

/** Paths below dist/test. */
function files(wanted: (path: string) => boolean): string[] {
  return readdirSync(join(root, 'dist/test'), { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.test.js') && wanted(path),
  );
}

/** A run of ava. Its lines are kept until it is their turn, so that each report stands in one piece. */
interface Run {
  readonly kept: string[];
  take: (line: string) => void;
  /** How it ended, if not well. */
  readonly ended: Promise<string | undefined>;
}

function startAva(args: readonly string[]): Run {
  const ava = spawn(process.execPath, [join(root, 'node_modules/ava/entrypoints/cli.mjs'), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: temporary, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}) },
  });
  const kept: string[] = [];
  const run: Run = { kept, take: (line) => kept.push(line), ended: ending() };
  return run;

  async function ending(): Promise<string | undefined> {
    const ended = once(ava, 'close') as Promise<[code: number | null, signal: NodeJS.Signals | null]>;
    for await (const line of createInterface({ input: ava.stdout })) run.take(line);
    const [code, signal] = await ended;
    return code === 0 ? undefined : (signal ?? `exit code ${code}`);
  }
}

/** Prints what a run prints, and counts it; returns how it ended, if not well. */
async function reportOf(run: Run, into: Tally): Promise<string | undefined> {
  run.take = (line) => {
    countLine(into, line);
    console.log(line);
  };
  for (const line of run.kept) run.take(line);
  return run.ended;
}
