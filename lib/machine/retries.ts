/**
 * Loops of modelled code that try again, and begin each time as they began before. Called on a CPU's thread by lib/arch and races.
 *
 * A search of all states knows what an actor has read, and not what its variables hold, so a loop would be a tree without an end. What a
 * loop says here makes it a cycle: an iteration that begins as another one did goes on as that one does.
 */

import { checkWord } from './access.js';
import type { Cpu } from './cpu.js';
import { checkCount } from './given.js';

/** Begins such a loop, in front of its first iteration; returns its number, for `nextTry`. */
export function beginRetries(cpu: Cpu): number {
  return cpu.explored === null ? 0 : cpu.explored.beginLoop();
}

/**
 * Begins an iteration of the loop. What the iteration does, and all that follows, may depend on what was known in front of the loop, on words of
 * memory, and on `carried`: one whole number for all that the iterations before leave in variables. A count that has a limit ends there.
 */
export function nextTry(cpu: Cpu, loop: number, carried = 0): void {
  if ((carried | 0) !== carried) checkWord('nextTry: carried', carried);
  if (cpu.explored !== null) cpu.explored.nextIteration(loop, carried);
  else if ((loop | 0) !== loop) checkCount('nextTry: loop', loop, 0);
}
