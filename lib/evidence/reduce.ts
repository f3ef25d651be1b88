/** Reduces the evidence of a failure to the accesses that it needs. Called by `replay --reduce`. */

import { RECORD_WORDS, type Evidence } from './evidence.js';
import type { Explained } from './explain.js';
import { reconstruct } from './interleaving/reconstruct.js';
import type { Interleaving, SearchBounds } from './interleaving/trace.js';
import { leavesTrial } from './recordColumn.js';
import type { RecordedTrace } from './recordedTrace.js';
import { scriptOf } from './script.js';
import { OP, OP_MASK } from '../machine/recorder.js';

/** A failure without the accesses that it does not need. */
export interface Reduced {
  readonly evidence: Evidence;
  readonly explained: Explained;
}

const BOUNDS: SearchBounds = Object.freeze({ exact: 3000, weighted: 3000, any: 20_000 });

/**
 * Returns the same failure with fewer accesses. What follows the failure is cut off, and each other CPU ends as early as
 * possible, some before their first access. Every access that is left reads what it read before, so the code does what it
 * did, up to the same failure. Returns undefined if the records lack the trial's failure.
 */
export function reduceEvidence(evidence: Evidence, explained: Explained): Reduced | undefined {
  const { trace, interleaving } = explained;
  const { verdict } = evidence.layout;
  const failed = trace.cpus[evidence.cpu].findIndex(
    ({ address, before, after }) => address === verdict && before !== after,
  );
  if (failed < 0) return undefined;
  const lengths = lengthsUpTo(interleaving.order, evidence.cpu, failed);
  for (const cpu of lengths.keys()) if (cpu !== evidence.cpu) shorten(trace, lengths, cpu);
  const left = cut(trace, lengths);
  const answer = reconstruct(left);
  if (!answer.found) return undefined;
  return {
    evidence: cutEvidence(evidence, left),
    explained: { trace: left, interleaving: answer, script: scriptOf(left, answer.order) },
  };
}

/** Returns the number of accesses of each CPU up to access `index` of one of them. */
function lengthsUpTo(order: readonly number[], cpu: number, index: number): number[] {
  const lengths: number[] = [];
  for (const c of order) {
    lengths[c] = (lengths[c] ?? 0) + 1;
    if (c === cpu && lengths[c] > index) break;
  }
  return Array.from({ length: Math.max(...order) + 1 }, (_, c) => lengths[c] ?? 0);
}

/** Cuts as much of a CPU's end as possible: all of it if that works, otherwise ever smaller parts. */
function shorten(trace: RecordedTrace, lengths: number[], cpu: number): void {
  for (let part = lengths[cpu]; part >= 1;) {
    const shorter = lengths.with(cpu, lengths[cpu] - part);
    if (part <= lengths[cpu] && isPossible(trace, shorter)) lengths[cpu] -= part;
    else part = part >> 1;
  }
}

function isPossible(trace: RecordedTrace, lengths: readonly number[]): boolean {
  const needed = trace.edges.every(({ from, to }) => to.index >= lengths[to.cpu] || from.index < lengths[from.cpu]);
  const answer: Interleaving | undefined = needed ? reconstruct(cut(trace, lengths), BOUNDS) : undefined;
  return answer?.found === true;
}

function cut(trace: RecordedTrace, lengths: readonly number[]): RecordedTrace {
  return {
    cpus: trace.cpus.map((accesses, cpu) => accesses.slice(0, lengths[cpu])),
    initial: trace.initial,
    edges: trace.edges.filter(({ from, to }) => from.index < lengths[from.cpu] && to.index < lengths[to.cpu]),
  };
}

/** Returns evidence of what is left, with the windows and the death that follow a CPU's last access. */
function cutEvidence(evidence: Evidence, trace: RecordedTrace): Evidence {
  const cpus = evidence.cpus.map((column, cpu) => {
    const last = trace.cpus[cpu].at(-1);
    let end = last === undefined ? 0 : last.record + 1;
    const opAt = (record: number): number => (column.records[record * RECORD_WORDS] ?? 0) & OP_MASK;
    // The CPU that proved a deadlock gives up in the same turn.
    const goesAlong = (record: number): boolean =>
      opAt(record) === OP.WINDOW ||
      opAt(record) === OP.DIED ||
      (leavesTrial(opAt(record)) && opAt(record - 1) === OP.FAILED);
    while (end > 0 && goesAlong(end)) end++;
    return { ...column, written: end, records: column.records.slice(0, end * RECORD_WORDS) };
  });
  const touched = new Set(trace.cpus.flat().map(({ address }) => address));
  return {
    ...evidence,
    cpus,
    initial: evidence.initial.filter(([address]) => touched.has(address)),
    names: evidence.names.filter(([address]) => touched.has(address) || evidence.unrecorded.includes(address)),
  };
}
