/**
 * Proves deadlocks, orphaned locks and lost wake-ups. Called on a waiting CPU's thread by lock.ts, ipi.ts, waitOn.ts and nmi.ts, and on the host
 * by lib/harness/watch/accuser.ts.
 */

import { blockOf, type Cpu } from './cpu.js';
import { accuse } from './claim.js';
import { hasAmong } from './heldLocks.js';
import { CPU, OF_ALL } from './layout.js';
import { lockOwner, lockWordSeen } from './lockWord.js';
import { noteProof, noteStandstill } from './proofTime.js';
import { DEADLOCK, LOST_WAKE_UP, ORPHANED_LOCK } from './signatures.js';
import { mayStand, provenStandstill } from './standstill.js';
import { FOUND, orphanedLock } from './stuckCycle.js';
import { ACTIVITY, abandon, failFrom, failureOutcome, outcomeTag } from './outcome.js';
import { WAIT, waitKind, waitObject, waitsWithIrqsOff } from './wait.js';
import type { WalkPath } from './walkPath.js';
import type { Walker } from './walker.js';

/**
 * Looks for a wait-for cycle through this CPU and proves it by reading it twice; for an owner of the lock it waits for
 * that has exited; and, where some wait for words, whether nobody can go on (standstill.ts).
 *
 * Edges: a CPU that waits for a lock waits for its owner; a CPU that waits for acknowledgements waits for every CPU that
 * has not given its own, cannot take interrupts and waits itself. The first pass remembers each wait record with its
 * sequence number; the second finds them and their edges unchanged. So at one instant between the passes all members
 * were in these waits at once; none can be the first to leave, since what it waits for comes only after the next has left.
 * Returns true if the trial is over: the cycle is proved here, or the trial has failed otherwise.
 */
export function findCycle(cpu: Cpu): boolean {
  const outcome = Atomics.load(cpu.mem, cpu.outcome);
  if (outcome !== 0 && outcomeTag(outcome) === cpu.trialTag) return true;
  const start = provenCycle(cpu, cpu.id);
  if (start < 0) return findOrphan(cpu, outcome) || (mayStand(cpu) && findStandstill(cpu, outcome));
  cpu.hasProved = true;
  describeOwnCycle(cpu, start);
  accuse(cpu, failureOutcome(cpu, DEADLOCK), cpu.path, start);
  // Before the outcome: ringing those who sleep takes longer than all the rest.
  const provedAt = cpu.clock === null ? 0 : cpu.clock();
  if (failFrom(cpu, outcome, DEADLOCK, 'DEADLOCK: a cycle in which each waits for the next'))
    noteProof(cpu, start, provedAt);
  return true;
}

/** Fills the CPU's details as `describeCycle` does; those of most cycles are few. */
function describeOwnCycle(cpu: Cpu, start: number): void {
  const { members, length } = cpu.path;
  if (length - start === 2) cpu.fillDetail(2, members[start], members[start + 1], 0);
  else describeCycle(cpu.path, start, cpu.detail);
}

/** Looks whether this CPU waits for ever where some wait for words; fails the trial as a deadlock, or as a lost wake-up. */
function findStandstill(cpu: Cpu, outcome: number): boolean {
  const found = provenStandstill(cpu, cpu.id);
  if (found === FOUND.NOTHING) return false;
  const { path, detail } = cpu;
  describeStandstill(cpu, found, detail);
  const signature = signatureOf(found);
  accuse(cpu, failureOutcome(cpu, signature), path, path.start);
  const provedAt = cpu.clock === null ? 0 : cpu.clock();
  if (failFrom(cpu, outcome, signature, STANDSTILL_WORDS[signature])) noteStandstill(cpu, provedAt);
  return true;
}

/**
 * Returns what CPU `from` would fail the trial as, in the order in which `findCycle` looks; null if nothing is proved. The walker's path
 * holds the proof from `walker.path.start` on.
 */
