/** Counts the trials between failures, and how failures lie among the trials. Called on CPU 0's thread by recovery.ts. */

import type { Cpu } from '../../machine/cpu.js';
import { COUNTER, CPU, GAPS, MACHINE } from '../../machine/layout.js';

/** `lastFailure` holds a trial number in two words, so many bits in the first. */
const LOW_BITS = 30;
const LOW = 2 ** LOW_BITS;

/**
 * Counts how many trials of this machine there were from its last failure to this one, by powers of two. Counts as well
 * the largest blocks of trials that lie between the two: see `apart0`. CPU 0 only, after all have met. Exact where the
 * CPUs meet before each trial; elsewhere a failure is placed at the trial that CPU 0 had reached.
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
  counters.add(COUNTER.apart0 + (last === 0 ? GAPS - 1 : highestBit(mem[at] ^ low, mem[at + 1] ^ high)), 1);
}

/**
 * Returns the highest bit in which two trial numbers differ: they lie in the same block of 2^s trials, for each s above it. The first
 * failure of a machine counts as the highest of all: no other lies in a block of it.
 */
function highestBit(low: number, high: number): number {
  const bit = high !== 0 ? LOW_BITS + 31 - Math.clz32(high) : 31 - Math.clz32(low);
  return Math.min(bit, GAPS - 1);
}
