import { WAIT, waitKind } from '../machine/wait.js';
import type { CpuSnapshot, Frame, Snapshot } from '../machine/snapshotView.js';
import { callTrace, pidOf } from './oops.js';

/**
 * What the kernel's lockup detectors say of a proved deadlock: a CPU of the cycle that hangs with interrupts off is a
 * hard lockup, one that hangs with interrupts on and preemption off a soft one. The detectors go by time, of which the
 * simulated machine has none; the proof says that there is no end to it.
 */
export function lockupReport(s: Snapshot, steps: readonly string[]): string[] {
  const members = s.detail.slice(1, 1 + s.detail[0]).map((id) => s.cpus[id]);
  const hard = members.filter((cpu) => cpu.irqOff !== 0);
  const soft = members.filter((cpu) => cpu.irqOff === 0);
  return [
    ...hard.flatMap((cpu) => [`Watchdog detected hard LOCKUP on cpu ${cpu.id}`, ...taskAndTrace(cpu, steps)]),
    ...soft.flatMap((cpu) => [
      `watchdog: BUG: soft lockup - CPU#${cpu.id} stuck for ever! [${cpu.comm}:${pidOf(cpu)}]`,
      ...taskAndTrace(cpu, steps),
    ]),
  ];
}

function taskAndTrace(cpu: CpuSnapshot, steps: readonly string[]): string[] {
  return [
    'Modules linked in:',
    `CPU: ${cpu.id} PID: ${pidOf(cpu)} Comm: ${cpu.comm}`,
    'Call Trace:',
    ...callTrace([...spinning(cpu), ...cpu.frames], steps),
  ];
}

/** The lock functions do not show themselves on the call stack; a wait for a lock is where they are. */
function spinning(cpu: CpuSnapshot): Frame[] {
  return waitKind(cpu.wait) === WAIT.LOCK ? [{ fn: '_raw_spin_lock', step: cpu.step }] : [];
}
