/**
 * Says how those stand that wait for ever: in a cycle, for what nobody will store, or for what one has left locked. Called by
 * standstill.ts, which has found who they are.
 *
 * Who waits for a lock, an answer or a holder waits for one CPU, and so does who names
 * whom it waits for; any other word may have been meant to come from anybody. A cycle of such words alone is one if nobody has ended: then
 * each waits for one that waits. If somebody has, it may be the one that should have stored a word and has not, as where a lock
 * is not handed on and others wait behind who should have got it: that is a lost wake-up.
 */

import { blockOf } from './cpu.js';
import { CONDITION_IS, conditionIs, mayProvide, readsAlso, standForSame } from './condition.js';
import { CONDITION, CPU, CSD, HELD, HELD_MAX } from './layout.js';
import { lockOwner } from './lockWord.js';
import type { MachineMap } from './map.js';
import { runningThread } from './migration.js';
import { storedItself } from './ownStores.js';
import { DOES } from './standing.js';
import { WAIT, waitKind, waitObject } from './wait.js';
import type { Walker } from './walker.js';

/** What was proved of the CPU that a look began at. */
export const FOUND = Object.freeze({ NOTHING: 0, CYCLE: 1, LOST: 2, ORPHAN: 3 } as const);

/**
 * Says how CPU `from`, which waits for ever, stands. The walker's path holds the cycle from `walker.path.start` on, or the one
 * CPU that waits for what nobody will provide.
 */
export function howItStands(walker: Walker, from: number): number {
  const { standing, path, places } = walker;
  path.clear(places);
  path.backToFirst = false;
  path.start = searchStuck(walker, from);
  if (path.start >= 0) settleCycle(walker);
  if (path.start >= 0) return FOUND.CYCLE;
  if (path.leaf < 0) return FOUND.NOTHING;
  const found = isOrphan(walker, path.leaf) ? FOUND.ORPHAN : FOUND.LOST;
  path.start = 0;
  path.length = 0;
  path.push(path.leaf, standing.records[path.leaf]);
  path.edges[0] = standing.edges[path.leaf];
  return found;
}

/** Has the path hold a cycle in which one waits for a certain other, if that which was found may be none; otherwise a leaf. */
function settleCycle(walker: Walker): void {
  const { path, standing, places } = walker;
  const lost = firstOfLoose(walker);
  if (lost < 0) return;
  path.backToFirst = true;
  path.start = -1;
  for (let c = 0; c < places && path.start < 0; c++) {
    if (standing.does[c] !== DOES.WAIT || waitsForAnybody(walker, c)) continue;
    path.clear(places);
    path.start = searchStuck(walker, c);
  }
  if (path.start < 0) path.leaf = lost;
}

/** Returns the first member of the cycle on the path which one that has ended may have been meant to serve; -1 if it is a cycle in any case. */
function firstOfLoose(walker: Walker): number {
  const { places, path, standing } = walker;
  if (path.length - path.start < 2) return -1;
  let first = -1;
  for (let i = path.length - 1; i >= path.start; i--) {
    const c = path.members[i];
    if (!waitsForAnybody(walker, c)) return -1;
    for (let t = 0; t < places; t++)
      if (standing.does[t] === DOES.END && t !== c && isProvidedBy(walker, c, t)) first = c;
  }
  return first;
}

/** Whether CPU `c` waits for a word, and for no CPU in particular. */
function waitsForAnybody({ mem, map, standing }: Walker, c: number): boolean {
  if (waitKind(standing.records[c]) !== WAIT.WORD) return false;
  return (mem[blockOf(map, c) + CPU.condition + CONDITION.flags] & CONDITION_IS.NAMED) === 0;
}

/** Whether what a CPU waits for is held by one that has ended; notes which. */
function isOrphan(walker: Walker, c: number): boolean {
  const { mem, map, places, standing } = walker;
  if (waitKind(standing.records[c]) !== WAIT.WORD) return false;
  if (waitsOnHolder(walker, c)) return true;
  for (let t = 0; t < places; t++) {
    if (standing.does[t] !== DOES.END || heldWordOf(mem, map, c, t) < 0) continue;
    standing.edges[c] = t;
    return true;
  }
  return false;
}

/** Returns the lock that CPU `c` waits for, and that CPU `owner`, which has ended, holds. */
export function orphanedLock(mem: Int32Array, map: MachineMap, c: number, owner: number): number {
  const held = heldWordOf(mem, map, c, owner);
  return held < 0 ? waitObject(mem[blockOf(map, c) + CPU.wait]) : held;
}

/** Returns the first word on another CPU's list of held locks that CPU `c` waits for, also in a loop of tries to take it; or -1. */
function heldWordOf(mem: Int32Array, map: MachineMap, c: number, other: number): number {
  const block = blockOf(map, c);
  const held = blockOf(map, other) + CPU.locks;
  const count = Math.min(mem[blockOf(map, other) + CPU.held], HELD_MAX);
  for (let i = 0; i < count; i++) {
    const lock = mem[held + i * HELD.WORDS + HELD.lock];
    if (lock === waitObject(mem[block + CPU.wait]) || readsAlso(mem, block, lock)) return lock;
  }
  return -1;
}

