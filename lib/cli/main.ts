#!/usr/bin/env node
/** The program `racehammer`: arguments to command to exit code. */

import { endIfThreadsAreLeft } from './endProcess.js';
import { RaceFault } from '../race/raceFault.js';
import { runProgram } from './program.js';
import { UsageError } from './usageError.js';

/** A race that does what no race may is the user's to mend. */
const USAGE_EXIT = 2;
const INTERNAL_ERROR_EXIT = 70;

/** Whoever reads the output may stop doing so (`| head`): then the program ends quietly, with the exit code it has so far. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
// Progress that nobody reads ends nothing.
process.stderr.on('error', () => {});
try {
  process.exitCode = await runProgram(process.argv.slice(2));
} catch (error) {
  if (error instanceof RaceFault) {
    process.stderr.write(`racehammer: ${error.message}\n`);
    process.exitCode = USAGE_EXIT;
  } else if (error instanceof UsageError) {
    process.stderr.write(`racehammer: ${error.message}\n`);
    process.exitCode = error.exitCode;
  } else {
    process.stderr.write(`racehammer: internal error: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = INTERNAL_ERROR_EXIT;
  }
}
await endIfThreadsAreLeft();
