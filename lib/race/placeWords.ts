/** Names CPUs, and tasks that have none, in reports. Called by the other files of this folder and by lib/kernel/lockup.ts. */

import { CONDITION_IS } from '../machine/condition.js';
import type { CpuSnapshot } from '../machine/snapshotView.js';
import { WAIT, waitKind } from '../machine/wait.js';

type Placed = Pick<CpuSnapshot, 'id' | 'hasCpu' | 'comm'>;
type Waiting = Pick<CpuSnapshot, 'wait' | 'condition'>;

/** Returns the CPU, or the task that has none: `CPU 1`, `task reader/2`. */
export function placeName({ id, hasCpu, comm }: Placed): string {
  return hasCpu ? `CPU ${id}` : `task ${comm}`;
}

/** Returns the CPU with its task, or the task that has none: `CPU 1 (writer/1)`. */
export function placeAndTask(cpu: Placed): string {
  return cpu.hasCpu ? `CPU ${cpu.id} (${cpu.comm})` : placeName(cpu);
}

/** Whether a task is ready, and waits for a CPU. */
export function waitsForCpu(cpu: Waiting): boolean {
  return waitsAs(cpu, CONDITION_IS.FOR_CPU);
}

/** Whether a CPU idles, since its task has ended and no other is ready for it. */
export function idles(cpu: Waiting): boolean {
  return waitsAs(cpu, CONDITION_IS.IDLE);
}

/** Whether a task sleeps, or is ready, where tasks outnumber CPUs. */
export function isAsleep(cpu: Waiting): boolean {
  return waitsAs(cpu, CONDITION_IS.SLEEPS | CONDITION_IS.FOR_CPU);
}

function waitsAs({ wait, condition }: Waiting, flags: number): boolean {
  return waitKind(wait) === WAIT.WORD && (condition.flags & flags) !== 0;
}

/** Returns the CPUs that a ready task waits for: `CPU 0`, `CPU 0 or 1`. */
export function wantedCpus({ condition }: Pick<CpuSnapshot, 'condition'>): string {
  return `CPU ${condition.by.join(' or ')}`;
}
