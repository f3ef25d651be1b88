/** Tells kinds of hosts apart: settings that were found on one hold on another only if it is of its kind. Called by what reads and makes tuning files. */

import type { HostFacts } from '../../report/run/document.js';
import { quotaCpus, readHost } from './cpuQuota.js';

/** The facts of a host that must be equal for settings to be valid there. */
export interface Fingerprint {
  readonly cores: number;
  readonly cpuModel: string;
  readonly platform: string;
  readonly arch: string;
  readonly nodeMajor: number;
  /** CPU limit of the cgroup; null for no limit. */
  readonly cgroupCpus: number | null;
}

/** Returns the facts of a host by which settings are valid or not. */
export function fingerprintOf({ cores, cpuModel, platform, arch, node }: HostFacts): Fingerprint {
  const nodeMajor = Number(/^v?(\d+)/.exec(node)?.[1] ?? 0);
  return { cores, cpuModel, platform, arch, nodeMajor, cgroupCpus: quotaCpus(readHost) };
}

/** Lists the differences of two hosts: "cores 2, here 4"; empty if there are none. */
export function differences(found: Fingerprint, here: Fingerprint): string[] {
  return (Object.keys(here) as (keyof Fingerprint)[])
    .filter((fact) => found[fact] !== here[fact])
    .map((fact) => `${fact} ${found[fact] ?? 'unlimited'}, here ${here[fact] ?? 'unlimited'}`);
}
