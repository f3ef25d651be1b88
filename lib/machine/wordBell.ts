/**
 * Wakes the CPUs that sleep until a word is stored. They say so in waitOn.ts; rung on the storing CPU's thread by the
 * compiled instructions, and by meeting.ts when a CPU has nothing more to do.
 *
 * A sleeper sets its bit in every CPU's block when its bell is armed, and looks at the word once more before it sleeps. A store looks for
 * bits behind its access. So one of the two sees the other.
 */

import { wake } from '../sharedarraybuffer-utils/index.js';
import { readsAlso } from './condition.js';
import { blockOf, partyOf, type Cpu } from './cpu.js';
import { CPU } from './layout.js';
import { WAIT, waitKind, waitObject } from './wait.js';

/** Notes whether the CPU sleeps until a word is stored, or is about to. */
export function noteSleeper({ mem, map, id, places }: Cpu, isSleeper: boolean): void {
  const bit = 1 << (id & 31);
  for (let c = 0; c < places; c++) {
    const at = blockOf(map, c) + CPU.sleepers + (id >>> 5);
    if (isSleeper) Atomics.or(mem, at, bit);
    else Atomics.and(mem, at, ~bit);
  }
}

/** Forgets that the CPU sleeps, or is about to: it has been thrown out of its wait. Each other CPU's block is touched only then. */
export function forgetSleeper(cpu: Cpu): void {
  if (sleeps(cpu, cpu.id)) noteSleeper(cpu, false);
}

/** Wakes those that sleep until this word is stored. */
export function wakeSleepersAt(cpu: Cpu, address: number): void {
  for (let c = 0; c < cpu.places; c++) {
    if (!sleeps(cpu, c)) continue;
    const wait = Atomics.load(cpu.mem, blockOf(cpu.map, c) + CPU.wait);
    if (waitKind(wait) !== WAIT.WORD) continue;
    if (waitObject(wait) === address || readsAlso(cpu.mem, blockOf(cpu.map, c), address))
      wake(cpu.mem, partyOf(cpu.map, c));
  }
}

/** Wakes all that sleep until a word is stored: somebody who might have stored it does so no more. */
export function wakeSleepers(cpu: Cpu): void {
  const at = cpu.block + CPU.sleepers;
  // Plain loads behind an atomic store, as those of the compiled instructions behind theirs.
  if (cpu.mem[at] === 0 && cpu.mem[at + 1] === 0) return;
  for (let c = 0; c < cpu.places; c++) if (sleeps(cpu, c)) wake(cpu.mem, partyOf(cpu.map, c));
}

function sleeps({ mem, block }: Cpu, c: number): boolean {
  return (Atomics.load(mem, block + CPU.sleepers + (c >>> 5)) & (1 << (c & 31))) !== 0;
}
