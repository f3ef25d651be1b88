/** Runs of the command line whose process is stopped at random. Used by the scripts of this folder. */

import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { RunDocument } from '../../lib/report/run/document.js';

const MAIN = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url));

/** How long the process is stopped, and how long it runs in between, in milliseconds. */
export interface Torment {
  readonly stopped: { readonly min: number; readonly max: number };
  readonly running: { readonly min: number; readonly max: number };
}

const between = ({ min, max }: { readonly min: number; readonly max: number }): number =>
  min + Math.random() * (max - min);

/** Starts `run` with these arguments; its documents come at the end. */
export function start(args: readonly string[]): { child: ChildProcess; ended: Promise<RunDocument[]> } {
  const child = spawn(process.execPath, [MAIN, 'run', ...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<RunDocument[]>((done, failed) => {
    child.once('error', failed);
    child.once('close', () => {
      const document = JSON.parse(output) as RunDocument | { runs: RunDocument[] };
      done('runs' in document ? document.runs : [document]);
    });
  });
  return { child, ended };
}

/** Stops the process at random and lets it go on, until it has ended; returns how often. */
export async function torment(child: ChildProcess, { stopped, running }: Torment): Promise<number> {
  let stops = 0;
  const isThere = (): boolean => child.exitCode === null && child.signalCode === null;
  for (;;) {
    await sleep(between(running));
    if (!isThere()) return stops;
    child.kill('SIGSTOP');
    stops++;
    await sleep(between(stopped));
    child.kill('SIGCONT');
  }
}

/** Starts so many processes that each keep a core busy. */
export function busyNeighbours(count: number): ChildProcess[] {
  return Array.from({ length: count }, () => spawn(process.execPath, ['-e', 'for (;;);']));
}

/** Prints a line. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
