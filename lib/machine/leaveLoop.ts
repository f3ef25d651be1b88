/**
 * Ends a loop of reads that was recognised as a wait (readAgain.ts). Called on a CPU's thread by readAgain.ts, by irq.ts when
 * another instruction comes, and where the code of an actor or a handler ends.
 */

import type { Cpu } from './cpu.js';
import { IRR_LOOP } from './irqMask.js';
import { OP, record } from './recorder.js';
import { WAIT, publishWait, waitKind } from './wait.js';
import { noteSleeper } from './wordBell.js';

/** Ends the loop of the CPU, if it is in one, where its code has left it by itself. */
export function leaveLoop(cpu: Cpu): void {
  const { loop } = cpu;
  if (!loop.isFollowed) return;
  const wasPublished = loop.isLoop && loop.iterations > 0;
  if (loop.isLoop) withdrawLoop(cpu);
  else stopFollowing(cpu);
  if (wasPublished) record(cpu, OP.LEFT_LOOP, 0, 0, 0);
}

/** Withdraws the wait of a loop that has ended. */
export function withdrawLoop(cpu: Cpu): void {
  stopFollowing(cpu);
  if (cpu.waiter.armed) noteSleeper(cpu, false);
  cpu.waiter.end();
  if (waitKind(cpu.mem[cpu.wait]) === WAIT.WORD) publishWait(cpu, WAIT.RUN, 0);
}

/** Makes reads instructions as any. */
export function stopFollowing(cpu: Cpu): void {
  Atomics.and(cpu.mem, cpu.irr, ~IRR_LOOP);
  cpu.loop.forget();
}