export function provenSignature(walker: Walker, from: number): StandstillSignature | null {
  const { path } = walker;
  path.start = provenCycle(walker, from);
  if (path.start >= 0) return DEADLOCK;
  const wait = waitOf(walker, from);
  if (waitKind(wait) === WAIT.LOCK && exitedOwner(walker, waitObject(wait)) >= 0) return ORPHANED_LOCK;
  const found = provenStandstill(walker, from);
  return found === FOUND.NOTHING ? null : signatureOf(found);
}

/** Returns the signature of what standstill.ts has found. */
export function signatureOf(found: number): StandstillSignature {
  if (found === FOUND.ORPHAN) return ORPHANED_LOCK;
  return found === FOUND.CYCLE ? DEADLOCK : LOST_WAKE_UP;
}

type StandstillSignature = keyof typeof STANDSTILL_WORDS;

const ORPHANED_WORDS = 'ORPHANED LOCK: its owner has ended';
const STANDSTILL_WORDS = {
  [DEADLOCK]: 'DEADLOCK: a cycle in which each waits for the next',
  [LOST_WAKE_UP]: 'LOST WAKE-UP: nobody who is left will store the word that is waited for',
  [ORPHANED_LOCK]: ORPHANED_WORDS,
} as const;

/** Walks from CPU `from`; index on the path where a cycle begins that both passes saw, or -1. */
export function provenCycle(walker: Walker, from: number): number {
  walker.path.clear(walker.places);
  const start = search(walker, from);
  return start >= 0 && unchanged(walker, start) ? start : -1;
}

/**
 * Looks for an owner that has exited: such a CPU releases nothing more in this trial. One that died of a failure needs
 * no such proof: the trial has its outcome.
 */
function findOrphan(cpu: Cpu, outcome: number): boolean {
  const { mem } = cpu;
  const wait = mem[cpu.wait];
  if (waitKind(wait) !== WAIT.LOCK) return false;
  const lock = waitObject(wait);
  const owner = exitedOwner(cpu, lock);
  if (owner < 0) return false;
  accuseAlone(cpu, ORPHANED_LOCK, lock);
  cpu.fillDetail(lock, owner, 0, 0);
  failFrom(cpu, outcome, ORPHANED_LOCK, ORPHANED_WORDS);
  return true;
}

/**
 * Returns the owner of a lock if that is a task which has exited, or -1: a handler of its CPU may take locks behind that, and releases
 * them. The word may be anything: the race may have stored over it.
 */
export function exitedOwner(walker: Pick<Walker, 'mem' | 'map'>, lock: number): number {
  if (lock >= walker.mem.length) return -1;
  const owner = lockOwner(Atomics.load(walker.mem, lock));
  if (owner < 0 || owner >= walker.map.shape.cpus) return -1;
  const block = blockOf(walker.map, owner);
  if (walker.mem[block + CPU.activity] !== ACTIVITY.EXITED) return -1;
  return hasAmong(walker.mem, block, walker.mem[block + CPU.exitedWith], lock) ? owner : -1;
}

/** Fails the trial of a CPU that waits for a lock that it holds itself. No walk is needed: the CPU alone is the cycle. */
export function proveSelfDeadlock(cpu: Cpu, lock: number): never {
  cpu.fillDetail(1, cpu.id, 0, 0);
  accuseAlone(cpu, DEADLOCK, lock);
  const seen = Atomics.load(cpu.mem, cpu.outcome);
  failFrom(cpu, seen, DEADLOCK, 'DEADLOCK: a CPU waits for a lock that it holds');
  return abandon(cpu, lock);
}

/** Searches depth first from CPU `c`; returns the index on the path where the cycle begins, or -1. */
function search(walker: Walker, c: number): number {
  const { path } = walker;
  const met = path.indexOf(c);
  if (met >= 0 || path.seen[c]) return met;
  path.seen[c] = true;
  const wait = waitOf(walker, c);
  const kind = waitKind(wait);
  // From a wait for a word there may be many edges (standstill.ts).
  if (kind === WAIT.RUN || kind === WAIT.WORD) return -1;
  path.push(c, wait);
  const start = kind === WAIT.LOCK ? searchThroughLock(walker, c, waitObject(wait)) : searchThroughAcks(walker, c);
  if (start < 0) path.length--;
  return start;
}

