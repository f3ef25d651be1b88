/**
 * Runs the program in a process that stays for the next run. Used by tests of what a command prints and writes; how the process
 * itself starts and ends is the subject of those that use racehammer() of cli.ts.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { FOLDER, PIPED } from './cli.js';
import type { Answer, Asked } from './programHost.js';

const HOST = fileURLToPath(new URL('programHost.js', import.meta.url));

let host: ChildProcess | undefined;
let last: Promise<unknown> = Promise.resolve();

/** Runs the program in the folder of the tests, and returns how it would have ended a process of its own. */
export async function runKept(...args: readonly string[]): Promise<Answer> {
  return await runKeptIn(FOLDER, ...args);
}

/** As runKept, for a terminal of so many columns. */
export async function runKeptAt(columns: number, ...args: readonly string[]): Promise<Answer> {
  const answer = last.then(async () => await ask({ args, cwd: FOLDER, columns }));
  last = answer.catch(() => {});
  return await answer;
}

/** As runKept, in this folder. */
export async function runKeptIn(cwd: string, ...args: readonly string[]): Promise<Answer> {
  const answer = last.then(async () => await ask({ args, cwd }));
  last = answer.catch(() => {});
  return await answer;
}

/** Ends the process: the next run has one that has loaded no file yet. Called between runs. */
export async function endKept(): Promise<void> {
  await last;
  host?.disconnect();
  host = undefined;
}

async function ask(asked: Asked): Promise<Answer> {
  host ??= fork(HOST, [], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: PIPED,
    execArgv: [],
  });
  // The test's thread may end while nothing is asked; the host then ends with it.
  host.ref();
  host.channel?.ref();
  const over = new AbortController();
  try {
    const ended = once(host, 'exit', { signal: over.signal }).then(([code, signal]) => {
      throw new Error(`${asked.args.join(' ')}: the process ended with ${String(signal ?? code)}`);
    });
    host.send(asked);
    const answer = once(host, 'message', { signal: over.signal }) as Promise<[Answer]>;
    return (await Promise.race([answer, ended]))[0];
  } catch (error) {
    host = undefined;
    throw error;
  } finally {
    over.abort();
    host?.channel?.unref();
    host?.unref();
  }
}
