/**
 * Handles code of a race that catches what throws it out of its trial. Called on the CPU's thread by irq.ts and
 * undone.ts.
 */

import type { Cpu } from './cpu.js';
import { PLACE, PROGRESS } from './layout.js';
import { IRR_NMI, heedSentence } from './nmi.js';
import { ABANDONED } from './outcome.js';

/** A `finally` block, or a loop whose end is in sight, meets what ends the trial less often than that. */
const CAUGHT_MAX = 10_000;
/** An exception takes microseconds: so the watchdog is answered well within a millisecond. */
const HEEDED_EVERY = 64;

/**
 * Throws the CPU out of the code of the race once more: it has caught what ended its trial, and made another instruction. Code that
 * does so in a loop never leaves the trial, and its thread is not stuck, so that nothing is won by another thread in its place:
 * the host is shown where it is, and ends the run (lib/harness/watch/placeWatch.ts).
 */
export function throwAgain(cpu: Cpu): never {
  const { mem, progress } = cpu;
  const times = ++cpu.caught;
  if (times % HEEDED_EVERY === 0 && (mem[cpu.irr] & IRR_NMI) !== 0) {
    heedSentence(cpu);
    Atomics.and(mem, cpu.irr, ~IRR_NMI);
  }
  if (times === CAUGHT_MAX) {
    mem[progress + PROGRESS.visits]++;
    mem[progress + PROGRESS.place] = PLACE.CATCHING;
  }
  throw ABANDONED;
}

/** Notes that the code of the race has been left after all. */
export function forgetCaught(cpu: Cpu): void {
  if (cpu.caught >= CAUGHT_MAX) cpu.mem[cpu.progress + PROGRESS.place] = PLACE.NONE;
  cpu.caught = 0;
}
