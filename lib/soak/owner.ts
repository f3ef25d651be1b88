/**
 * Identifies the process that writes a store, so that two never write the same one. Used by store.ts and openFile.ts.
 */

import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, distinguished from another one with the same pid as far as the host allows. */
export interface Owner {
  readonly host: string;
  readonly pid: number;
  /** Start of the process in clock ticks since boot, and the id of the boot; empty if the host does not report them. */
  readonly started: string;
}

/** Returns this process. */
export function self(): Owner {
  return { host: hostname(), pid: process.pid, started: startOf(process.pid) };
}

/** Whether the owner still runs. An owner on another host counts as running, since this host cannot know. */
export function isAlive(owner: Owner): boolean {
  if (owner.host !== hostname()) return true;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it exists and belongs to another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const started = startOf(owner.pid);
  return owner.started === '' || started === '' || started === owner.started;
}

/** Returns field 22 of /proc/<pid>/stat, after the command in parentheses, which may contain anything. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}@${boot}`;
  } catch {
    return '';
  }
}
