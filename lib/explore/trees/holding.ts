/** The locks that an explored actor holds, in the words of its CPU's block. Called by steps.ts. */

import type { Cpu } from '../../machine/cpu.js';
import { CPU, HELD, HELD_MAX } from '../../machine/layout.js';
import { die } from '../../machine/outcome.js';
import { HELD_LOCKS } from '../../machine/signatures.js';

/** Fails the trial if the CPU holds as many locks as it has words for. */
export function refuseTooMany(cpu: Cpu): void {
  const { mem, block } = cpu;
  if (mem[block + CPU.held] === HELD_MAX) die(cpu, HELD_LOCKS, `more than ${HELD_MAX} locks held at once`);
}

/** Notes a lock that the CPU has taken. */
export function pushHeld({ mem, block, step }: Cpu, lock: number): void {
  const n = mem[block + CPU.held];
  const at = block + CPU.locks + n * HELD.WORDS;
  mem[at + HELD.lock] = lock;
  // As of a lock that is no note of one: its owner keeps its CPU.
  mem[at + HELD.word] = 0;
  mem[at + HELD.step] = mem[step];
  mem[block + CPU.held] = n + 1;
}

/** Whether a lock is the newest one that the CPU holds. */
export function isNewestHeld({ mem, block }: Cpu, lock: number): boolean {
  const n = mem[block + CPU.held] - 1;
  return n >= 0 && mem[block + CPU.locks + n * HELD.WORDS + HELD.lock] === lock;
}

/** Forgets the newest lock. */
export function dropHeld({ mem, block }: Cpu): void {
  mem[block + CPU.held]--;
}
