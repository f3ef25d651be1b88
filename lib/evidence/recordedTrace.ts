/**
 * Makes a trace for the search from the records of a failed trial. Called by explain.ts and reduce.ts, by replays, and
 * when evidence is made or checked.
 */

import { OP, OP_MASK } from '../machine/recorder.js';
import { ACTOR_THREW, MISUSES, isTimed } from '../machine/signatures.js';
import { RECORD_WORDS, type Evidence } from './evidence.js';
import type { Trace } from './interleaving/trace.js';
import { bufferAt, isOffer, readyTaskAt } from './places.js';
import { migrationEdges } from './migrationEdges.js';
import { readColumn, type RecordedAccess } from './recordColumn.js';
import { proofEdges, type ProofPlace } from './proofEdges.js';

/** The records of a failed trial, ready for the search. */
export interface RecordedTrace extends Trace {
  readonly cpus: readonly (readonly RecordedAccess[])[];
}

/** Says why a trial cannot be reconstructed; undefined if it can be tried. */
export function whyNotReconstructible(evidence: Evidence): string | undefined {
  if (evidence.sync !== 'rendezvous')
    return `the CPUs of a ${evidence.sync} run do not meet before each trial, so the records of several trials mix`;
  const lost = evidence.cpus.findIndex(({ written, records }) => written > records.length / RECORD_WORDS);
  if (lost >= 0) {
    const { written, records } = evidence.cpus[lost];
    return `the ring of CPU ${lost} overflowed: the first ${written - records.length / RECORD_WORDS} of ${written} records are lost`;
  }
  const left = evidence.cpus.findIndex(({ records }) => hasOp(records, OP.LEFT_LOOP));
  if (left >= 0)
    return `CPU ${left} read the same words again and again, and then gave up by itself: how often it read them was not recorded`;
  return failsWhereItComes(evidence.signature) || evidence.cpus.some(({ records }) => hasAccess(records))
    ? undefined
    : notRecorded('the records have no access');
}

/** Returns the message about a race that bypasses the machine's instructions. `what` is the evidence of it. */
export function notRecorded(what: string): string {
  return `not recorded: ${what}; an access to cpu.mem without an instruction of the machine leaves no record`;
}

/** Whether a failure needs no access in front of it: what no CPU can do, or an exception. */
function failsWhereItComes(signature: string): boolean {
  return signature === ACTOR_THREW || MISUSES.includes(signature);
}

function hasOp(records: readonly number[], op: number): boolean {
  return records.some((head, i) => i % RECORD_WORDS === 0 && (head & OP_MASK) === op);
}

/** Whether anything besides a failure and markers is recorded. */
function hasAccess(records: readonly number[]): boolean {
  return records.some((head, i) => i % RECORD_WORDS === 0 && (head & OP_MASK) < OP.FAILED);
}

/** Returns the accesses of a failed trial, with the orders that its markers prove. */
export function traceOf(evidence: Evidence, proof: ProofPlace = 'after interrupts'): RecordedTrace {
  const failure = {
    address: evidence.layout.verdict,
    outcome: outcomeOf(evidence),
    isTold: isTimed(evidence.signature),
  };
  const columns = evidence.cpus.map(({ records }, cpu) =>
    readColumn(records, failure, bufferAt(evidence, cpu), (address) => readyTaskAt(evidence, address)),
  );
  const cpus = columns.map((column) => column.accesses);
  return {
    cpus,
    initial: new Map(evidence.initial),
    edges: [...migrationEdges(cpus, (address) => isOffer(evidence, address)), ...proofEdges(evidence, columns, proof)],
  };
}

/** Returns what the word of the outcome held from the failure on. 0 if no CPU recorded it: then the records contradict themselves. */
function outcomeOf(evidence: Evidence): number {
  for (const { records } of evidence.cpus) {
    for (let i = 0; i < records.length; i += RECORD_WORDS)
      if ((records[i] & OP_MASK) === OP.FAILED && records[i + 2] === 0) return records[i + 3];
  }
  return 0;
}
