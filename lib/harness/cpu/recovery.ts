/**
 * Brings the machine back after a failed trial, and counts the failure. Called on each CPU's thread by loops.ts, when
 * all CPUs have left the trial.
 */

import type { Cpu } from '../../machine/cpu.js';
import { noteFirstFailure } from '../../machine/firstFailure.js';
import { COUNTER, CPU, HEADER, MACHINE } from '../../machine/layout.js';
import { IRR_MAILBOX } from '../../machine/irq.js';
import { IRR_LOOP } from '../../machine/irqMask.js';
import { clearLines } from '../../machine/lines.js';
import { meet } from '../../machine/meeting.js';
import { IRR_NMI, takeNmi } from '../../machine/nmi.js';
import { withdrawClaim } from '../../machine/claim.js';
import { HANGS, UNDONE_PROOF } from '../../machine/signatures.js';
import { captureTrial } from '../../machine/capture.js';
import { captureRings, isCaptured } from '../../machine/snapshot.js';
import { takeUndone } from '../../machine/undone.js';
import { ACTIVITY, IRR_LEAVING, signatureIndex, outcomeCpu, outcomeSignature } from '../../machine/outcome.js';
import { taskOfferAt } from '../../machine/runQueue.js';
import { WAIT, publishWait, waitKind } from '../../machine/wait.js';
import { forgetSleeper } from '../../machine/wordBell.js';
import { countGap } from './failureGaps.js';

/**
 * Brings the machine back from an abandoned trial: CPU 0 counts the outcome, every CPU forgets what it held and waited
 * for. Called by all CPUs with the same outcome, after all have met; `meeting` is the number of the one in here. Nothing
 * but the trial is lost. The orphaned locks stay in the instance, which is not used again before its reset.
 *
 * A trial that hangs takes long, and a round of such trials would delay the end of a run too much: CPU 0 says before
 * the meeting whether the round is over.
 *
 * Mailboxes are cleared between the two meetings, while nobody can post: before the first an abandoned sender still may,
 * after the second a faster CPU does so for the next trial.
 */
export function recover(cpu: Cpu, outcome: number, meeting: number, forget: ((cpu: Cpu) => void) | undefined): void {
  if (cpu.id === 0) {
    const signature = countFailure(cpu, outcome);
    countGap(cpu);
    sayWhetherOver(cpu, signature);
  }
  if (cpu.id === outcomeCpu(outcome)) forgetNearMiss(cpu);
  resetCpu(cpu);
  forget?.(cpu);
  meet(cpu, meeting);
  // A plain store could wipe out the outcome of a trial that a faster CPU has begun already.
  if (cpu.id === 0) Atomics.compareExchange(cpu.mem, cpu.outcome, outcome, 0);
}

/** Forgets the near miss of a trial that has failed. Called on the CPU that failed it: the others would fetch its words to know the instance. */
function forgetNearMiss({ mem, block }: Cpu): void {
  const at = mem[block + CPU.instance] - HEADER.WORDS + HEADER.near;
  if (mem[at] !== 0) mem[at] = 0;
}

function sayWhetherOver(cpu: Cpu, signature: string): void {
  const { mem, map } = cpu;
  const { stop, stopOnHang, roundOver } = MACHINE;
  if (mem[map.machine + stopOnHang] !== 0 && HANGS.includes(signature)) Atomics.store(mem, map.machine + stop, 1);
  const isOver = Atomics.load(mem, map.machine + stop);
  if (mem[map.machine + roundOver] !== isOver) mem[map.machine + roundOver] = isOver;
}

/**
 * Counts a failed trial, and keeps the records of the first failure of its signature, which is returned. Of a proof that was undone
 * there is nothing to run again. CPU 0 only; the others are at rest.
 */
export function countFailure(cpu: Cpu, outcome: number): string {
  const { mem, map } = cpu;
  const isUndone = takeUndone(cpu);
  const signature = isUndone ? signatureIndex(cpu, UNDONE_PROOF) : outcomeSignature(outcome);
  cpu.counters.add(COUNTER.failures, 1);
  cpu.counters.add(COUNTER.signature0 + signature, 1);
  noteFirstFailure(cpu);
  if (!isCaptured(mem, map, signature)) captureRings(cpu, signature);
  if (!isUndone) captureTrial(cpu, outcome, signature);
  return cpu.signatures[signature];
}

/** Requests that no trial leaves to the next one. */
const OF_TRIAL = IRR_MAILBOX | IRR_LEAVING | IRR_LOOP;

/** Assigns what an abandoned trial left behind, whatever it was. */
export function resetCpu(cpu: Cpu): void {
  const { mem, block } = cpu;
  mem[cpu.irqOff] = 0;
  mem[block + CPU.context] = 0;
  mem[block + CPU.level] = 0;
  mem[block + CPU.preemptCount] = 0;
  mem[block + CPU.depth] = 0;
  mem[block + CPU.held] = 0;
  mem[block + CPU.activity] = ACTIVITY.IDLE;
  if (waitKind(mem[cpu.wait]) !== WAIT.RUN) publishWait(cpu, WAIT.RUN, 0);
  forgetSleeper(cpu);
  mem[taskOfferAt(cpu.map, cpu.home)] = 0;
  cpu.mailboxes.clear(cpu.id);
  clearLines(cpu);
  if ((mem[cpu.irr] & IRR_NMI) !== 0) takeNmi(cpu);
  if ((mem[cpu.irr] & OF_TRIAL) !== 0) Atomics.and(mem, cpu.irr, ~OF_TRIAL);
  withdrawClaim(cpu);
}