/**
 * Searches depth first among the stuck CPUs for a cycle; returns the index on the path where it begins, or -1. On the way it
 * notes in `path.leaf` the first that waits for a word, and for no CPU that waits itself.
 */
function searchStuck(walker: Walker, c: number): number {
  const { path, standing } = walker;
  const met = path.indexOf(c);
  if (met >= 0 || path.seen[c]) return path.backToFirst && met > 0 ? -1 : met;
  path.seen[c] = true;
  const wait = standing.records[c];
  path.push(c, wait);
  const here = path.length - 1;
  path.edges[here] = standing.edges[c];
  const kind = waitKind(wait);
  let start = -1;
  if (kind === WAIT.LOCK) {
    const owner = lockOwner(standing.edges[c]);
    if (standing.does[owner] === DOES.WAIT) start = searchStuck(walker, owner);
  } else if (kind === WAIT.ACK) start = searchThroughAck(walker, c);
  else start = waitsOnHolder(walker, c) ? searchThroughHolder(walker, c) : searchThroughWord(walker, c, here);
  if (start < 0) path.length = here;
  return start;
}

function searchThroughAck(walker: Walker, c: number): number {
  const { path, standing } = walker;
  if (!isLost(walker, c, standing.edges[c])) return searchStuck(walker, standing.edges[c]);
  if (path.leaf < 0) path.leaf = c;
  return -1;
}

function searchThroughHolder(walker: Walker, c: number): number {
  const { path, standing } = walker;
  const holder = standing.edges[c];
  if (standing.does[holder] === DOES.WAIT) return searchStuck(walker, holder);
  if (path.leaf < 0) path.leaf = c;
  return -1;
}

function searchThroughWord(walker: Walker, c: number, here: number): number {
  const { mem, map, places, path, standing } = walker;
  const flags = mem[blockOf(map, c) + CPU.condition + CONDITION.flags];
  const isInside = (flags & CONDITION_IS.INSIDE) !== 0;
  const named = (flags & CONDITION_IS.NAMED) !== 0;
  const waitsForItself = isInside && (named ? isProvidedBy(walker, c, c) : true);
  if (waitsForItself && !named && storedItself(walker, c, waitObject(standing.records[c]))) return here;
  let waiting = false;
  if (path.backToFirst && leadsTo(walker, c, path.members[0])) return 0;
  for (let t = 0; t < places; t++) {
    if (standing.does[t] !== DOES.WAIT || !leadsTo(walker, c, t)) continue;
    waiting = true;
    const start = searchStuck(walker, t);
    if (start >= 0) return start;
  }
  if (waitsForItself) return here;
  if (!waiting && path.leaf < 0) path.leaf = c;
  return -1;
}

/** Whether CPU `c`, which waits for a word, waits for another one that may store it. */
function leadsTo(walker: Walker, c: number, other: number): boolean {
  if (other === c || !isProvidedBy(walker, c, other)) return false;
  return !waitsForAnybody(walker, c) || !sleepsBeside(walker, c, other);
}

/**
 * Whether CPUs `c` and `t` wait for one word, as sleepers on a queue do: neither is to wake the other. The code that a handler of `t` has
 * interrupted may be.
 */
function sleepsBeside({ mem, map, standing }: Walker, c: number, t: number): boolean {
  if (waitKind(standing.records[t]) !== WAIT.WORD) return false;
  if (waitObject(standing.records[t]) !== waitObject(standing.records[c])) return false;
  if (!standForSame(mem, blockOf(map, t), blockOf(map, c))) return false;
  return (mem[blockOf(map, t) + CPU.condition + CONDITION.flags] & CONDITION_IS.INSIDE) === 0;
}

/** Whether CPU `c` waits for a word that CPU `t` may store, or the task that it runs. */
export function isProvidedBy({ mem, map }: Walker, c: number, t: number): boolean {
  const block = blockOf(map, c);
  if (!conditionIs(mem, block, CONDITION_IS.TASKS)) return mayProvide(mem, block, t);
  const thread = runningThread(mem, blockOf(map, t));
  // Of a task on its way nobody knows.
  return thread < 0 || mayProvide(mem, block, thread);
}

/** Whether CPU `c` waits for a word that says who holds a lock. */
export function waitsOnHolder({ mem, map }: Walker, c: number): boolean {
  return (mem[blockOf(map, c) + CPU.condition + CONDITION.flags] & CONDITION_IS.HELD) !== 0;
}

/** Whether CPU `c` waits for an answer of CPU `t` that was offline when it was called. */
function isLost(walker: Walker, c: number, t: number): boolean {
  return t < 32 && (lostCalls(walker, c) & (1 << t)) !== 0;
}

/** Returns the CPUs, of the first word of the mask, that CPU `c` has called while they were offline. */
export function lostCalls({ mem, map, mailboxes }: Walker, c: number): number {
  const lost = mem[blockOf(map, c) + CPU.csd + CSD.lost];
  return lost === 0 ? 0 : lost & mailboxes.unacked(c, 0);
}
