/** Figures of this process and its build, for Prometheus. Called by the figures of soaks and fleets. */

import { readFileSync, readdirSync } from 'node:fs';
import { packageVersion } from '../../harness/host/raceSource.js';
import type { Exposition, MetricSample } from './exposition.js';

/** Adds what is known of build and process. `revisions`: the git commits of the races. */
export function addProcess(exposition: Exposition, revisions: readonly string[]): void {
  const build = { version: packageVersion(), node: process.version, platform: process.platform, arch: process.arch };
  exposition.add('gauge', 'racehammer_build_info', 'The version of racehammer and its host; always 1.', [[build, 1]]);
  exposition.add(
    'gauge',
    'racehammer_race_revision_info',
    'A git commit that races of the campaign come from; always 1.',
    [...new Set(revisions)].map((revision): MetricSample => [{ revision }, 1]),
  );
  const { user, system } = process.cpuUsage();
  const all: [kind: 'counter' | 'gauge', name: string, help: string, value: number | null][] = [
    ['counter', 'cpu_seconds_total', 'CPU time of the process, all threads.', (user + system) / 1e6],
    ['counter', 'cpu_user_seconds_total', 'CPU time of the process in its own code.', user / 1e6],
    ['counter', 'cpu_system_seconds_total', 'CPU time of the process in the kernel.', system / 1e6],
    ['gauge', 'start_time_seconds', 'When the process began, in Unix time.', performance.timeOrigin / 1000],
    ['gauge', 'resident_memory_bytes', 'Resident memory of the process.', tried(() => process.memoryUsage.rss())],
    ['gauge', 'open_fds', 'Open file descriptors.', tried(() => readdirSync('/proc/self/fd').length)],
    ['gauge', 'max_fds', 'Most file descriptors that may be open.', tried(maxFds)],
    ['gauge', 'threads', 'Threads of the process.', tried(threads)],
  ];
  for (const [kind, name, help, value] of all) {
    if (value !== null) exposition.add(kind, `process_${name}`, help, [[{}, value]]);
  }
}

/** Returns the figure, or null where the host does not have it. */
function tried(read: () => number | null): number | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function maxFds(): number | null {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return soft === undefined ? null : Number(soft);
}

function threads(): number | null {
  const [, count] = /^Threads:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return count === undefined ? null : Number(count);
}
