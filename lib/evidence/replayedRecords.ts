/**
 * Compares the records of a replay with those of the evidence. Called by lib/harness/replay; reports print the
 * difference.
 */

import { OP, OP_MASK, SPIN, STEP_SHIFT, opName } from '../machine/recorder.js';
import { RECORD_WORDS, type Evidence } from './evidence.js';
import { leavesTrial } from './recordColumn.js';
import type { RecordedTrace } from './recordedTrace.js';
import type { ScriptTurn } from './script.js';

/** A record of a CPU, in words. */
export interface ShownRecord {
  readonly op: string;
  readonly step: string;
  readonly address: number;
  readonly before: number;
  readonly after: number;
}

/** The first place at which a replay differed from the evidence. */
export interface Difference {
  /** The turn, from 0; for a marker, the turn that comes next. */
  readonly turn: number;
  readonly cpu: number;
  /** Index of the record among those of its CPU in the evidence. */
  readonly record: number;
  readonly expected: ShownRecord;
  /** Undefined if the CPU did not get so far. */
  readonly found: ShownRecord | undefined;
}

/**
 * Compares the rings after a replay of these turns with the evidence: each access in its turn, and the markers before it. A
 * replay lets a CPU poll only when it will find what it waits for, so polls in vain are not compared.
 */
export function firstDifference(
  evidence: Evidence,
  trace: RecordedTrace,
  script: readonly ScriptTurn[],
  replayed: readonly (readonly number[])[],
): Difference | undefined {
  const expected = evidence.cpus.map(({ records }, cpu) => comparedRecords(records, lookRecords(trace, cpu)));
  const found = replayed.map((records) => comparedRecords(records, new Set()));
  const next = expected.map(() => 0);
  const compare = (cpu: number, turn: number): Difference | undefined => {
    const at = next[cpu]++;
    const [record, replay] = [expected[cpu][at], found[cpu].at(at)];
    const of = (records: readonly number[], i: number): readonly number[] =>
      records.slice(i * RECORD_WORDS, (i + 1) * RECORD_WORDS);
    const wanted = of(evidence.cpus[cpu].records, record);
    const got = replay === undefined ? undefined : of(replayed[cpu], replay);
    if (got !== undefined && isSame(wanted, got)) return undefined;
    const shown = (r: readonly number[]): ShownRecord => show(r, evidence.steps);
    return { turn, cpu, record, expected: shown(wanted), found: got === undefined ? undefined : shown(got) };
  };
  const used = evidence.cpus.map(() => 0);
  for (const [turn, { cpu, index }] of script.entries()) {
    used[cpu] = index + 1;
    while (expected[cpu][next[cpu]] <= trace.cpus[cpu][index].record) {
      const difference = compare(cpu, turn);
      if (difference !== undefined) return difference;
    }
  }
  // After the last access of a CPU that has reached its end. One whose records were cut may end anywhere, but not by a death.
  for (const [cpu, records] of expected.entries()) {
    if (used[cpu] < trace.cpus[cpu].length) continue;
    const isCut = !hasEnd(evidence.cpus[cpu].records);
    while (next[cpu] < records.length) {
      if (isCut && opOf(evidence.cpus[cpu].records, records[next[cpu]]) !== OP.DIED) {
        next[cpu]++;
        continue;
      }
      const difference = compare(cpu, script.length);
      if (difference !== undefined) return difference;
    }
  }
  return undefined;
}

function opOf(records: readonly number[], record: number): number {
  return records[record * RECORD_WORDS] & OP_MASK;
}

/** Whether the records include the end of an actor. */
function hasEnd(records: readonly number[]): boolean {
  return records.some((head, i) => i % RECORD_WORDS === 0 && (head & OP_MASK) === OP.ACTOR_END);
}

/** Returns the records of polls that have no turn: a replay does not make them. */
function lookRecords(trace: RecordedTrace, cpu: number): ReadonlySet<number> {
  return new Set(trace.cpus[cpu].flatMap(({ turn, record }) => (turn === undefined ? [record] : [])));
}

/**
 * Returns the indexes of the records that a replay makes again. Not among them: polls in vain; a failure that came too late, of
 * a CPU that leaves with the next record; and the entry of an interrupt whose CPU was thrown out directly after it.
 */
function comparedRecords(records: readonly number[], looks: ReadonlySet<number>): number[] {
  const opAt = (i: number): number => (records[i * RECORD_WORDS] ?? 0) & OP_MASK;
  const indexes: number[] = [];
  for (let i = 0; i * RECORD_WORDS < records.length; i++) {
    const [, , before, after] = records.slice(i * RECORD_WORDS, (i + 1) * RECORD_WORDS);
    const leaves = leavesTrial(opAt(i + 1));
    const isLate = opAt(i) === OP.FAILED && before === after && leaves;
    if (!looks.has(i) && !isLate && !(opAt(i) === OP.IRQ_ENTER && leaves)) indexes.push(i);
  }
  return indexes;
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  if ((a[0] & ~SPIN) !== (b[0] & ~SPIN)) return false;
  return a[1] === b[1] && a[2] === b[2] && a[3] === b[3];
}

function show([head, address, before, after]: readonly number[], steps: readonly string[]): ShownRecord {
  return { op: opName(head & OP_MASK), step: steps[(head >>> STEP_SHIFT) - 1] ?? '-', address, before, after };
}
