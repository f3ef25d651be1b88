import type { PowerFigures, RunDocument } from '../../../lib/report/run/document.js';
import {
  verifyDocument,
  type ProvedRow,
  type RowDocument,
  type RowNotRun,
  type VerifyDocument,
} from '../../../lib/report/verify/document.js';

/** What failed in half a per cent of its trials, and what a million without a failure are worth beside it. */
export const TWIN: PowerFigures = {
  source: 'twin',
  name: 'buggy',
  failures: 500,
  trials: 100_000,
  least: 0.0015,
  trialsNeeded: 4602,
  chance: 0,
};

/** A run that held, from which tests make up others. */
export const HELD: RunDocument = {
  schema: 'racehammer.run/1',
  version: '0.1.0',
  startedAt: '2026-01-31T12:00:00.000Z',
  race: 'xen-pin',
  variant: 'pte-lock',
  knobs: { path: 'fork', flush: 'hypercall' },
  cpus: 2,
  threads: 2,
  machines: 1,
  sync: 'rendezvous',
  seed: 1,
  durationMs: 2000,
  trialsMax: null,
  stopOnFirst: false,
  recording: true,
  phases: {},
  windows: {},
  trials: 1_000_000,
  seconds: 2,
  failures: 0,
  nearMisses: 12_345,
  outcomes: [],
  startedMs: 200,
  firstFailureMs: null,
  samples: [
    { ms: 1000, trials: 500_000, failures: 0 },
    { ms: 2000, trials: 1_000_000, failures: 0 },
  ],
  failureGaps: [],
  claim: null,
  upperBound95: 3e-6,
  expected: 'hold',
  expectedOutcome: null,
  alsoFails: [],
  minority: null,
  verdict: 'HELD',
  power: TWIN,
  exitCode: 0,
  harnessError: null,
  interrupted: false,
  reports: {},
  lockdep: { complete: true, possibleDeadlocks: [] },
  repeat: 'npx racehammer run xen-pin:pte-lock',
  host: { node: 'v20', platform: 'linux', arch: 'x64', cores: 2, cpuModel: 'any', loadavg: [0, 0, 0] },
};

export const OOPS = { signature: 'oops-0003', count: 5000, rate: 0.005, low95: 0.00486, high95: 0.00514 };

/** A run that failed as it should. */
export const REPRODUCED: RunDocument = {
  ...HELD,
  variant: 'buggy',
  knobs: { path: 'exit', flush: 'hypercall' },
  failures: 5000,
  outcomes: [OOPS],
  firstFailureMs: 450,
  samples: [
    { ms: 1000, trials: 500_000, failures: 2400 },
    { ms: 2000, trials: 1_000_000, failures: 5000 },
  ],
  failureGaps: [
    { from: 1, to: 1, count: 30 },
    { from: 64, to: 127, count: 2970 },
    { from: 128, to: 255, count: 2000 },
  ],
  upperBound95: null,
  expected: 'fail',
  expectedOutcome: 'oops-0003',
  verdict: 'REPRODUCED',
  power: null,
  reports: { 'oops-0003': ['the first line of the oops'] },
};

/** A run that should have failed and did not. */
export const NOT_REPRODUCED: RunDocument = {
  ...REPRODUCED,
  failures: 0,
  outcomes: [],
  upperBound95: 3e-6,
  firstFailureMs: null,
  samples: HELD.samples,
  failureGaps: [],
  verdict: 'NOT_REPRODUCED',
  power: { source: 'floor', name: '', failures: 0, trials: 0, least: 1e-4, trialsNeeded: 69_075, chance: 0 },
  exitCode: 3,
  reports: {},
};

/** A run that should have held and failed. */
export const VIOLATED: RunDocument = {
  ...HELD,
  failures: 5000,
  outcomes: [OOPS],
  samples: REPRODUCED.samples,
  failureGaps: REPRODUCED.failureGaps,
  upperBound95: null,
  verdict: 'VIOLATED',
  power: null,
  exitCode: 1,
  reports: REPRODUCED.reports,
};

export const BROKEN: RunDocument = {
  ...HELD,
  verdict: 'HARNESS_ERROR',
  power: null,
  exitCode: 70,
  harnessError: 'worker of CPU 1 on machine 0: it threw',
};

/** A run without a failure that is too short to say that it held. */
export const INCONCLUSIVE: RunDocument = {
  ...HELD,
  trials: 34,
  upperBound95: 0.0843,
  verdict: 'INCONCLUSIVE',
  power: { ...TWIN, chance: 0.95 },
  exitCode: 4,
};

/** What all states say of a row that holds. */
export const PROVED: ProvedRow = {
  verdict: 'PROVED',
  failures: [],
  agrees: true,
  complete: true,
  preemptions: null,
  cuts: 0,
  states: 742,
  seconds: 0.1,
  contradicts: false,
  repeat: 'npx racehammer explore xen-pin:pte-lock',
  refused: null,
};

export function rowOf(row: string, run: RunDocument, changes: Partial<RowDocument> = {}): RowDocument {
  return { ...run, row, firstTry: null, ...changes };
}

/** These rows, interrupted if some were left out. */
export function documentOf(rows: readonly RowDocument[], notRun: readonly RowNotRun[] = []): VerifyDocument {
  return verifyDocument({ rows, notRun, interrupted: notRun.length > 0, repeat: 'npx racehammer verify' });
}
