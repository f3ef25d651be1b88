/** Evidence of a trial that never was: records written by hand, word indexes small. */
import type { Evidence, EvidenceLayout } from '../../lib/evidence/evidence.js';
import { traceOf } from '../../lib/evidence/recordedTrace.js';
import { CPU, HEADER } from '../../lib/machine/layout.js';
import { outcomeWord } from '../../lib/machine/outcomeWord.js';
import { OP, STEP_SHIFT } from '../../lib/machine/recorder.js';
import { LINE_WORDS, Mailboxes } from '../../lib/sharedarraybuffer-utils/index.js';

/** operation, word, before, after; flags with the operation. */
export type MadeUpRecord = readonly [op: number, address?: number, before?: number, after?: number];

export const FAILED = 7;
export const OFFER = 9;
/** CPU 1 fails with signature 0. */
export const OUTCOME = outcomeWord(0, 1, 0);

const NAMES: Readonly<Record<number, string>> = { 1: 'lock', 2: 'flag', 3: 'word' };

/** A machine with one instance of a line, at the beginning. */
const MAILBOXES = LINE_WORDS;
const CPUS = MAILBOXES + Mailboxes.words(64);
const LAYOUT: EvidenceLayout = {
  instances: 0,
  instanceStride: LINE_WORDS,
  mailboxes: MAILBOXES,
  cpus: CPUS,
  cpuStride: CPU.WORDS,
  percpu: CPUS + 64 * CPU.WORDS,
  percpuStride: LINE_WORDS,
  migration: OFFER,
  verdict: FAILED,
};

export function madeUp(columns: readonly (readonly MadeUpRecord[])[], more: Partial<Evidence> = {}): Evidence {
  const bare: Evidence = {
    race: 'made-up',
    target: 'made-up',
    source: '0'.repeat(64),
    variant: 'buggy',
    knobs: {},
    memory: 'sc',
    sync: 'rendezvous',
    seed: 1,
    machine: 0,
    round: 64,
    trial: 12,
    instance: HEADER.WORDS,
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
    names: [],
    steps: ['A1', 'B1', 'C1'],
    windows: ['W_OPEN'],
    handlers: ['handle'],
    layout: LAYOUT,
    versions: { racehammer: '0.0.0', node: 'v20.0.0' },
  };
  const touched = [...new Set(traceOf(bare).cpus.flatMap((accesses) => accesses.map(({ address }) => address)))];
  return {
    ...bare,
    initial: touched.map((address) => [address, 0]),
    names: touched.map((address) => [address, NAMES[address] ?? `word ${address}`]),
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
    [[OP.READ, 2, 1, 1], [OP.READ, 3, 5, 5], [OP.FAILED, FAILED, 0, OUTCOME], [OP.DIED], [OP.ACTOR_END]],
  ]);
}
