/** What a worker says about its host, and when it may use it. Called by the worker's command. */

import { arch, cpus, hostname, platform, release, totalmem } from 'node:os';
import { packageVersion } from '../harness/host/raceSource.js';
import { cores as coresHere } from '../harness/makePlan.js';
import type { FleetHostFacts } from '../report/soak/fleetDocument.js';
import { UsageError, quoted } from '../run/usageError.js';

/** Returns the facts about this host. `cores`: those that the worker may use, as taskset names them; null for all. */
export function workerFacts(cores: string | null): FleetHostFacts {
  return {
    version: packageVersion(),
    node: process.version,
    v8: process.versions.v8,
    platform: platform(),
    kernel: release(),
    arch: arch(),
    cpuModel: cpus()[0]?.model ?? 'unknown',
    cores: cores === null ? coresHere() : countCores(cores),
    memoryMb: Math.round(totalmem() / 2 ** 20),
  };
}

export function hostName(): string {
  return hostname();
}

const CORES = /^\d{1,4}(?:-\d{1,4})?(?:,\d{1,4}(?:-\d{1,4})?)*$/;

/** Checks a list of cores: `0-3,6`. Throws UsageError. */
export function parseCores(text: string): string {
  if (!CORES.test(text) || countCores(text) < 1) {
    throw new UsageError(`--cores ${quoted(text)}: must be numbers of cores, as taskset has them: 0-3,6`);
  }
  if (platform() !== 'linux') throw new UsageError('--cores: needs taskset, which is a command of Linux');
  return text;
}

function countCores(list: string): number {
  return list.split(',').reduce((n, part) => {
    const [from, to = from] = part.split('-').map(Number);
    return n + Math.max(0, to - from + 1);
  }, 0);
}

/** Hours of the day, by the clock of the host, in which a worker hammers. */
export interface Hours {
  readonly from: number;
  readonly to: number;
}

/** Parses `22-6`. Throws UsageError. */
export function parseHours(text: string): Hours {
  const [, from, to] = (/^(\d{1,2})-(\d{1,2})$/.exec(text) ?? []).map(Number);
  if (from === undefined || to === undefined || from > 24 || to > 24 || from % 24 === to % 24) {
    throw new UsageError(`--hours ${quoted(text)}: must be two different hours from 0 to 24, such as 22-6`);
  }
  return { from: from % 24, to: to % 24 };
}

/** Whether a time of the day lies in these hours, which may go past midnight. */
export function isWithin({ from, to }: Hours, hour: number): boolean {
  return from < to ? hour >= from && hour < to : hour >= from || hour < to;
}
