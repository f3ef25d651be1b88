/**
 * The waits that handlers of a CPU have interrupted. Noted by irq.ts and lines.ts, asked by claim.ts, on the CPU's thread.
 *
 * A handler withdraws the wait record (irq.ts). A CPU that was proved to wait for ever may still be interrupted before it sees that the trial
 * has failed, and may leave it in the handler: what it was accused of is true all the same.
 */

import type { Cpu } from './cpu.js';
import { WAIT, waitKind } from './wait.js';

/** Notes that a handler begins, in front of everything that it does. Returns the record of the wait that it interrupts. */
export function interruptWait(cpu: Cpu): number {
  const record = cpu.mem[cpu.wait];
  const { interrupted, interruptions } = cpu;
  if (interruptions < interrupted.length) interrupted[interruptions] = record;
  cpu.interruptions = interruptions + 1;
  return record;
}

/** Notes that the handler has returned. */
export function resumeWait(cpu: Cpu): void {
  cpu.interruptions--;
}

/** Whether a handler runs that has interrupted the wait of this record. */
export function isInterrupted({ interrupted, interruptions }: Cpu, record: number): boolean {
  const known = Math.min(interruptions, interrupted.length);
  for (let i = 0; i < known; i++) if (interrupted[i] === record && waitKind(record) !== WAIT.RUN) return true;
  return false;
}

/**
 * Delivers an interrupt in lockstep. A wait for a word is published again at once, in the turn in which the handler ends: the CPU looks at
 * the word in a turn of its own, and another one may prove before that. Returns what `deliver` does.
 */
export function deliverInWait<T>(cpu: Cpu, deliver: () => T): T {
  const again = cpu.waitAgain;
  cpu.waitAgain = null;
  const delivered = deliver();
  cpu.waitAgain = again;
  again?.();
  return delivered;
}

/** Takes what is requested of a CPU that waits for a word; `again` publishes that wait. */
export function trapInWait(cpu: Cpu, again: () => void): void {
  const began = cpu.waitBegan;
  const outer = cpu.waitAgain;
  if (cpu.lockstep !== null) cpu.waitAgain = again;
  cpu.trap(cpu);
  cpu.waitAgain = outer;
  cpu.waitBegan = began;
}

/** Forgets handlers that the CPU has left with its trial. */
export function forgetInterruptedWaits(cpu: Cpu): void {
  cpu.interruptions = 0;
  cpu.waitAgain = null;
}
