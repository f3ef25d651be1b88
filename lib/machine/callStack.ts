/**
 * The shadow call stack of a CPU, and the step that it is at. Pushed and popped on the CPU's thread by races and
 * models; shown by records and reports.
 */

import type { Cpu } from './cpu.js';
import { UNBALANCED } from './signatures.js';
import { die } from './outcome.js';

/** A function of the simulated kernel. Its id depends on its name alone, so that every thread agrees on it. */
export interface KernelFunction {
  readonly id: number;
  readonly name: string;
}

const byId = new Map<number, KernelFunction>();

/** Declares a kernel function that shows itself on the shadow call stack. The same name gives the same function. */
export function kernelFunction(name: string): KernelFunction {
  let id = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) id = Math.imul(id ^ name.charCodeAt(i), 0x01000193);
  id &= 0x00ffffff;
  const known = byId.get(id);
  if (known !== undefined && known.name !== name)
    throw new Error(`kernel functions ${known.name} and ${name} share an id; rename one`);
  const made = known ?? Object.freeze({ id, name });
  byId.set(id, made);
  return made;
}

/** Returns the name of a function by the id found on a shadow stack. */
export function functionName(id: number): string {
  return byId.get(id)?.name ?? `function_${id.toString(16)}`;
}

/** Pushes a frame. Every path out pops it with `leave`, except one that dies or is abandoned. */
export function enter(cpu: Cpu, fn: KernelFunction): void {
  if ((fn.id | 0) !== fn.id) throw new TypeError('enter(): what it was given was not made by kernelFunction()');
  cpu.isa.enter(cpu.base, fn.id);
}

/** Pops a frame; the CPU is at its caller's step again. */
export function leave(cpu: Cpu): void {
  if (cpu.isa.leave(cpu.base) === 0) die(cpu, UNBALANCED, 'leave() without an enter() before it');
}

/** Notes that the CPU is at a step, by its number among the race's labels, from 1. Throws RangeError for any other number. */
export function step(cpu: Cpu, label: number): void {
  if ((label | 0) !== label || label < 1 || label > cpu.steps) refuseStep(cpu, label);
  cpu.mem[cpu.step] = label;
}

function refuseStep({ stepLabels, steps }: Cpu, label: number): never {
  const known =
    steps === 0
      ? 'the race has no steps'
      : `the race has steps 1 to ${steps}, ${stepLabels[0]} to ${stepLabels[steps - 1]}`;
  throw new RangeError(`step(${label}): ${known}`);
}
