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

/** The first place at which a replay was not as the evidence has it. */
export interface Difference {
  /** The turn, from 0. */
  readonly turn: number;
  readonly cpu: number;
  /** Index of the record among those of its CPU in the evidence. */
  readonly record: number;
  readonly expected: ShownRecord;
  /** Undefined if the CPU did not come so far. */
  readonly found: ShownRecord | undefined;
}

/** Compares what each turn has left in the rings of a replay with what the evidence has of it. */
export function firstDifference(
  evidence: Evidence,
  trace: RecordedTrace,
  script: readonly ScriptTurn[],
  replayed: readonly (readonly number[])[],
): Difference | undefined {
  const columns = replayed.map(turnRecords);
  const next = columns.map(() => 0);
  for (const [turn, { cpu, index }] of script.entries()) {
    const { record } = trace.cpus[cpu][index];
    const expected = recordAt(evidence.cpus[cpu].records, record);
    const at = columns[cpu][next[cpu]++];
    const found = at === undefined ? undefined : recordAt(replayed[cpu], at);
    if (found !== undefined && isSame(expected, found)) continue;
    const shown = (r: readonly number[]): ShownRecord => show(r, evidence.steps);
    return { turn, cpu, record, expected: shown(expected), found: found === undefined ? undefined : shown(found) };
  }
  return undefined;
}

/** Indexes of the records that stand for a turn each: every access, and the look by which a CPU left for somebody else's failure. */
function turnRecords(records: readonly number[]): number[] {
  const indexes: number[] = [];
  for (let i = 0; i * RECORD_WORDS < records.length; i++) {
    const op = records[i * RECORD_WORDS] & OP_MASK;
    const previous = i === 0 ? 0 : records[(i - 1) * RECORD_WORDS] & OP_MASK;
    if (op < OP.IRQ_ENTER || (leavesTrial(op) && previous !== OP.VERDICT)) indexes.push(i);
  }
  return indexes;
}

function recordAt(records: readonly number[], i: number): readonly number[] {
  return records.slice(i * RECORD_WORDS, (i + 1) * RECORD_WORDS);
}

/** A wait need not be one in a replay, which lets a CPU look only when it will find what it waits for. */
function isSame(a: readonly number[], b: readonly number[]): boolean {
  if ((a[0] & ~SPIN) !== (b[0] & ~SPIN)) return false;
  return (a[0] & OP_MASK) === OP.GAVE_UP || (a[1] === b[1] && a[2] === b[2] && a[3] === b[3]);
}

function show([head, address, before, after]: readonly number[], steps: readonly string[]): ShownRecord {
  return { op: opName(head & OP_MASK), step: steps[(head >>> STEP_SHIFT) - 1] ?? '-', address, before, after };
}