/**
 * Searches on from the owner of a lock that `c` waits for. The race may have stored over the word, or over the wait. A
 * lock that `c` holds itself is one that it has just taken, with the wait not yet withdrawn: no edge.
 */
function searchThroughLock(walker: Walker, c: number, lock: number): number {
  if (lock >= walker.mem.length) return -1;
  const word = Atomics.load(walker.mem, lock);
  const owner = lockOwner(word);
  if (owner < 0 || owner >= walker.places || owner === c) return -1;
  walker.path.edges[walker.path.length - 1] = word;
  return search(walker, owner);
}

function searchThroughAcks(walker: Walker, c: number): number {
  for (let t = 0; t < walker.places; t++) {
    if (!owesAck(walker, t, c)) continue;
    const wait = waitOf(walker, t);
    if (!waitsWithIrqsOff(wait) || waitKind(wait) === WAIT.RUN) continue;
    walker.path.edges[walker.path.length - 1] = t;
    const start = search(walker, t);
    if (start >= 0) return start;
  }
  return -1;
}

/** Whether a second pass, over the cycle alone, finds it unchanged. */
function unchanged(walker: Walker, start: number): boolean {
  const { path } = walker;
  for (let i = start; i < path.length; i++) {
    const wait = waitOf(walker, path.members[i]);
    if (wait !== path.records[i]) return false;
    if (waitKind(wait) === WAIT.LOCK) {
      if (lockWordSeen(Atomics.load(walker.mem, waitObject(wait))) !== lockWordSeen(path.edges[i])) return false;
    } else if (!owesAck(walker, path.edges[i], path.members[i])) return false;
  }
  return true;
}

/** Fills a failure's details: number of members, then the members in order of waiting. */
export function describeCycle(path: WalkPath, start: number, detail: number[]): void {
  detail.fill(0);
  detail[0] = path.length - start;
  for (let i = start; i < path.length && i - start + 1 < OF_ALL; i++) detail[i - start + 1] = path.members[i];
}

/**
 * Fills the details of what standstill.ts has found: of a deadlock as `describeCycle`, of a lost wake-up the word, and the
 * CPU that waits for it; of an orphaned lock the word, and the CPU whose task had it.
 */
export function describeStandstill(
  { mem, map, path, mailboxes }: Pick<Walker, 'mem' | 'map' | 'path' | 'mailboxes'>,
  found: number,
  detail: number[],
): void {
  if (found === FOUND.CYCLE) describeCycle(path, path.start, detail);
  else {
    detail.fill(0);
    const record = path.records[0];
    const waiter = path.members[0];
    const edge = path.edges[0];
    const isCall = waitKind(record) === WAIT.ACK;
    detail[0] = isCall ? mailboxes.unackedAt(waiter, edge >>> 5) : waitObject(record);
    if (found === FOUND.ORPHAN) detail[0] = orphanedLock(mem, map, waiter, edge);
    detail[1] = found === FOUND.ORPHAN ? edge : waiter;
    // Of a call that was lost, who should have answered it.
    detail[2] = isCall ? edge + 1 : 0;
  }
  detail[OF_ALL] = 1;
}

/** Makes the CPU accuse itself of its wait for a lock. */
function accuseAlone(cpu: Cpu, signature: string, lock: number): void {
  const { path } = cpu;
  path.clear(cpu.places);
  path.push(cpu.id, waitOf(cpu, cpu.id));
  path.edges[0] = Atomics.load(cpu.mem, lock);
  accuse(cpu, failureOutcome(cpu, signature), path, 0);
}

function waitOf(walker: Walker, c: number): number {
  return Atomics.load(walker.mem, blockOf(walker.map, c) + CPU.wait);
}

function owesAck(walker: Walker, receiver: number, sender: number): boolean {
  return (walker.mailboxes.unacked(sender, receiver >>> 5) & (1 << (receiver & 31))) !== 0;
}
