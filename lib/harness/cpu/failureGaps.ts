/** Counts the trials between failures. Called on CPU 0's thread by recovery.ts. */

import type { Cpu } from '../../machine/cpu.js';
import { COUNTER, CPU, GAPS, MACHINE } from '../../machine/layout.js';

/** `lastFailure` holds a trial number in two words, so many bits in the first. */
const LOW = 2 ** 30;

/**
 * Counts how many trials of this machine there were from its last failure to this one, by powers of two. CPU 0 only,
 * after all have met. Exact where the CPUs meet before each trial; elsewhere a failure is placed at the trial that CPU
 * 0 had reached.
 */
export function countGap(cpu: Cpu): void {
  const { mem, map, counters } = cpu;
  const at = map.machine + MACHINE.lastFailure;
  const inRound = (mem[cpu.block + CPU.trial] - mem[map.machine + MACHINE.roundFirst] + 1) | 0;
  const now = counters.read(COUNTER.trials) + inRound;
  const gap = Math.max(1, now - (mem[at + 1] * LOW + mem[at]));
  mem[at] = now % LOW;
  mem[at + 1] = Math.floor(now / LOW);
  const power = gap < LOW ? 31 - Math.clz32(gap) : Math.floor(Math.log2(gap));
  counters.add(COUNTER.gap0 + Math.min(power, GAPS - 1), 1);
}
