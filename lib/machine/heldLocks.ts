/**
 * The list of locks that a CPU holds. Written by the compiled instructions for the machine's own locks; here for those that
 * lib/kernel makes of other words, and where a lock is released out of order (lock.ts).
 */

import type { Cpu } from './cpu.js';
import { moveClassToTop, setClass } from './heldClasses.js';
import { CPU, HELD, HELD_MAX } from './layout.js';
import { die } from './outcome.js';
import { HELD_LOCKS } from './signatures.js';

/** `HELD.word` of a lock whose word is none of lockWord.ts: no free lock is that. */
export const NOTED = -1;
/** The same of what is no lock but keeps others waiting: a reader of RCU. */
export const NOTED_READER = -2;

/** Notes that the CPU has got a lock of this class, whatever its word is. Right behind the access that took it. */
export function noteHeld(cpu: Cpu, lock: number, lockClass: number, kind = NOTED): void {
  const { mem, block } = cpu;
  const n = mem[block + CPU.held];
  if (n === HELD_MAX) die(cpu, HELD_LOCKS, `more than ${HELD_MAX} locks held at once`);
  const at = block + CPU.locks + n * HELD.WORDS;
  mem[at + HELD.lock] = lock;
  mem[at + HELD.word] = kind;
  mem[at + HELD.step] = mem[cpu.step];
  mem[at + HELD.irqOff] = mem[cpu.irqOff];
  mem[block + CPU.held] = n + 1;
  setClass(cpu, n + 1, lockClass);
}

/** Forgets a lock that was noted; returns whether the CPU had it. */
export function forgetHeld(cpu: Cpu, lock: number): boolean {
  if (!moveToTop(cpu, lock)) return false;
  cpu.mem[cpu.block + CPU.held]--;
  return true;
}

/** Whether a lock is among the first `n` on the list of the CPU with this block. */
export function hasAmong(mem: Int32Array, block: number, n: number, lock: number): boolean {
  for (let i = Math.min(n, HELD_MAX) - 1; i >= 0; i--)
    if (mem[block + CPU.locks + i * HELD.WORDS + HELD.lock] === lock) return true;
  return false;
}

/** Makes a lock the newest one on the list; returns whether it is there. */
export function moveToTop(cpu: Cpu, lock: number): boolean {
  const { mem } = cpu;
  const base = cpu.block + CPU.locks;
  const last = mem[cpu.block + CPU.held] - 1;
  let at = -1;
  for (let i = last; i >= 0 && at < 0; i--)
    if (mem[base + i * HELD.WORDS + HELD.lock] === lock) at = base + i * HELD.WORDS;
  if (at < 0) return false;
  for (let k = 0; k < HELD.WORDS; k++) {
    const moved = mem[at + k];
    for (let i = at + k; i < base + last * HELD.WORDS; i += HELD.WORDS) mem[i] = mem[i + HELD.WORDS];
    mem[base + last * HELD.WORDS + k] = moved;
  }
  moveClassToTop(cpu, (at - base) / HELD.WORDS + 1);
  return true;
}
