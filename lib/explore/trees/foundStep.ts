/** Makes the place of a step that an actor makes for the first time. Called by steps.ts. */

import type { Cpu } from '../../machine/cpu.js';
import { IRQS_DISABLED, POLLS_IN_WAITS, POLLS_NOW } from '../../machine/irqMask.js';
import { CPU, CSD, FRAME, HELD, STACK_MAX } from '../../machine/layout.js';
import { ACTIVITY } from '../../machine/outcome.js';
import { isInHandler } from '../../machine/waitOn.js';
import { NOT_INTERRUPTED, STEP, WAITS_FOR, type ActorPlace, type TakenLines } from './step.js';
import type { ActorWait } from './waits.js';

/** Returns the step that the CPU makes, as a place that is nowhere in a tree yet. */
export function foundStep(
  cpu: Cpu,
  step: number,
  address: number,
  a: number,
  b: number,
  { kind, how, by, gives }: ActorWait,
  lines: TakenLines | null,
  message: string,
): ActorPlace {
  const { mem, block } = cpu;
  const depth = Math.min(mem[block + CPU.depth], STACK_MAX);
  return {
    id: -1,
    actor: cpu.home,
    cpu: cpu.id,
    takesCalls:
      step < STEP.FAIL &&
      step !== STEP.ASIDE &&
      step !== STEP.DRAINED &&
      cpu.id < cpu.cpus &&
      takesCalls(cpu, step, kind),
    lines,
    step,
    address,
    a: a | 0,
    b: b | 0,
    waits: kind,
    how,
    by,
    gives,
    label: mem[cpu.step],
    fn: depth === 0 ? 0 : mem[block + CPU.frames + (depth - 1) * FRAME.WORDS + FRAME.fn],
    depth: 0,
    inside: isInHandler(cpu),
    exited: mem[block + CPU.activity] === ACTIVITY.EXITED,
    held: step === STEP.END ? heldLocks(cpu) : NOTHING_HELD,
    lost: mem[block + CPU.csd + CSD.lost],
    message,
    stores: null,
    parent: null,
    value: 0,
    delivered: NOT_INTERRUPTED,
    children: new Map(),
    interrupts: new Map(),
    slot: -1,
  };
}

const NOTHING_HELD: readonly number[] = [];

function heldLocks({ mem, block }: Cpu): readonly number[] {
  return Array.from({ length: mem[block + CPU.held] }, (_, i) => mem[block + CPU.locks + i * HELD.WORDS + HELD.lock]);
}

/** Whether calls are taken in front of a step. */
function takesCalls({ mem, irqOff, block }: Cpu, step: number, kind: number): boolean {
  if (mem[irqOff] === 0) return true;
  if (mem[irqOff] !== IRQS_DISABLED) return false;
  const polls = step === STEP.POLL ? POLLS_NOW : kind === WAITS_FOR.NOTHING ? 0 : POLLS_IN_WAITS;
  return (mem[block + CPU.context] & polls) !== 0;
}
