import type { RowTotals } from '../../lib/soak/store.js';

/** Sums of a row that held. */
export const ROW: RowTotals = {
  id: 1,
  key: 'k',
  race: 'r',
  typed: 'r',
  name: 'n',
  variant: 'v',
  knobs: '{}',
  cpus: 2,
  sync: 'rendezvous',
  expected: null,
  weight: 1,
  repeat: 'racehammer run r:v',
  slices: 3,
  spentMs: 1000,
  seconds: 1,
  trials: 1_000_000,
  failures: 0,
  nearMisses: 0,
  harnessErrors: 0,
  provedAtMs: null,
  triedAtMs: 900,
  outcomes: [],
};
