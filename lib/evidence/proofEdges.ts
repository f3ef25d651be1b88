/**
 * Derives the orders that a failure proves and no value does: deadlocks, orphaned locks, the watchdog. Called by
 * recordedTrace.ts.
 */

import { OF_ALL } from '../machine/layout.js';
import { DEADLOCK, LOST_WAKE_UP, ORPHANED_LOCK, isTimed } from '../machine/signatures.js';
import { cycleMembers, type Evidence } from './evidence.js';
import type { Edge, Place } from './interleaving/trace.js';
import { LateInterrupts } from './lateInterrupts.js';
import type { RecordColumn } from './recordColumn.js';

/*
 * What a failure depends on is recorded, and a replay must do it before the failure. Most failures follow from what their own
 * CPU has read. Four do not, and get edges here:
 *
 *   DEADLOCK       depends on the members' wait records, with their interrupts, and on the lock words and acknowledgement
 *                  masks that they wait for. A wait record follows from the member's first poll, which is recorded; the words
 *                  cannot change while all members wait. Edge: each member's poll, and no member is in an interrupt.
 *   ORPHANED LOCK  depends on the lock word, which the waiter's poll has read, and on the end of its owner's task. Edge: the
 *                  last access of the owner before its end, in whose turn it ends.
 *   LOST WAKE-UP, and a DEADLOCK or ORPHANED LOCK in which one waits for a word, depend on what every CPU did: who has ended, who waits. No CPU
 *                  that the proof is about makes an access behind it, and what others do there changes nothing. Edge: all
 *                  that each other CPU did before it read the outcome; but an interrupt that one of the stuck has not taken was
 *                  requested behind the proof: until it is taken nobody stands.
 *   the watchdog's depend on the time in which nothing ended. Edge: all that the other CPUs did before they were stopped.
 */

/**
 * When a deadlock was proved, relative to the interrupts that its members took while they waited. The records do not say
 * whether these came before or after the proof, only that no member was in one.
 */
export type ProofPlace = 'after interrupts' | 'before interrupts';

/** Returns the orders that follow from what the failure depends on. */
export function proofEdges(evidence: Evidence, columns: readonly RecordColumn[], place: ProofPlace): Edge[] {
  const index = columns[evidence.cpu]?.accesses.findIndex(
    ({ address, before, after }) => address === evidence.layout.verdict && before !== after,
  );
  if (index === undefined || index < 0) return [];
  const failure = { cpu: evidence.cpu, index };
  const others = [...columns.keys()].filter((cpu) => cpu !== evidence.cpu);
  if (isOfAll(evidence)) return edgesOfAll(evidence, columns, others, failure);
  if (evidence.signature === DEADLOCK)
    return cycleMembers(evidence).flatMap((cpu) =>
      cpu === evidence.cpu ? [] : memberEdges(columns, cpu, failure, place),
    );
  if (evidence.signature === ORPHANED_LOCK) {
    const [, owner] = evidence.detail;
    return edgeFrom(owner, columns[owner]?.died ?? -1, failure);
  }
  return isTimed(evidence.signature) ? others.flatMap((cpu) => edgeFrom(cpu, columns[cpu].leftBehind, failure)) : [];
}

/** Whether the proof is about all CPUs (standstill.ts). */
function isOfAll({ signature, detail }: Evidence): boolean {
  const may = signature === DEADLOCK || signature === ORPHANED_LOCK;
  return signature === LOST_WAKE_UP || (may && detail[OF_ALL] === 1);
}

/** Returns the CPUs that wait for ever by such a proof, as far as the failure names them: the one that gave it is among them. */
function stuckIn({ signature, cpu, detail }: Evidence): number[] {
  const named = signature === DEADLOCK ? cycleMembers({ detail }) : signature === LOST_WAKE_UP ? [detail[1]] : [];
  return [...new Set([cpu, ...named])];
}

/** Returns the orders of what the other CPUs did, where the proof is about all of them. */
function edgesOfAll(
  evidence: Evidence,
  columns: readonly RecordColumn[],
  others: readonly number[],
  to: Place,
): Edge[] {
  const accesses = columns.map((column) => column.accesses);
  const late = new LateInterrupts(evidence, accesses, stuckIn(evidence));
  return others.flatMap((cpu) => {
    const last = lastInTrial(columns[cpu], evidence);
    const first = late.firstOf(cpu);
    if (first > last) return edgeFrom(cpu, last, to);
    return [...edgeFrom(cpu, first - 1, to), { from: to, to: { cpu, index: first } }];
  });
}

/** Returns the index of a CPU's last access before it read the outcome; -1 if there is none. */
function lastInTrial({ accesses }: RecordColumn, { layout }: Evidence): number {
  const read = accesses.findIndex(({ address }) => address === layout.verdict);
  return (read < 0 ? accesses.length : read) - 1;
}

function edgeFrom(cpu: number, index: number, to: Place): Edge[] {
  return index < 0 || cpu === to.cpu ? [] : [{ from: { cpu, index }, to }];
}

/** Returns the edges of one member: the CPU that proved the deadlock found it waiting, and not in an interrupt. */
function memberEdges(columns: readonly RecordColumn[], cpu: number, to: Place, place: ProofPlace): Edge[] {
  const wait = columns[cpu].givenUp;
  if (wait === undefined) return [];
  const first = { from: { cpu, index: wait.look }, to };
  if (wait.last === wait.look) return [first];
  return place === 'after interrupts'
    ? [{ from: { cpu, index: wait.last }, to }]
    : [first, { from: to, to: { cpu, index: wait.look + 1 } }];
}
