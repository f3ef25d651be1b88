/**
 * Keeps the time of the machine's first failure. Noted by CPU 0 (lib/harness/cpu), read on the host by
 * lib/harness/host/machine.ts.
 *
 * When the machine first failed, in microseconds since the host process started: more than one word counts in half an hour. The low
 * word has a bit that says that the time is there, and is written last.
 */

import type { Cpu } from './cpu.js';
import { MACHINE } from './layout.js';
import type { MachineMap } from './map.js';

const LOW = 2 ** 30;
const IS_THERE = 2 ** 30;

/** Notes the time, if it is the first. CPU 0 only. */
export function noteFirstFailure(cpu: Cpu): void {
  const { mem, map } = cpu;
  const at = map.machine + MACHINE.firstFailure;
  if (mem[at] !== 0) return;
  const us = sinceHostStartUs(cpu);
  mem[at + 1] = Math.floor(us / LOW);
  Atomics.store(mem, at, (us % LOW) + IS_THERE);
}

/** Returns the time since the host process started: the origin of `performance.now` is each thread's own. */
function sinceHostStartUs(cpu: Cpu): number {
  return Math.max(1, Math.round((performance.timeOrigin + performance.now() - cpu.hostStartMs) * 1000));
}

/** Returns the time, in milliseconds; null if the machine has not failed. Any thread may ask. */
export function firstFailureMs(mem: Int32Array, map: MachineMap): number | null {
  const at = map.machine + MACHINE.firstFailure;
  const low = Atomics.load(mem, at);
  return low === 0 ? null : (mem[at + 1] * LOW + (low - IS_THERE)) / 1000;
}
