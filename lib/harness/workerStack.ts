import { sourceFrames } from './sourceFrames.js';

interface WorkerPart {
  readonly header: { readonly threadId: number };
  readonly javascriptStack?: { readonly stack?: readonly string[] };
}

/**
 * What a worker is executing now, innermost first, with the lines of the TypeScript sources. Works on a thread in an endless
 * loop; blocks the caller for some ten milliseconds for each worker. Empty if the worker is gone.
 *
 * The inspector would do as well, and give variables, but a worker that it leaves paused cannot be ended any more.
 */
export function workerStack(threadId: number): string[] {
  const { report } = process;
  if (report === undefined) return [];
  // Without it the report looks up the names of all peers of all sockets.
  Object.assign(report, { excludeNetwork: true });
  const { workers = [] } = report.getReport() as { workers?: readonly WorkerPart[] };
  const stack = workers.find(({ header }) => header.threadId === threadId)?.javascriptStack?.stack ?? [];
  return sourceFrames(stack);
}
