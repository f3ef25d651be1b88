/**
 * Checks that an actor or a handler leaves its CPU as it must. Called on the CPU's thread by irq.ts,
 * lib/harness/cpu/trial.ts and lib/explore.
 *
 * An actor ends as it began: no lock held, interrupts and softirqs on, preemption enabled, inside no function. A handler leaves all of that
 * as it found it.
 */

import { functionName } from './callStack.js';
import type { Cpu } from './cpu.js';
import { POLLS } from './irqMask.js';
import { CPU, FRAME, STACK_MAX } from './layout.js';
import { fail } from './outcome.js';
import { UNBALANCED } from './signatures.js';

/** Returns what `who` has left on its CPU in another state than it found it: "an actor ended with 1 lock held, interrupts off". */
export function imbalanceWords(
  cpu: Cpu,
  who: string,
  held: number,
  preemptCount: number,
  depth: number,
  irqOff: number,
  context: number,
  migrateDisabled: number,
  level: number,
): string {
  const { mem, block } = cpu;
  const left: string[] = [];
  const locks = mem[block + CPU.held] - held;
  if (locks > 0) left.push(locks === 1 ? '1 lock held' : `${locks} locks held`);
  if (locks < 0) left.push('a lock released that it did not take');
  if (mem[cpu.irqOff] !== irqOff) left.push(mem[cpu.irqOff] === 0 ? 'interrupts on' : 'interrupts off');
  if (mem[block + CPU.context] !== context) left.push(contextWords(mem[block + CPU.context], context));
  if (mem[block + CPU.level] !== level) left.push(`interrupt level ${mem[block + CPU.level]} where it was ${level}`);
  if (mem[block + CPU.preemptCount] !== preemptCount)
    left.push(`preempt_count ${mem[block + CPU.preemptCount]} where it was ${preemptCount}`);
  if (cpu.migrateDisabled !== migrateDisabled)
    left.push(cpu.migrateDisabled > migrateDisabled ? 'migration disabled' : 'migration enabled');
  if (mem[block + CPU.depth] !== depth) left.push(depthWords(cpu, depth));
  return `${who} ended with ${left.join(', ')}`;
}

function contextWords(now: number, before: number): string {
  if (((now ^ before) & POLLS) !== 0) return (now & POLLS) === 0 ? 'no polling in waits' : 'polling in waits';
  return now < before ? 'softirqs enabled' : 'softirqs disabled';
}

function depthWords({ mem, block }: Cpu, before: number): string {
  const depth = mem[block + CPU.depth];
  if (depth < before) return 'one leave() too many';
  const innermost = mem[block + CPU.frames + (Math.min(depth, STACK_MAX) - 1) * FRAME.WORDS + FRAME.fn];
  return `no leave() of ${functionName(innermost)}`;
}

/** Whether an actor that ends here leaves its CPU as no actor may. */
export function isUnbalanced({ mem, block, irqOff, migrateDisabled }: Cpu): boolean {
  return (
    migrateDisabled !== 0 ||
    mem[block + CPU.held] !== 0 ||
    mem[block + CPU.preemptCount] !== 0 ||
    mem[block + CPU.depth] !== 0 ||
    mem[irqOff] !== 0 ||
    mem[block + CPU.context] !== 0 ||
    mem[block + CPU.level] !== 0
  );
}

/** Fails the trial for that. */
export function reportUnbalanced(cpu: Cpu): void {
  const { mem, block } = cpu;
  const what = imbalanceWords(cpu, 'an actor', 0, 0, 0, 0, 0, 0, 0);
  fail(cpu, UNBALANCED, what, mem[block + CPU.held], mem[block + CPU.preemptCount], mem[cpu.irqOff]);
}
