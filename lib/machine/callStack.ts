import type { Cpu } from './cpu.js';

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

/** Name of a function by the id found on a shadow stack. */
export function functionName(id: number): string {
  return byId.get(id)?.name ?? `function_${id.toString(16)}`;
}

/** Pushes a frame. Every path out pops it with `leave`, except one that dies or is abandoned. */
export function enter(cpu: Cpu, fn: KernelFunction): void {
  cpu.isa.enter(cpu.base, fn.id);
}

/** Pops a frame; the CPU is at its caller's step again. */
export function leave(cpu: Cpu): void {
  cpu.isa.leave(cpu.base);
}

/** The CPU comes to a step: index into the race's labels. */
export function step(cpu: Cpu, label: number): void {
  cpu.mem[cpu.step] = label;
}
