import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process that can be told from another with the same number, as far as the host allows. */
export interface Owner {
  readonly host: string;
  readonly pid: number;
  /** Start of the process in clock ticks since the boot, and the boot; empty where the host does not tell. */
  readonly started: string;
}

/** The running process. */
export function self(): Owner {
  return { host: hostname(), pid: process.pid, started: startOf(process.pid) };
}

/** Whether the owner still runs. One on another host is taken to run: nobody here can tell. */
export function isAlive(owner: Owner): boolean {
  if (owner.host !== hostname()) return true;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const started = startOf(owner.pid);
  return owner.started === '' || started === '' || started === owner.started;
}

/** Field 22 of /proc/<pid>/stat, behind the command in parentheses, which may hold anything. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}@${boot}`;
  } catch {
    return '';
  }
}
