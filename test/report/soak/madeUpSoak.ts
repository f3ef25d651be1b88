import type { RowTotals, SoakDocument, SoakHistory } from '../../../lib/report/soak/document.js';
import { rowVerdicts } from '../../../lib/report/soak/verdict.js';
import { HELD } from '../run/madeUpRun.js';
import { ROW } from './madeUpRow.js';

function soakRowOf(id: number, name: string, changes: Partial<RowTotals> = {}): RowTotals {
  return { ...ROW, id, key: name, race: 'xen-pin', name, ...changes };
}

const OOPS = { expected: 'oops', failures: 50, outcomes: [{ signature: 'oops', count: 50, declared: true }] };

/** A soak of five hours with a row of each kind: held, reproduced, violated by a hang, stopped failing, broken, not run. */
export const SOAK: SoakDocument = {
  schema: 'racehammer.soak/1',
  campaign: {
    name: 'weekend',
    at: 0,
    seed: 7,
    budgetMs: 36_000_000,
    classes: false,
    pace: { sliceMs: 30_000, proveEveryMs: 3_600_000 },
    elapsedMs: 18_000_000,
    endedAt: null,
  },
  rows: rowVerdicts([
    soakRowOf(1, 'holds', { twin: 'fails' }),
    soakRowOf(2, 'fails', { ...OOPS, provedAtMs: 17_000_000 }),
    soakRowOf(3, 'hangs', { failures: 1, outcomes: [{ signature: 'livelock', count: 1, declared: false }] }),
    soakRowOf(4, 'stopped', { ...OOPS, provedAtMs: 1_000_000, trialsSinceProof: 900_000 }),
    soakRowOf(5, 'breaks', { harnessErrors: 2, harnessError: 'worker of CPU 0: it threw\nat once' }),
    soakRowOf(6, 'waits', { trials: 0, slices: 0 }),
  ]),
  evidence: [
    { row: 3, signature: 'livelock', report: 'LIVELOCK: the CPUs move\nand get nowhere', sha256: null },
    { row: 2, signature: 'oops', report: 'Oops: 0003', sha256: '5'.repeat(64) },
  ],
  events: [{ at: 0, elapsedMs: 9_000_000, kind: 'stopped', text: 'the process was stopped for 10 s' }],
  hangs: [{ row: 3, signature: 'livelock', count: 1, lastMs: 4_000_000 }],
  sessions: [
    {
      at: 0,
      endedAt: 1,
      pid: 11,
      hostName: 'tower',
      startMs: 0,
      endMs: 9_000_000,
      reason: 'lost',
      version: '0.1.0',
      host: HELD.host,
      counts: {
        slices: 9,
        trials: 4_000_000,
        failures: 101,
        seconds: 60,
        unexpected: 1,
        harnessErrors: 2,
        mostMb: 107,
      },
    },
    {
      at: 2,
      endedAt: null,
      pid: 12,
      hostName: 'tower',
      startMs: null,
      endMs: null,
      reason: null,
      version: null,
      host: null,
      counts: { slices: 0, trials: 0, failures: 0, seconds: 0, unexpected: 0, harnessErrors: 0, mostMb: null },
    },
  ],
  memory: {
    samples: [0, 1, 2, 3].map((i) => ({ session: i >> 1, ms: i * 5_000_000, mb: 100 + i })),
    mostMb: 110,
    mbPerHour: { slope: 0.25, low95: -0.1, high95: 0.5 },
  },
  processorShare: 0.98,
  soakingPid: 12,
};

/** The same with what a page shows beside it. */
export const HISTORY: SoakHistory = {
  soak: SOAK,
  stretches: [1, 2, 3].map((row) => {
    return { row, fromMs: 0, toMs: 300_000, seconds: 30, trials: 1000, failures: row - 1, mb: 90 + row };
  }),
  classes: [],
  bySession: [0, 1].map((session) => ({ row: 2, session, seconds: 10, trials: 500_000, failures: 25 * session })),
  timelines: [
    { row: 3, signature: 'livelock', accesses: 9, switches: 2, svg: '<svg xmlns="http://www.w3.org/2000/svg"/>' },
  ],
  path: 'weekend.db',
};
