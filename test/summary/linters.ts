/** Runs the linters while the tests run, and turns their complaints into a failure. Called by summary.ts. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Failure } from './tally.js';

/** Runs the command, prints what it said in one piece between the lines of the tests, and returns a failure if it ended with one. */
export async function complaintsOf(command: string, cwd: string): Promise<Failure[]> {
  const child = spawn(command, { cwd, shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close') as Promise<[code: number | null, signal: NodeJS.Signals | null]>;
  const lines: string[] = [];
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', (line) => lines.push(line));
  const [code, signal] = await ended;
  console.log(['', ...lines, ''].join('\n'));
  const ending = signal ?? `exit code ${code}`;
  return code === 0 ? [] : [{ what: `${command}: ${ending}`, lines: lines.filter((line) => line.trim() !== '') }];
}
