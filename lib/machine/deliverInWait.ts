/** Interrupts of a CPU that waits for a word, in lockstep. Called on its thread by lockstep.ts and script.ts. */

import type { Cpu } from './cpu.js';
import { CONDITION, CPU } from './layout.js';
import { WAIT, publishWait, waitKind, waitObject } from './wait.js';

/**
 * Delivers an interrupt in lockstep. A wait for a word is published again at once, in the turn in which the handler ends: the CPU looks at
 * the word in a turn of its own, and another one may prove before that. Returns what `deliver` does.
 */
export function deliverInWait<T>(cpu: Cpu, deliver: () => T): T {
  const { mem } = cpu;
  const wait = mem[cpu.wait];
  if (waitKind(wait) !== WAIT.WORD) return deliver();
  const at = cpu.block + CPU.condition;
  // The handler may wait for a word itself.
  const condition = mem.slice(at, at + CONDITION.WORDS);
  const delivered = deliver();
  if (waitKind(mem[cpu.wait]) === WAIT.RUN) {
    mem.set(condition, at);
    publishWait(cpu, WAIT.WORD, waitObject(wait));
  }
  return delivered;
}
