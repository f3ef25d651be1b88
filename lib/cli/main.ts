#!/usr/bin/env node
/**
 * The program `racehammer`: arguments to command to exit code. All but the end of the process is loaded behind its guard: a
 * host that cannot even load the rest must not look like a verdict. Threads of a run start before the command is loaded, which takes as long.
 */

import { end, endWith, guardEnd } from './ending.js';

/** A race has two CPUs unless it says otherwise, and a run has one machine. */
const USUAL_THREADS = 2;

guardEnd();
try {
  const args = process.argv.slice(2);
  if (isUsualRun(args)) (await import('../harness/host/cpuThreads.js')).startEarly(USUAL_THREADS);
  const { runProgram } = await import('./program.js');
  await end(await runProgram(args));
} catch (error) {
  await endWith(error);
}

/** Guesses whether the arguments ask for a run of the usual size. A wrong guess costs CPU time and nothing else. */
function isUsualRun(args: readonly string[]): boolean {
  return args[0] === 'run' && !args.some((arg) => /^--(?:cpus|machines|help)\b/.test(arg));
}
