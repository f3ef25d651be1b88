/** The end of a process some of whose threads cannot be ended. */

import { INTERRUPTED_EXIT } from '../evidence/verdict.js';
import { threadsLeft } from '../harness/leftThreads.js';

/**
 * Ends the process by a signal if threads are left that do not end: Node would wait for them. Whatever was printed is printed.
 * One that was interrupted ends by the interrupt, which a shell shows as that exit code; others by SIGKILL, which is no verdict.
 */
export async function endIfThreadsAreLeft(): Promise<void> {
  const left = threadsLeft();
  if (left === 0) return;
  const which = left === 1 ? '1 thread is' : `${left} threads are`;
  process.stderr.write(
    `racehammer: ${which} in a system call that does not return; the process is ended by a signal\n`,
  );
  for (const stream of [process.stdout, process.stderr]) await new Promise((flushed) => stream.write('', flushed));
  process.kill(process.pid, process.exitCode === INTERRUPTED_EXIT ? 'SIGINT' : 'SIGKILL');
}
