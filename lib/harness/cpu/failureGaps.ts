/** Counts the trials between failures, and how failures lie among the trials. Called on CPU 0's thread by recovery.ts. */

import type { Cpu } from '../../machine/cpu.js';
import { COUNTER, CPU, GAPS, MACHINE } from '../../machine/layout.js';

/** `lastFailure` holds a trial number in two words, so many bits in the first. */
const LOW_BITS = 30;
const LOW = 2 ** LOW_BITS;

/**
 * Counts how many trials of this machine there were from its last failure to this one, by powers of two, and the longest
 * blocks of trials that lie apart: of a bit b, the two are in different blocks of 2^s trials for each s up to b. CPU 0
 * only, after all have met. Exact where the CPUs meet before each trial; elsewhere a failure is placed at the trial that
 * CPU 0 had reached.
 */
export function countGap(cpu: Cpu): void {
  const { mem, map, counters } = cpu;
  const at = map.machine + MACHINE.lastFailure;
  const inRound = (mem[cpu.block + CPU.trial] - mem[map.machine + MACHINE.roundFirst] + 1) | 0;
  const now = counters.read(COUNTER.trials) + inRound;
  const [low, high] = [mem[at], mem[at + 1]];
  const last = high * LOW + low;
  const gap = Math.max(1, now - last);
  const power = gap < LOW ? 31 - Math.clz32(gap) : Math.floor(Math.log2(gap));
  counters.add(COUNTER.gap0 + Math.min(power, GAPS - 1), 1);
  if (now <= last) return;
  mem[at] = now % LOW;
  mem[at + 1] = Math.floor(now / LOW);
  // In the block of a machine's first failure there was none before, however long the block is.
  counters.add(COUNTER.apart0 + (last === 0 ? GAPS - 1 : highestBit(mem[at] ^ low, mem[at + 1] ^ high)), 1);
}

/** Returns the highest bit in which two trial numbers differ, from what is left of the words of both. */
function highestBit(low: number, high: number): number {
  const bit = high !== 0 ? LOW_BITS + 31 - Math.clz32(high) : 31 - Math.clz32(low);
  return Math.min(bit, GAPS - 1);
}
