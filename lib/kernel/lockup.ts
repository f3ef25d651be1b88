/** What the lockup detectors of the kernel print for a hang. Called on the host by lib/race/failureReport.ts. */

import { IRQS_DISABLED } from '../machine/irq.js';
import {
  DEADLOCK,
  HANGS,
  LIVELOCK,
  LOST_WAKE_UP,
  ORPHANED_LOCK,
  STARVATION,
  STUCK_WORKER,
} from '../machine/signatures.js';
import type { CpuSnapshot, Frame, PostedCall, Snapshot } from '../machine/snapshotView.js';
import { CONDITION_IS } from '../machine/condition.js';
import { ACTIVITY } from '../machine/outcome.js';
import { WAIT, waitKind } from '../machine/wait.js';
import { callTrace, hex, pidOf } from './oops.js';
import { spinFunction } from './brlockView.js';

/**
 * Returns what the kernel's detectors print for a hang: a CPU that hangs with interrupts off is a hard lockup, one that
 * hangs with interrupts on and preemption off a soft one, a call that is not acknowledged an unresponsive CSD lock. The
 * detectors go by time, of which the simulated machine has none: a proof says that there is no end to it; what the
 * watchdog found from outside is given with the CPU time that it took.
 */
export function lockupReport(s: Snapshot, steps: readonly string[], symbols: (address: number) => string): string[] {
  const trace = (cpu: CpuSnapshot): string[] => taskAndTrace(cpu, steps, symbols);
  const hung = hungCpus(s);
  const asleep = hung.filter((cpu) => sleeps(s, cpu));
  const hard = hung.filter((cpu) => cpu.irqOff !== 0 && !sleeps(s, cpu));
  const soft = hung.filter((cpu) => cpu.irqOff === 0 && !sleeps(s, cpu));
  return [
    ...asleep.flatMap((cpu) => [`INFO: task ${cpu.comm}:${pidOf(cpu)} blocked for ever.`, ...trace(cpu)]),
    ...hard.flatMap((cpu) => [`Watchdog detected hard LOCKUP on cpu ${cpu.id}`, ...trace(cpu)]),
    ...soft.flatMap((cpu) => [
      `watchdog: BUG: soft lockup - CPU#${cpu.id} stuck for ${howLong(s)}! [${cpu.comm}:${pidOf(cpu)}]`,
      ...trace(cpu),
    ]),
    ...s.calls
      .filter((call) => hung.some((cpu) => cpu.id === call.from && awaitsCall(cpu)))
      .flatMap((call, i) => csdLock(call, s, i + 1)),
  ];
}

/** Whether the CPU waits for its call; one that was posted without waiting may be under way while it hangs elsewhere. */
export function awaitsCall(cpu: Pick<CpuSnapshot, 'wait'>): boolean {
  return waitKind(cpu.wait) === WAIT.ACK;
}

/** Whether the thread of the CPU slept in the kernel, or its task sleeps: then that is blocked, and its CPU is not locked up. */
function sleeps(s: Snapshot, cpu: CpuSnapshot): boolean {
  const { TASKS, SLEEPS, FOR_CPU } = CONDITION_IS;
  if (waitKind(cpu.wait) === WAIT.WORD && (cpu.condition.flags & (TASKS | SLEEPS | FOR_CPU)) !== 0) return true;
  return s.signature === STUCK_WORKER && s.detail[0] === cpu.id && s.detail[2] !== 0;
}

/** Whether the CPU idles: its task has ended (runQueue.ts). */
function idles(cpu: CpuSnapshot): boolean {
  return waitKind(cpu.wait) === WAIT.WORD && (cpu.condition.flags & CONDITION_IS.IDLE) !== 0;
}

/** Describes how long the hang lasted: what is proved has no end, of the rest the watchdog noted the CPU time. */
function howLong(s: Snapshot): string {
  if (s.signature === LIVELOCK) return `${s.detail[1]}ms`;
  return s.signature === STARVATION ? `${s.detail[3]}ms` : 'ever';
}

/** Returns the members of a cycle, a lock's waiter, all that wait in vain, or all that were in their actors. */
function hungCpus(s: Snapshot): CpuSnapshot[] {
  if (s.signature === DEADLOCK) return s.cycle.map((id) => s.cpus[id]);
  if (s.signature === ORPHANED_LOCK) return [s.cpus[s.cpu]];
  if (s.signature === LOST_WAKE_UP) return s.cpus.filter((cpu) => waitKind(cpu.wait) !== WAIT.RUN && !idles(cpu));
  return HANGS.includes(s.signature) ? s.cpus.filter((cpu) => cpu.activity === ACTIVITY.RUNNING) : [];
}

/** Returns what kernel/smp.c prints with CONFIG_CSD_LOCK_WAIT_DEBUG, without the times in nanoseconds. */
function csdLock(call: PostedCall, s: Snapshot, n: number): string[] {
  return call.unacked.flatMap(({ cpu, pending }) => {
    const target = `CPU#${String(cpu).padStart(2, '0')}`;
    const masked = (s.cpus[cpu].irqOff & IRQS_DISABLED) === 0 ? '' : `: ${target} has interrupts off`;
    return [
      `csd: Detected non-responsive CSD lock (#${n}) on CPU#${call.from}, waiting for ${target} ${call.handler}(0x${hex(call.info, 1)}).`,
      `csd:     CSD lock (#${n}) ${pending ? `unresponsive${masked}` : 'handling this request'}.`,
    ];
  });
}

function taskAndTrace(cpu: CpuSnapshot, steps: readonly string[], symbols: (address: number) => string): string[] {
  return [
    'Modules linked in:',
    `CPU: ${cpu.id} PID: ${pidOf(cpu)} Comm: ${cpu.comm}`,
    'Call Trace:',
    ...callTrace([...spinning(cpu, symbols), ...cpu.frames], steps),
  ];
}

/** Returns the frame of the lock function in which the CPU spins, if it does: lock functions do not show themselves on the call stack. */
function spinning(cpu: CpuSnapshot, symbols: (address: number) => string): Frame[] {
  return waitKind(cpu.wait) === WAIT.LOCK ? [{ fn: spinFunction(cpu, symbols), step: cpu.step }] : [];
}
