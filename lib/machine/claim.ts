/**
 * Notes which outcomes the machine itself has set, and which CPUs they accuse. Written by the CPU that gives the
 * outcome (cycle.ts, nmi.ts), checked by the accused CPUs (undone.ts).
 *
 * A race may fail its trial as a deadlock, too. What the machine itself says of a hang it claims, before it gives the
 * outcome; a proof says there which CPUs wait for ever, and for what. So a reader of the outcome knows who set it, and
 * every accused CPU can look once it has left the trial whether that was true (undone.ts).
 */

import { CONDITION_IS, conditionIs, isMetBy } from './condition.js';
import type { Cpu } from './cpu.js';
import { ACCUSED, CLAIM } from './layout.js';
import { lockOwner, lockWordSeen } from './lockWord.js';
import type { MachineMap } from './map.js';
import { outcomeCpu } from './outcomeWord.js';
import { WAIT, isOfThisWait, waitKind, waitObject } from './wait.js';
import type { WalkPath } from './walkPath.js';

/** Returns the word index of the claim of CPU `id`. */
function claimOf(map: MachineMap, id: number): number {
  return map.claims + id * CLAIM.WORDS;
}

/** Says that this outcome, which the CPU is about to set, is the machine's own. It accuses nobody. */
export function claim({ mem, map, id }: Cpu, outcome: number): void {
  const at = claimOf(map, id);
  mem[at + CLAIM.accused] = 0;
  mem[at + CLAIM.accused + 1] = 0;
  mem[at + CLAIM.outcome] = outcome;
}

/** Claims the outcome as `claim` does, and accuses the members of the path from `start` on of the waits that were read there. */
export function accuse(cpu: Cpu, outcome: number, path: WalkPath, start: number): void {
  const { mem, map, id } = cpu;
  claim(cpu, outcome);
  const at = claimOf(map, id);
  for (let i = start; i < path.length; i++) {
    const c = path.members[i];
    mem[at + CLAIM.accused + (c >>> 5)] |= 1 << (c & 31);
    mem[at + CLAIM.of + c * ACCUSED.WORDS + ACCUSED.wait] = path.records[i];
    mem[at + CLAIM.of + c * ACCUSED.WORDS + ACCUSED.edge] = path.edges[i];
  }
}

/** Forgets the claim when the trial is over: tags wrap around, and the same outcome could be set again. */
export function withdrawClaim({ mem, map, id }: Cpu): void {
  const at = claimOf(map, id) + CLAIM.outcome;
  // A store would take the line from those who have looked whether it accuses them.
  if (mem[at] !== 0) mem[at] = 0;
}

/** Whether the task waits for a CPU. It has taken its offer back when it leaves the trial. */
function isForCpu({ mem, block }: Cpu): boolean {
  return conditionIs(mem, block, CONDITION_IS.FOR_CPU);
}

/** Whether the machine itself has set this outcome. */
export function isClaimed(mem: Int32Array, map: MachineMap, outcome: number): boolean {
  return mem[claimOf(map, outcomeCpu(outcome)) + CLAIM.outcome] === outcome;
}

/**
 * Whether what the outcome accuses this CPU of is true: it still is in that wait, an orphaned lock stays locked, an
 * acknowledgement that cannot come does not, and no word ends the wait for it. Also if it accuses others alone.
 */
export function isTrueOf(cpu: Cpu, outcome: number): boolean {
  const { mem, map, id } = cpu;
  const at = claimOf(map, outcomeCpu(outcome));
  if (mem[at + CLAIM.outcome] !== outcome || (mem[at + CLAIM.accused + (id >>> 5)] & (1 << (id & 31))) === 0)
    return true;
  const wait = mem[at + CLAIM.of + id * ACCUSED.WORDS + ACCUSED.wait];
  const edge = mem[at + CLAIM.of + id * ACCUSED.WORDS + ACCUSED.edge];
  // A handler that came later runs still, and what it has interrupted waits below it.
  if (cpu.interrupted.has(wait)) return true;
  // It may have moved on from one word of the mask to the next; each is a wait of its own.
  if (waitKind(wait) === WAIT.ACK) return (cpu.mailboxes.unacked(id, edge >>> 5) & (1 << (edge & 31))) !== 0;
  if (waitKind(wait) === WAIT.WORD)
    return isOfThisWait(cpu, wait) && (isForCpu(cpu) || !isMetBy(mem, cpu.block, Atomics.load(mem, waitObject(wait))));
  // An interrupt that came later has made another record of the same wait. Who waits for a lock goes on by taking it alone, and then its
  // word would be another one.
  const now = mem[cpu.wait];
  return (
    waitKind(now) === WAIT.LOCK &&
    waitObject(now) === waitObject(wait) &&
    lockWordSeen(Atomics.load(mem, waitObject(wait))) === lockWordSeen(edge) &&
    lockOwner(edge) >= 0
  );
}
