/** Reads the CPU limit of the process's cgroup. Called on the host by lib/doctor and lib/tune. */

import { readFileSync } from 'node:fs';

/** What the host says of itself in files: the text of one, or undefined. */
export type ReadHostFile = (path: string) => string | undefined;

/** The host's own files. */
export const readHost: ReadHostFile = (path) => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
};

/** Returns the processors that the cgroup of this process and those above it allow; null for no limit. Knows version 1 and 2. */
export function quotaCpus(read: ReadHostFile): number | null {
  const limits = (read('/proc/self/cgroup') ?? '').split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path === undefined) return [];
    if (controllers === '') return withParents(path).map((folder) => quotaOf(read(`/sys/fs/cgroup${folder}/cpu.max`)));
    if (!controllers.split(',').includes('cpu')) return [];
    // Version 1 may be mounted under the name of one controller or of several.
    return [`/sys/fs/cgroup/${controllers}`, '/sys/fs/cgroup/cpu'].flatMap((root) =>
      withParents(path).map((folder) => {
        const quota = read(`${root}${folder}/cpu.cfs_quota_us`);
        return quota === undefined ? null : quotaOf(`${quota.trim()} ${read(`${root}${folder}/cpu.cfs_period_us`)}`);
      }),
    );
  });
  const told = limits.filter((limit) => limit !== null);
  return told.length === 0 ? null : Math.min(...told);
}

/** Returns `/a/b`, `/a`, and the root, which a container sees as its own. */
function withParents(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return [...parts.keys(), parts.length].toReversed().map((n) =>
    parts
      .slice(0, n)
      .map((part) => `/${part}`)
      .join(''),
  );
}

/** Reads a quota: "50000 100000" is half a processor, "max" or -1 no limit. */
function quotaOf(text: string | undefined): number | null {
  const [quota, period] = (text ?? '').trim().split(/\s+/).map(Number);
  return quota > 0 && period > 0 ? quota / period : null;
}
