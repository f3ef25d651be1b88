/**
 * Derives the orders that a failure proves and no value does: deadlocks, orphaned locks, the watchdog. Called by
 * recordedTrace.ts.
 */

import { LINES_MAX, OF_ALL } from '../machine/layout.js';
import { DEADLOCK, LOST_WAKE_UP, ORPHANED_LOCK, isTimed } from '../machine/signatures.js';
import { cycleMembers, type Evidence } from './evidence.js';
import type { Access, Edge, Place } from './interleaving/trace.js';
import { placeOfWord } from './places.js';
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
  if (isOfAll(evidence)) return others.flatMap((cpu) => edgesOfOther(evidence, columns, cpu, failure));
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

/** Returns the orders of what another CPU did, of which the proof is about all. */
function edgesOfOther(evidence: Evidence, columns: readonly RecordColumn[], cpu: number, failure: Place): Edge[] {
  const last = lastInTrial(columns[cpu], evidence);
  const stuck = cycleMembers(evidence);
  const senders = [...columns.keys()].filter((one) => !stuck.includes(one));
  const late = stuck.includes(cpu)
    ? earliest(
        senders.map((from) => firstLate(evidence, columns, from, cpu, firstUntaken(evidence, columns, from, stuck))),
      )
    : firstUntaken(evidence, columns, cpu, stuck);
  if (late === NEVER || late > last) return edgeFrom(cpu, last, failure);
  return [...edgeFrom(cpu, late - 1, failure), { from: failure, to: { cpu, index: late } }];
}

const NEVER = Infinity;

function earliest(indexes: readonly number[]): number {
  return Math.min(NEVER, ...indexes);
}

/** Returns the index of the access by which a CPU first interrupts one of others that never takes that; NEVER if there is none. */
function firstUntaken(
  evidence: Evidence,
  columns: readonly RecordColumn[],
  cpu: number,
  others: readonly number[],
): number {
  return earliest(
    others.flatMap((target) =>
      requestsOf(evidence, columns, cpu, target).flatMap(({ sets, takes }) => sets.slice(takes.length)),
    ),
  );
}

/** Returns the index of the access by which a CPU first sees an interrupt that `from` requested at `late` or behind it; NEVER if there is none. */
function firstLate(
  evidence: Evidence,
  columns: readonly RecordColumn[],
  from: number,
  cpu: number,
  late: number,
): number {
  if (late === NEVER) return NEVER;
  return earliest(
    requestsOf(evidence, columns, from, cpu).flatMap(({ sets, takes, seen }) => {
      const early = sets.filter((index) => index < late).length;
      if (early === sets.length) return [];
      const behind = early === 0 ? -1 : (takes[early - 1] ?? NEVER);
      return seen.filter((index) => index > behind).slice(0, 1);
    }),
  );
}

/** What one CPU requests of another by one bit: the accesses that set it, those of the target that take it, and all of the target that see it. */
interface Requests {
  readonly sets: readonly number[];
  readonly takes: readonly number[];
  readonly seen: readonly number[];
}

function requestsOf(evidence: Evidence, columns: readonly RecordColumn[], from: number, to: number): Requests[] {
  const indexes = (cpu: number, bits: Bits, isWanted: (was: boolean, is: boolean) => boolean): number[] =>
    requestedAt(evidence, columns[cpu]).filter((index) => {
      const now = bits(columns[cpu].accesses[index]);
      return now !== null && isWanted(...now);
    });
  const calls: Bits = (access) => callOf(evidence, access, from, to);
  const lines = Array.from(
    { length: LINES_MAX },
    (_, line): Bits =>
      (access) =>
        raisedOf(evidence, access, line, to),
  );
  if (requestedAt(evidence, columns[to]).length === 0 && requestedAt(evidence, columns[from]).length === 0) return [];
  return [calls, ...lines].map((bits) => ({
    sets: indexes(from, bits, (was, is) => !was && is),
    takes: indexes(to, bits, (was, is) => was && !is),
    seen: indexes(to, bits, (was) => was),
  }));
}

/** Accesses of words that request interrupts, by column: records of loops have many others. */
const requested = new WeakMap<RecordColumn, readonly number[]>();

function requestedAt(evidence: Evidence, column: RecordColumn): readonly number[] {
  const known = requested.get(column);
  if (known !== undefined) return known;
  const kinds = new Map<number, boolean>();
  const isRequest = (address: number): boolean => {
    const kind = placeOfWord(evidence, address)?.kind;
    return kind === 'pending' || kind === 'lines';
  };
  const found = column.accesses.flatMap(({ address }, index) => {
    if (!kinds.has(address)) kinds.set(address, isRequest(address));
    return kinds.get(address) === true ? [index] : [];
  });
  requested.set(column, found);
  return found;
}

/** Whether a bit was set before an access, and is behind it; null for accesses of other words. */
type Bits = (access: Access) => readonly [was: boolean, is: boolean] | null;

function callOf(
  evidence: Evidence,
  { address, before, after }: Access,
  from: number,
  to: number,
): readonly [boolean, boolean] | null {
  const place = placeOfWord(evidence, address);
  if (place?.kind !== 'pending' || place.cpu !== to || place.word !== from >>> 5) return null;
  const bit = 1 << (from & 31);
  return [(before & bit) !== 0, (after & bit) !== 0];
}

function raisedOf(
  evidence: Evidence,
  { address, before, after }: Access,
  line: number,
  on: number,
): readonly [boolean, boolean] | null {
  const place = placeOfWord(evidence, address);
  if (place?.kind !== 'lines' || place.cpu !== on) return null;
  // A word of an earlier trial may have had other lines.
  const isNew = before >>> LINES_MAX !== after >>> LINES_MAX;
  return [!isNew && (before & (1 << line)) !== 0, (after & (1 << line)) !== 0];
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
