/**
 * Puts reads back that the records of a trial leave out as those of a loop (lib/js/repeats.ts). Called by lib/harness/replay/prove.ts where a
 * replay has made such reads and the evidence has none: code that counts its looks makes as many each time.
 */

import { REPEATED_READS_MAX, opName } from '../machine/recorder.js';
import { RECORD_WORDS, type Evidence } from './evidence.js';
import type { Difference } from './replayedRecords.js';

/** A row of reads in the records of a CPU, behind which more were made. */
export interface RepeatedRow {
  readonly cpu: number;
  /** The record in front of which they belong, and how many of those in front of it are an iteration. */
  readonly record: number;
  readonly period: number;
}

/** Returns the row that a replay has gone on with, where the evidence has something else; undefined if it differs otherwise. */
export function rowGoneOnWith(evidence: Evidence, difference: Difference): RepeatedRow | undefined {
  const { cpu, record, found } = difference;
  if (found === undefined || found.before !== found.after) return undefined;
  const { records } = evidence.cpus[cpu];
  const wordsOf = (i: number): readonly number[] => records.slice(i * RECORD_WORDS, (i + 1) * RECORD_WORDS);
  const isRead = (i: number): boolean => {
    const [, , before, after] = wordsOf(i);
    return before === after;
  };
  for (let period = 1; period <= Math.min(REPEATED_READS_MAX, record); period++) {
    const [head, address, before] = wordsOf(record - period);
    if (!isRead(record - period)) return undefined;
    if (opName(head) === found.op && address === found.address && before === found.before)
      return { cpu, record, period };
  }
  return undefined;
}

/** Returns the evidence with so many more reads in a row. */
export function withReads(evidence: Evidence, { cpu, record, period }: RepeatedRow, count: number): Evidence {
  const at = record * RECORD_WORDS;
  const cpus = evidence.cpus.map((one, c) => {
    if (c !== cpu) return one;
    const iteration = one.records.slice(at - period * RECORD_WORDS, at);
    const more = Array.from({ length: count * RECORD_WORDS }, (_, i) => iteration[i % iteration.length]);
    const records = [...one.records.slice(0, at), ...more, ...one.records.slice(at)];
    return { ...one, written: one.written + count, records };
  });
  return { ...evidence, cpus };
}
