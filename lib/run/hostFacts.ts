/** The facts about the host that documents record. Called wherever a document is made. */

/** Returns the facts about this host. */

import { arch, cpus, loadavg, platform } from 'node:os';
import { cores } from '../harness/makePlan.js';
import type { HostFacts } from '../report/run/document.js';

export function hostFacts(): HostFacts {
  return {
    node: process.version,
    platform: platform(),
    arch: arch(),
    cores: cores(),
    cpuModel: cpus()[0]?.model ?? 'unknown',
    loadavg: loadavg(),
  };
}
