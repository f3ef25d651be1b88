/** What the host says of itself in files. `read` gives the text of one, or undefined. */
export type Read = (path: string) => string | undefined;

/** Cores without hyperthreading among the given ones; null where the host does not tell. */
export function physicalCores(read: Read, cores: readonly number[]): number | null {
  const siblings = cores.map((core) =>
    read(`/sys/devices/system/cpu/cpu${core}/topology/thread_siblings_list`)?.trim(),
  );
  return siblings.length === 0 || siblings.includes(undefined) ? null : new Set(siblings).size;
}

/** Processors that the cgroup of this process and those above it allow; null for no limit. Knows version 1 and 2. */
export function quotaCpus(read: Read): number | null {
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

/** `/a/b`, `/a`, and the root, which a container sees as its own. */
function withParents(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return [...parts.keys(), parts.length].toReversed().map((n) =>
    parts
      .slice(0, n)
      .map((part) => `/${part}`)
      .join(''),
  );
}

/** "50000 100000" is half a processor; "max" or -1 no limit. */
function quotaOf(text: string | undefined): number | null {
  const [quota, period] = (text ?? '').trim().split(/\s+/).map(Number);
  return quota > 0 && period > 0 ? quota / period : null;
}

/** All processor time since boot and what of it was stolen, in ticks; null where the host does not tell. */
export interface StealTicks {
  readonly all: number;
  readonly stolen: number;
}

export function stealTicks(read: Read): StealTicks | null {
  // user nice system idle iowait irq softirq steal; guest time is part of user time.
  const fields = /^cpu +(.+)$/m
    .exec(read('/proc/stat') ?? '')?.[1]
    .split(/ +/)
    .map(Number)
    .slice(0, 8);
  if (fields === undefined || fields.length < 8 || fields.some(Number.isNaN)) return null;
  return { all: fields.reduce((sum, ticks) => sum + ticks, 0), stolen: fields[7] };
}

/** What was stolen between two looks, 0 .. 1; null where the host does not tell, or counts nothing. */
export function stolenShare(before: StealTicks | null, after: StealTicks | null): number | null {
  if (before === null || after === null || after.all <= before.all) return null;
  return (after.stolen - before.stolen) / (after.all - before.all);
}

/** How often a thread has given up its core, and was taken off it; null where the host keeps no account. */
export interface Switches {
  readonly voluntary: number;
  readonly involuntary: number;
}

export function switchesOf(status: string | undefined): Switches | null {
  const [voluntary, involuntary] = ['voluntary', 'nonvoluntary'].map((kind) =>
    Number(new RegExp(`^${kind}_ctxt_switches:\\s*(\\d+)$`, 'm').exec(status ?? '')?.[1] ?? NaN),
  );
  // Whoever has run has been switched to: a host that says never keeps no account.
  return Number.isNaN(voluntary + involuntary) || voluntary + involuntary === 0 ? null : { voluntary, involuntary };
}
