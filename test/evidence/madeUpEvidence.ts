/** Evidence of a trial that never was: records written by hand, word indexes small. */
import type { Evidence } from '../../lib/evidence/evidence.js';
import { OP, STEP_SHIFT } from '../../lib/machine/recorder.js';

/** operation, word, before, after; flags with the operation. */
export type MadeUpRecord = readonly [op: number, address?: number, before?: number, after?: number];

export const VERDICT = 7;
export const OFFER = 9;
/** CPU 1 fails with signature 0. */
export const OUTCOME = (1 << 6) | 1;

export function madeUp(columns: readonly (readonly MadeUpRecord[])[], more: Partial<Evidence> = {}): Evidence {
  return {
    race: 'made-up',
    target: 'made-up',
    source: '0'.repeat(64),
    variant: 'buggy',
    knobs: {},
    sync: 'rendezvous',
    seed: 1,
    machine: 0,
    round: 64,
    trial: 12,
    instance: 100,
    signature: 'bang',
    cpu: 1,
    message: 'a table is both',
    detail: [],
    cpus: columns.map((records, id) => ({
      actor: `actor${id}`,
      comm: `task${id}`,
      chance: 0,
      written: records.length,
      records: records.flatMap(([op, address = 0, before = 0, after = 0]) => [
        op | ((id + 1) << STEP_SHIFT),
        address,
        before,
        after,
      ]),
    })),
    initial: [],
    unrecorded: [],
    names: [
      [1, 'lock'],
      [2, 'flag'],
      [3, 'word'],
    ],
    steps: ['A1', 'B1', 'C1'],
    windows: ['W_OPEN'],
    handlers: ['handle'],
    layout: {
      instances: 0,
      instanceStride: 0,
      mailboxes: 0,
      cpus: 0,
      cpuStride: 0,
      percpu: 0,
      percpuStride: 0,
      migration: OFFER,
      verdict: VERDICT,
    },
    versions: { racehammer: '0.0.0', node: 'v20.0.0' },
    ...more,
  };
}

/** CPU 0 stores with a window open and stores again; CPU 1 finds the first value, and fails. */
export function windowRace(): Evidence {
  return madeUp([
    [
      [OP.WRITE, 2, 0, 1],
      [OP.WINDOW, 0, 0, 1],
      [OP.WRITE, 3, 0, 5],
      [OP.WRITE, 2, 1, 2],
      [OP.WINDOW, 0, 1, 0],
      [OP.ACTOR_END],
    ],
    [[OP.READ, 2, 1, 1], [OP.READ, 3, 5, 5], [OP.VERDICT, VERDICT, 0, OUTCOME], [OP.DIED], [OP.ACTOR_END]],
  ]);
}
