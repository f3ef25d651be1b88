/** Reads facts from the text files of Linux. Called by examine.ts and probes.ts. */

import type { ReadHostFile } from '../harness/host/cpuQuota.js';

/** Returns the number of physical cores among the given ones; null if the host does not report it. */
export function physicalCores(read: ReadHostFile, cores: readonly number[]): number | null {
  const siblings = cores.map((core) =>
    read(`/sys/devices/system/cpu/cpu${core}/topology/thread_siblings_list`)?.trim(),
  );
  return siblings.length === 0 || siblings.includes(undefined) ? null : new Set(siblings).size;
}

/** All CPU time since boot, and the stolen part of it, in ticks. */
export interface StealTicks {
  readonly all: number;
  readonly stolen: number;
}

export function stealTicks(read: ReadHostFile): StealTicks | null {
  // user nice system idle iowait irq softirq steal; guest time is part of user time.
  const fields = /^cpu +(.+)$/m
    .exec(read('/proc/stat') ?? '')?.[1]
    .split(/ +/)
    .map(Number)
    .slice(0, 8);
  if (fields === undefined || fields.length < 8 || fields.some(Number.isNaN)) return null;
  return { all: fields.reduce((sum, ticks) => sum + ticks, 0), stolen: fields[7] };
}

/** Returns the share stolen between two readings, 0 .. 1; null if the host does not report it. */
export function stolenShare(before: StealTicks | null, after: StealTicks | null): number | null {
  if (before === null || after === null || after.all <= before.all) return null;
  return (after.stolen - before.stolen) / (after.all - before.all);
}

/** How often a thread gave up its core, and how often it was preempted. */
export interface Switches {
  readonly voluntary: number;
  readonly involuntary: number;
}

export function hostSwitchesOf(status: string | undefined): Switches | null {
  const [voluntary, involuntary] = ['voluntary', 'nonvoluntary'].map((kind) =>
    Number(new RegExp(`^${kind}_ctxt_switches:\\s*(\\d+)$`, 'm').exec(status ?? '')?.[1] ?? NaN),
  );
  // A thread that has run has been switched to, so 0 means that the host does not count.
  return Number.isNaN(voluntary + involuntary) || voluntary + involuntary === 0 ? null : { voluntary, involuntary };
}
