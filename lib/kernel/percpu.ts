import type { Cpu } from '../machine/cpu.js';

/** A per-CPU variable: `words` words in every CPU's own area. Its place is known once the areas are linked. */
export interface PerCpuVariable {
  readonly name: string;
  readonly words: number;
  /** Offset in the area; -1 before linking. */
  offset: number;
}

const variables = new Map<string, PerCpuVariable>();

/**
 * Declares a per-CPU variable of `words` words. Zero at boot; nothing else resets it.
 *
 * @kernel DEFINE_PER_CPU, include/linux/percpu-defs.h. Differs: takes a name and a size, and returns a handle.
 */
export function DEFINE_PER_CPU(name: string, words: number): PerCpuVariable {
  if (variables.has(name)) throw new Error(`per-CPU variable ${name} is declared twice`);
  const variable: PerCpuVariable = { name, words, offset: -1 };
  variables.set(name, variable);
  return variable;
}

/** Gives every declared variable its place, in order of name so that all threads agree; returns the size of an area. */
export function linkPerCpuAreas(): number {
  let next = 0;
  for (const name of [...variables.keys()].toSorted()) {
    const variable = variables.get(name)!;
    variable.offset = next;
    next += Math.ceil(variable.words / 16) * 16;
  }
  return next;
}

/** Name of the variable that has the word at `offset` of an area, with the word's own offset if it is not the first. */
export function perCpuName(offset: number): string | undefined {
  for (const { name, words, offset: first } of variables.values())
    if (first >= 0 && offset >= first && offset < first + words)
      return offset === first ? name : `${name}+${offset - first}`;
  return undefined;
}

/**
 * Word index of the running CPU's copy.
 *
 * @kernel this_cpu_ptr, include/linux/percpu-defs.h
 */
export function this_cpu_ptr(cpu: Cpu, variable: PerCpuVariable): number {
  return cpu.percpu + variable.offset;
}

/**
 * Word index of CPU `id`'s copy.
 *
 * @kernel per_cpu_ptr, include/linux/percpu-defs.h
 */
export function per_cpu_ptr(cpu: Cpu, variable: PerCpuVariable, id: number): number {
  return cpu.map.percpu + id * cpu.map.percpuStride + variable.offset;
}
