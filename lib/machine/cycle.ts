import { blockOf, type Cpu } from './cpu.js';
import { CPU, FAILURE_DETAIL_WORDS } from './layout.js';
import { lockOwner, visible } from './lockWord.js';
import { abandon, failFrom, verdictTag } from './verdict.js';
import { WAIT, waitKind, waitObject, waitsWithIrqsOff } from './wait.js';

/** Signature of a proved wait-for cycle. */
export const DEADLOCK = 'deadlock';

/**
 * Looks for a wait-for cycle through this CPU and proves it by reading it twice.
 *
 * Edges: a CPU that waits for a lock waits for its owner; a CPU that waits for acknowledgements waits for every CPU that
 * has not given its own, cannot take interrupts and waits itself. The first pass remembers each wait record with its
 * sequence number; the second finds them and their edges unchanged. So at one instant between the passes all members
 * were in these waits at once; none can be the first to leave, since what it waits for comes only after the next has left.
 * Returns true if the trial is over: the cycle is proved here, or the trial has failed otherwise.
 */
export function findCycle(cpu: Cpu): boolean {
  const verdict = Atomics.load(cpu.mem, cpu.verdict);
  if (verdict !== 0 && verdictTag(verdict) === cpu.trialTag) return true;
  cpu.path.clear(cpu.cpus);
  const start = search(cpu, cpu.id);
  if (start < 0 || !unchanged(cpu, start)) return false;
  describe(cpu, start);
  failFrom(cpu, verdict, DEADLOCK, 'DEADLOCK: a cycle of CPUs that wait for each other');
  return true;
}

/** A CPU that waits for a lock it holds itself needs no walk: the cycle is itself. */
export function proveSelfDeadlock(cpu: Cpu, lock: number): never {
  cpu.detail.fill(0);
  cpu.detail[0] = 1;
  cpu.detail[1] = cpu.id;
  failFrom(cpu, Atomics.load(cpu.mem, cpu.verdict), DEADLOCK, 'DEADLOCK: a CPU waits for a lock that it holds');
  return abandon(cpu, lock);
}

/** Depth first from CPU `c`; the index on the path where the cycle begins, or -1. */
function search(cpu: Cpu, c: number): number {
  const { path } = cpu;
  const met = path.indexOf(c);
  if (met >= 0 || path.seen[c]) return met;
  path.seen[c] = true;
  const wait = waitOf(cpu, c);
  const kind = waitKind(wait);
  if (kind === WAIT.RUN) return -1;
  path.push(c, wait);
  const start = kind === WAIT.LOCK ? searchThroughLock(cpu, c, waitObject(wait)) : searchThroughAcks(cpu, c);
  if (start < 0) path.length--;
  return start;
}

/** A lock that c itself holds is one it has just taken, and not yet withdrawn its wait for: no edge. */
function searchThroughLock(cpu: Cpu, c: number, lock: number): number {
  const word = Atomics.load(cpu.mem, lock);
  const owner = lockOwner(word);
  if (owner < 0 || owner === c) return -1;
  cpu.path.edges[cpu.path.length - 1] = word;
  return search(cpu, owner);
}

function searchThroughAcks(cpu: Cpu, c: number): number {
  for (let t = 0; t < cpu.cpus; t++) {
    if (!owesAck(cpu, t, c)) continue;
    const wait = waitOf(cpu, t);
    if (!waitsWithIrqsOff(wait) || waitKind(wait) === WAIT.RUN) continue;
    cpu.path.edges[cpu.path.length - 1] = t;
    const start = search(cpu, t);
    if (start >= 0) return start;
  }
  return -1;
}

/** The second pass, over the cycle alone. */
function unchanged(cpu: Cpu, start: number): boolean {
  const { path } = cpu;
  for (let i = start; i < path.length; i++) {
    const wait = waitOf(cpu, path.members[i]);
    if (wait !== path.records[i]) return false;
    if (waitKind(wait) === WAIT.LOCK) {
      if (visible(Atomics.load(cpu.mem, waitObject(wait))) !== visible(path.edges[i])) return false;
    } else if (!owesAck(cpu, path.edges[i], path.members[i])) return false;
  }
  return true;
}

/** Fills the failure's details: number of members, then the members in order of waiting. */
function describe(cpu: Cpu, start: number): void {
  const { detail, path } = cpu;
  detail.fill(0);
  detail[0] = path.length - start;
  for (let i = start; i < path.length && i - start + 1 < FAILURE_DETAIL_WORDS; i++)
    detail[i - start + 1] = path.members[i];
}

function waitOf(cpu: Cpu, c: number): number {
  return Atomics.load(cpu.mem, blockOf(cpu.map, c) + CPU.wait);
}

function owesAck(cpu: Cpu, receiver: number, sender: number): boolean {
  return (cpu.mailboxes.unacked(sender, receiver >>> 5) & (1 << (receiver & 31))) !== 0;
}
