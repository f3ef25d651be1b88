/** Messages of a fleet that are as they should be, for tests to change. */
import type { IntervalMessage, NamedRow, SliceJob } from '../../lib/fleet/messages.js';
import type { IntervalLine } from '../../lib/fleet/spoolFile.js';
import { ENTRY as madeUp } from '../tune/madeUpEntry.js';
import type { TunedEntry } from '../../lib/fleet/tunings.js';
import type { Fingerprint } from '../../lib/harness/host/fingerprint.js';
import { madeUpExecution } from '../soak/rows.js';

export const CAMPAIGN = '11111111-1111-4111-8111-111111111111';
export const HASH = 'a'.repeat(64);

export const ROW: NamedRow = {
  id: 1,
  race: 'xen-pin',
  isFile: false,
  name: 'pte-lock',
  variant: 'pte-lock',
  knobs: { path: 'fork' },
  cpus: 2,
  sync: 'rendezvous',
  memory: 'sc',
  source: HASH,
};

export const JOB: SliceJob = {
  version: 1,
  campaign: CAMPAIGN,
  row: ROW,
  hammer: null,
  proveEveryMs: 3_600_000,
  seed: 1,
  lengthMs: 60_000,
};

/** A kind of host, and settings that were found on one. */
export const PRINT: Fingerprint = {
  cores: 2,
  cpuModel: 'any',
  platform: 'linux',
  arch: 'x64',
  nodeMajor: 20,
  cgroupCpus: null,
};
export const ENTRY: TunedEntry = {
  ...madeUp,
  variant: 'pte-lock',
  goal: 'near-misses',
  settings: { ...madeUp.settings, round: 17, spin: { min: 100, max: 200 } },
};

const COUNTS = {
  lengthMs: 3000,
  seconds: 3,
  trials: 100,
  failures: 0,
  nearMisses: 1,
  outcomes: [],
  rssMb: 80,
  end: null,
};

export const LINE: IntervalLine = { ...COUNTS, number: 0, waits: false };

export const INTERVAL: IntervalMessage = {
  ...COUNTS,
  version: 1,
  kind: 'interval',
  campaign: CAMPAIGN,
  spool: CAMPAIGN,
  execution: madeUpExecution({ row: 1, source: HASH }),
  number: 0,
  evidence: [],
};

export { WHOLE } from '../soak/rows.js';
