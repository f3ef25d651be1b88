/**
 * Where a snapshot keeps each thing. map.ts reserves the words, snapshot.ts fills them, snapshotView.ts reads them.
 */

import { LINE_WORDS, Mailboxes, roundUp } from '../sharedarraybuffer-utils/index.js';
import { FAILURE } from './layout.js';

/** The strides that decide where a snapshot keeps what; a MachineMap has them. */
export interface Strides {
  readonly shape: { readonly cpus: number };
  readonly instanceStride: number;
  readonly cpuStride: number;
  readonly percpuStride: number;
  readonly ringStride: number;
}

/** Word index of each part, relative to the start of the snapshot. */
export interface SnapshotMap {
  readonly failure: number;
  readonly instance: number;
  readonly mailboxes: number;
  readonly cpus: number;
  readonly percpu: number;
  readonly rings: number;
}

export function mapSnapshot(from: Strides): SnapshotMap {
  const { cpus: count } = from.shape;
  const failure = 0;
  const instance = failure + roundUp(FAILURE.WORDS, LINE_WORDS);
  const mailboxes = instance + from.instanceStride;
  const cpus = mailboxes + Mailboxes.words(count);
  const percpu = cpus + count * from.cpuStride;
  const rings = percpu + count * from.percpuStride;
  return { failure, instance, mailboxes, cpus, percpu, rings };
}

/** Returns the number of words of one snapshot. */
export function snapshotWords(from: Strides): number {
  return mapSnapshot(from).rings + from.shape.cpus * from.ringStride;
}
