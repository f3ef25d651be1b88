import type { Cpu } from './cpu.js';
import { CLAIM } from './layout.js';
import { lockOwner, visible } from './lockWord.js';
import type { MachineMap } from './map.js';
import { verdictCpu } from './verdictWord.js';
import { WAIT, waitKind, waitObject } from './wait.js';
import type { WalkPath } from './walkPath.js';

/*
 * A race may fail its trial as a deadlock, too. What the machine itself says of a hang it claims, before it gives the verdict;
 * a proof says there which CPUs wait for ever, and for what. So whoever reads a verdict knows whose it is, and every accused
 * CPU can look once it has left the trial whether that was true (undone.ts).
 */

/** Word index of the claim of CPU `id`. */
function claimOf(map: MachineMap, id: number): number {
  return map.claims + id * CLAIM.WORDS;
}

/** Says that this verdict, which the CPU is about to give, is the machine's own. It accuses nobody. */
export function claim({ mem, map, id }: Cpu, verdict: number): void {
  const at = claimOf(map, id);
  mem[at + CLAIM.accused] = 0;
  mem[at + CLAIM.accused + 1] = 0;
  mem[at + CLAIM.verdict] = verdict;
}

/** As `claim`; accuses the members of the path from `start` on of the waits that were read there. */
export function accuse(cpu: Cpu, verdict: number, path: WalkPath, start: number): void {
  const { mem, map, id } = cpu;
  claim(cpu, verdict);
  const at = claimOf(map, id);
  for (let i = start; i < path.length; i++) {
    const c = path.members[i];
    mem[at + CLAIM.accused + (c >>> 5)] |= 1 << (c & 31);
    mem[at + CLAIM.waits + c] = path.records[i];
    mem[at + CLAIM.edges + c] = path.edges[i];
  }
}

/** The trial is over: tags come round, and so would the verdict. */
export function withdrawClaim({ mem, map, id }: Cpu): void {
  mem[claimOf(map, id) + CLAIM.verdict] = 0;
}

/** Whether the machine itself has given this verdict. */
export function isClaimed(mem: Int32Array, map: MachineMap, verdict: number): boolean {
  return mem[claimOf(map, verdictCpu(verdict)) + CLAIM.verdict] === verdict;
}

/**
 * Whether what the verdict accuses this CPU of is true: it still is in that wait, an orphaned lock stays locked, and an
 * acknowledgement that cannot come does not. Also if it accuses others alone.
 */
export function isTrueOf(cpu: Cpu, verdict: number): boolean {
  const { mem, map, id } = cpu;
  const at = claimOf(map, verdictCpu(verdict));
  if (mem[at + CLAIM.verdict] !== verdict || (mem[at + CLAIM.accused + (id >>> 5)] & (1 << (id & 31))) === 0)
    return true;
  const wait = mem[at + CLAIM.waits + id];
  const edge = mem[at + CLAIM.edges + id];
  // It may have come from one word of the mask to the next, each of which is a wait of its own.
  if (waitKind(wait) === WAIT.ACK) return (cpu.mailboxes.unacked(id, edge >>> 5) & (1 << (edge & 31))) !== 0;
  return (
    mem[cpu.wait] === wait && visible(Atomics.load(mem, waitObject(wait))) === visible(edge) && lockOwner(edge) >= 0
  );
}
