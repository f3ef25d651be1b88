/**
 * The processes that the bench starts, so that an interrupt leaves none of them running. Used by the parts that run the
 * command line.
 */

import { spawn, type ChildProcessWithoutNullStreams, type SpawnOptionsWithoutStdio } from 'node:child_process';
import { guarded } from '../harness/host/guarded.js';

/** What ends each running process. */
const children = new Map<ChildProcessWithoutNullStreams, () => void>();
let isOver = false;

/** Starts a process of Node. Throws Error after `endChildren`. */
export function startChild(
  args: readonly string[],
  options: SpawnOptionsWithoutStdio = {},
): ChildProcessWithoutNullStreams {
  if (isOver) throw new Error('the bench was interrupted');
  const child = spawn(process.execPath, args, options);
  const end = (): void => {
    if (options.detached === true) endGroup(child.pid);
    else child.kill('SIGKILL');
  };
  children.set(child, end);
  child.once(
    'close',
    guarded(
      () => children.delete(child),
      () => {},
    ),
  );
  return child;
}

/** Ends all running processes, and prevents new ones. */
export function endChildren(): void {
  isOver = true;
  for (const end of children.values()) end();
}

/** Ends what is left of a group of processes. */
export function endGroup(group: number | undefined): void {
  if (group !== undefined) signalGroup(group, 'SIGKILL');
}

/** Whether a group of processes has members. */
export function hasMembers(group: number | undefined): boolean {
  return group !== undefined && signalGroup(group, 0);
}

function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}
