import { DEADLOCK, ORPHANED_LOCK, isTimed } from '../machine/signatures.js';
import { cycleMembers, type Evidence } from './evidence.js';
import type { Edge, Place } from './interleaving/trace.js';
import type { Column } from './recordColumn.js';

/*
 * What decides a verdict is recorded, and the order of a replay must have it in front of the verdict. Most verdicts follow
 * from what their CPU itself has read. Three do not, and get edges here:
 *
 *   DEADLOCK       goes by the members' wait records, with their interrupts, and by the lock words and acknowledgement masks
 *                  that they wait for. A wait record follows from the member's first look, which is recorded; the words
 *                  cannot change while all members wait. Edge: each member's look, and no member is in an interrupt.
 *   ORPHANED LOCK  goes by the lock word, which the waiter's look has, and by the end of its owner's task. Edge: the last
 *                  access of the owner before its end, whose turn it ends in.
 *   the watchdog's go by the time in which nothing ended. Edge: all that the other CPUs did before they were told.
 */

/**
 * Where a deadlock was proved, as far as interrupts go that its members took while they waited: a record does not tell
 * whether they came before the proof or after it, only that no member was in one.
 */
export type ProofPlace = 'after interrupts' | 'before interrupts';

/** The orders that follow from what the verdict goes by. */
export function verdictEdges(evidence: Evidence, columns: readonly Column[], place: ProofPlace): Edge[] {
  const index = columns[evidence.cpu]?.accesses.findIndex(
    ({ address, before, after }) => address === evidence.layout.verdict && before !== after,
  );
  if (index === undefined || index < 0) return [];
  const verdict = { cpu: evidence.cpu, index };
  const others = [...columns.keys()].filter((cpu) => cpu !== evidence.cpu);
  if (evidence.signature === DEADLOCK)
    return cycleMembers(evidence).flatMap((cpu) =>
      cpu === evidence.cpu ? [] : memberEdges(columns, cpu, verdict, place),
    );
  if (evidence.signature === ORPHANED_LOCK) {
    const [, owner] = evidence.detail;
    return edgeFrom(owner, columns[owner]?.died ?? -1, verdict);
  }
  return isTimed(evidence.signature) ? others.flatMap((cpu) => edgeFrom(cpu, columns[cpu].leftBehind, verdict)) : [];
}

function edgeFrom(cpu: number, index: number, to: Place): Edge[] {
  return index < 0 || cpu === to.cpu ? [] : [{ from: { cpu, index }, to }];
}

/** The CPU that proved a deadlock found the member waiting, and not in an interrupt. */
function memberEdges(columns: readonly Column[], cpu: number, to: Place, place: ProofPlace): Edge[] {
  const wait = columns[cpu].givenUp;
  if (wait === undefined) return [];
  const first = { from: { cpu, index: wait.look }, to };
  if (wait.last === wait.look) return [first];
  return place === 'after interrupts'
    ? [{ from: { cpu, index: wait.last }, to }]
    : [first, { from: to, to: { cpu, index: wait.look + 1 } }];
}
