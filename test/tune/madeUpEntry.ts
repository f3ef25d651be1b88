/** An entry of a tuning file, as `tune` writes one. Used by the tests of such files, here and of a fleet. */
import type { TuningEntry } from '../../lib/tune/tuningFile.js';

export const ENTRY: TuningEntry = {
  race: 'xen-pin',
  variant: 'buggy',
  knobs: { path: 'fork' },
  goal: 'failures',
  settings: {
    cpus: 2,
    machines: 1,
    sync: 'rendezvous',
    round: 64,
    spin: { min: 1000, max: 20_000 },
    phases: { dup_mmap: { min: 0, max: 0 }, shrink_page_list: { min: 640, max: 640 } },
    windows: { W_RO_NOT_PINNED: { min: 1000, max: 1000 } },
  },
  ratio: 6,
  low95: 5.5,
  high95: 6.5,
  pairs: 50,
  budgetMs: 60_000,
  foundAt: '2026-01-01T00:00:00.000Z',
};
