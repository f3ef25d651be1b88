/**
 * Notices proofs of deadlocks that were false: the accused CPU looks whether it still waits. Called on the CPU's thread
 * when it has left a trial, by meeting.ts and lib/harness/cpu/trial.ts.
 *
 * A proved wait has no end: who would end it waits itself. If it has ended all the same when the accused CPU has left the trial,
 * something has changed the machine behind its back: a plain store of the race, into a lock word or a mailbox, by a CPU that went
 * on or in a `finally` block. (Or the prover is wrong.) Then the trial is counted as that, and as no deadlock.
 */

import { forgetCaught } from './caught.js';
import { isTrueOf } from './claim.js';
import type { Cpu } from './cpu.js';
import { CPU, MACHINE } from './layout.js';
import { UNDONE_PROOF } from './signatures.js';
import { captureState, isCaptured } from './snapshot.js';
import { mapSnapshot } from './snapshotMap.js';
import { forgetStores } from './storeBuffer.js';
import { ACTIVITY, IRR_LEAVING, describe, hasFailed, failureOutcome } from './outcome.js';
import { outcomeSignature } from './outcomeWord.js';
import { waitKind, waitObject } from './wait.js';

/** Checks what the CPU was accused of. Called when it has left the code of the race that it was thrown out of. */
export function leftTrial(cpu: Cpu): void {
  const { mem, map } = cpu;
  Atomics.and(mem, cpu.irr, ~IRR_LEAVING);
  forgetCaught(cpu);
  cpu.forgetLoops();
  forgetStores(cpu);
  // Its CPU idles with interrupts on and in no handler, whatever a `finally` block has made of them.
  if (mem[cpu.block + CPU.activity] === ACTIVITY.EXITED) {
    mem[cpu.irqOff] = 0;
    mem[cpu.block + CPU.context] = 0;
    mem[cpu.block + CPU.level] = 0;
  }
  const isTrue = !hasFailed(cpu) || isTrueOf(cpu, Atomics.load(mem, cpu.outcome));
  cpu.interrupted.clear();
  if (isTrue) return;
  if (Atomics.compareExchange(mem, map.machine + MACHINE.undone, 0, cpu.id + 1) === 0) keep(cpu);
}

/** Keeps the state of the machine for the report, with what the CPU waited for, unless such a report is there already. */
function keep(cpu: Cpu): void {
  const { mem, map, detail } = cpu;
  const outcome = failureOutcome(cpu, UNDONE_PROOF);
  const index = outcomeSignature(outcome);
  if (isCaptured(mem, map, index)) return;
  captureState(cpu, index);
  detail.fill(0);
  detail[0] = waitKind(mem[cpu.wait]);
  detail[1] = waitObject(mem[cpu.wait]);
  // The machine's own failure block may still be filled by the CPU that has proved.
  describe(
    cpu,
    outcome,
    'a proved wait has ended',
    map.snapshots + index * map.snapshotStride + mapSnapshot(map).failure,
  );
}

/** Whether a proof of this trial was found undone; forgets it. CPU 0, after all have met. */
export function takeUndone({ mem, map }: Cpu): boolean {
  const at = map.machine + MACHINE.undone;
  if (mem[at] === 0) return false;
  mem[at] = 0;
  return true;
}
