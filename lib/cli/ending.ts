/**
 * The end of the process. Exit codes are verdicts, so nothing but a command's own end may choose one: an error that nobody
 * caught, a race file that calls process.exit(), a wait for something that never comes are harness errors, each with its line.
 */

import { INTERRUPTED_EXIT } from '../statistics/verdict.js';
import { leftThreadsGone, threadsLeft } from '../harness/host/leftThreads.js';
import { RaceFault } from '../race/raceFault.js';
import { printed, stdoutLost, tell, tellAtOnce, watchOutput } from './output.js';
import { UsageError } from '../run/usageError.js';
import { counted } from '../report/format/numbers.js';

/** A mistake of the user's. */
const USAGE_EXIT = 2;
/** The harness, or a race's own code in it, has failed. */
const HARNESS_EXIT = 70;
/** The result was as expected, and could not be written: nobody can have read it. */
export const UNWRITTEN_EXIT = 74;

/** Guards the end of the process. Called once, before anything else. */
export function guardEnd(): void {
  watchOutput();
  process.on('uncaughtException', (error) => void crash(error));
  process.on('beforeExit', waitForNothing);
  process.on('exit', endedByOthers);
}

/**
 * Ends the process by the signal of an interrupt, which a shell shows as exit code 130: by its own means Node would wait for
 * threads, and one that sleeps in the kernel may never end.
 */
export function endAtOnce(): void {
  process.removeAllListeners('SIGINT');
  process.kill(process.pid, 'SIGINT');
}

/** Ends the process with the exit code of its command, as soon as all that was printed is written. */
export async function end(exitCode: number): Promise<never> {
  await printed();
  if (exitCode !== INTERRUPTED_EXIT) await leftThreadsGone();
  if (hasCrashed) leave(HARNESS_EXIT);
  leave(stdoutLost.aborted && exitCode === 0 ? UNWRITTEN_EXIT : exitCode);
}

/** Ends the process with what its command has thrown: a mistake of the user's is one line, anything else a harness error. */
export async function endWith(error: unknown): Promise<never> {
  // A race that does what no race may is the user's to mend as well.
  if (!(error instanceof UsageError || error instanceof RaceFault)) return await crash(error);
  tell(`racehammer: ${error.message.replaceAll('\n', '\\n')}`);
  return await end(USAGE_EXIT);
}

/**
 * Ends the process from another thread, because of what keeps the main thread: by a signal, which is no verdict. An exit from here
 * would end this thread alone.
 */
export function killProcess(why: string): void {
  tellAtOnce(`racehammer: ${why}; the process is ended by a signal`);
  process.kill(process.pid, 'SIGKILL');
}

/** Ends the process at once. Timers and threads that a race has left behind do not keep it. */
function leave(exitCode: number): never {
  process.off('exit', endedByOthers);
  killIfThreadsAreLeft(exitCode);
  process.exit(exitCode);
}

/**
 * Ends the process by a signal if threads are left that do not end: Node would wait for them. One that was interrupted ends by
 * the interrupt, others by SIGKILL, which is no verdict.
 */
function killIfThreadsAreLeft(exitCode: number): void {
  const left = threadsLeft();
  if (left === 0) return;
  const which = `${counted(left, 'thread')} ${left === 1 ? 'is' : 'are'}`;
  tell(`racehammer: ${which} in a system call that does not return; the process is ended by a signal`);
  if (exitCode === INTERRUPTED_EXIT) endAtOnce();
  process.kill(process.pid, 'SIGKILL');
}

/** Whether the process ends because of what nobody expected: whatever its command says meanwhile. */
let hasCrashed = false;

/** Ends the process with what nobody expected. A thread that is just being ended, and would end, is waited for. */
async function crash(error: unknown): Promise<never> {
  tell(`racehammer: internal error: ${describe(error)}`);
  if (!hasCrashed && threadsLeft() > 0) {
    hasCrashed = true;
    await leftThreadsGone();
  }
  return leave(HARNESS_EXIT);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  const text = error.stack ?? error.message;
  return code === 'EMFILE' ? `too few files may be open (ulimit -n): ${text}` : text;
}

/** Those who wait for something that may never come, and end their wait themselves. */
const waiting = new Set<() => void>();

/** Calls `act`, instead of ending the process, where nothing is left to come; until the function that it returns is called. */
export function whenIdle(act: () => void): () => void {
  waiting.add(act);
  return () => void waiting.delete(act);
}

/** Runs where nothing is left that could end the command, as for Node's own exit code 13. */
function waitForNothing(): void {
  if (waiting.size > 0) {
    for (const act of waiting) act();
    return;
  }
  tell('racehammer: internal error: the command waits for something that nothing can bring about any more');
  leave(HARNESS_EXIT);
}

/** Runs where somebody else ends the process before the command has ended. */
function endedByOthers(exitCode: number): void {
  const frames = (new Error().stack ?? '').split('\n').slice(2);
  const caller = frames.find((line) => !line.includes('node:'))?.trim() ?? 'from an unknown place';
  tell(`racehammer: process.exit(${exitCode}) was called ${caller}, before there was a result`);
  process.exitCode = HARNESS_EXIT;
}
