import { blockOf, type Cpu } from '../machine/cpu.js';
import { COUNTER, CPU, HEADER, MACHINE } from '../machine/layout.js';
import { IRR_MAILBOX } from '../machine/irq.js';
import { lockOwner } from '../machine/lockWord.js';
import { meet } from '../machine/meeting.js';
import { IRR_NMI, takeNmi } from '../machine/nmi.js';
import { DEADLOCK, HANGS, ORPHANED_LOCK } from '../machine/signatures.js';
import { captureTrial } from '../machine/capture.js';
import { captureRings } from '../machine/snapshot.js';
import { ACTIVITY, verdictCpu, verdictSignature } from '../machine/verdict.js';
import { WAIT, publishWait, waitKind, waitObject } from '../machine/wait.js';
import { countGap } from './failureGaps.js';

/**
 * Brings the machine back from an abandoned trial: CPU 0 counts the outcome, every CPU forgets what it held and waited
 * for. Called by all CPUs with the same verdict, after all have met; `turn` is the number of the meeting in here. Nothing
 * but the trial is lost. The orphaned locks stay in the instance, which is not used again before its reset.
 *
 * A trial that hangs takes long, and a round of them would outlast the patience of whoever wants the end: CPU 0 says before
 * the meeting whether the round is over.
 *
 * Mailboxes are cleared between the two meetings, while nobody can post: before the first an abandoned sender still may,
 * after the second a faster CPU does so for the next trial.
 */
export function recover(cpu: Cpu, verdict: number, turn: number, forget: ((cpu: Cpu) => void) | undefined): void {
  checkProof(cpu, verdict);
  if (cpu.id === 0) {
    countFailure(cpu, verdict);
    countGap(cpu);
    sayWhetherOver(cpu, verdict);
  }
  resetCpu(cpu);
  forget?.(cpu);
  meet(cpu, turn);
  // A plain store could wipe out the verdict of a trial that a faster CPU has begun already.
  if (cpu.id === 0) Atomics.compareExchange(cpu.mem, cpu.verdict, verdict, 0);
}

function sayWhetherOver(cpu: Cpu, verdict: number): void {
  const { mem, map } = cpu;
  const { stop, stopOnHang, roundOver } = MACHINE;
  if (mem[map.machine + stopOnHang] !== 0 && HANGS.includes(cpu.signatures[verdictSignature(verdict)]))
    Atomics.store(mem, map.machine + stop, 1);
  mem[map.machine + roundOver] = Atomics.load(mem, map.machine + stop);
}

/** Counts a failed trial, and keeps the records of the first failure of its signature. CPU 0 only; the others are at rest. */
export function countFailure(cpu: Cpu, verdict: number): void {
  const { mem, map } = cpu;
  const signature = verdictSignature(verdict);
  cpu.counters.add(COUNTER.failures, 1);
  cpu.counters.add(COUNTER.signature0 + signature, 1);
  mem[mem[blockOf(map, verdictCpu(verdict)) + CPU.instance] - HEADER.WORDS + HEADER.near] = 0;
  const { captured, firstFailureUs } = MACHINE;
  if (mem[map.machine + firstFailureUs] === 0) mem[map.machine + firstFailureUs] = sinceHostStartUs(cpu);
  if ((mem[map.machine + captured] & (1 << signature)) === 0) captureRings(cpu, signature);
  captureTrial(cpu, verdict, signature);
}

/** Microseconds from the start of the host process until now, at least 1. The origin of `performance.now` is each thread's own. */
export function sinceHostStartUs(cpu: Cpu): number {
  return Math.max(1, Math.round((performance.timeOrigin + performance.now() - cpu.hostStartMs) * 1000));
}

/**
 * If the verdict is a proof that accuses this CPU: what it waited for must still not have come, since orphaned locks stay
 * locked and missing acknowledgements stay missing. If it has, the proof was wrong, and so is the harness.
 */
export function checkProof(cpu: Cpu, verdict: number): void {
  const { mem, map } = cpu;
  const signature = cpu.signatures[verdictSignature(verdict)];
  if (signature !== DEADLOCK && signature !== ORPHANED_LOCK) return;
  const accused = blockOf(map, verdictCpu(verdict)) + CPU.accused;
  if ((mem[accused + (cpu.id >>> 5)] & (1 << (cpu.id & 31))) === 0) return;
  const wait = mem[cpu.block + CPU.accusedOf];
  if (waitKind(wait) === WAIT.ACK && cpu.mailboxes.unacked(cpu.id, waitObject(wait)) !== 0) return;
  if (waitKind(wait) === WAIT.LOCK && lockOwner(Atomics.load(mem, waitObject(wait))) >= 0) return;
  mem[map.machine + MACHINE.wrongProof + 1] = wait;
  Atomics.store(mem, map.machine + MACHINE.wrongProof, cpu.id + 1);
}

/** Assigns what an abandoned trial left behind, whatever it was. */
export function resetCpu(cpu: Cpu): void {
  const { mem, block } = cpu;
  mem[cpu.irqOff] = 0;
  mem[block + CPU.preemptCount] = 0;
  mem[block + CPU.depth] = 0;
  mem[block + CPU.held] = 0;
  mem[block + CPU.activity] = ACTIVITY.IDLE;
  publishWait(cpu, WAIT.RUN, 0);
  cpu.mailboxes.clear(cpu.id);
  if ((mem[cpu.irr] & IRR_NMI) !== 0) takeNmi(cpu);
  Atomics.and(mem, cpu.irr, ~IRR_MAILBOX);
}
