#!/usr/bin/env node
/**
 * The program `racehammer`: arguments to command to exit code. All but the end of the process is loaded behind its guard: a
 * host that cannot even load the rest must not look like a verdict.
 */

import { end, endWith, guardEnd } from './ending.js';

guardEnd();
try {
  const { runProgram } = await import('./program.js');
  await end(await runProgram(process.argv.slice(2)));
} catch (error) {
  await endWith(error);
}
