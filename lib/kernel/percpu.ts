/**
 * Per-CPU variables. Declared when a model or a race is imported, placed by lib/race/bootMachine.ts, addressed on a
 * CPU's thread.
 */

import { checkWord } from '../machine/access.js';
import type { Cpu } from '../machine/cpu.js';
import { noteMeant, noteOwnAddress } from '../machine/stalePerCpu.js';
import { BAD_ADDRESS } from '../machine/signatures.js';
import { drainBuffer } from '../machine/storeBuffer.js';
import { die } from '../machine/outcome.js';
import { preemptHere } from '../machine/preemption.js';
import { MODEL_WORDS } from './percpuModels.js';

/** A per-CPU variable: `words` words in every CPU's own area. Its place is known once the areas are linked. */
export interface PerCpuVariable {
  readonly name: string;
  readonly words: number;
  /** Offset in the area; -1 before linking. */
  offset: number;
}

/** Those of the models have their places in every race, whatever else the process has loaded. */
const variables = new Map<string, PerCpuVariable>(
  Object.entries(MODEL_WORDS).map(([name, words]) => [name, { name, words, offset: -1 }]),
);
const declared = new Set<string>();

/**
 * Declares a per-CPU variable of `words` words. Zero at boot; nothing else resets it: a trial begins with what the one before has left,
 * in `explore` and `replay` with 0.
 *
 * @kernel DEFINE_PER_CPU, include/linux/percpu-defs.h. Differs: takes a name and a size, and returns a handle.
 */
export function DEFINE_PER_CPU(name: string, words: number): PerCpuVariable {
  if (declared.has(name)) throw new Error(`per-CPU variable ${name} is declared twice`);
  const variable = variables.get(name) ?? { name, words, offset: -1 };
  if (variable.words !== words)
    throw new Error(`per-CPU variable ${name} has ${words} words; another one of this name has ${variable.words}`);
  declared.add(name);
  variables.set(name, variable);
  return variable;
}

/** Names and words of variables that are no model's. */
export type OwnPerCpuWords = readonly (readonly [name: string, words: number])[];

/** Lists the variables that races of this process have declared, beyond those of the models. */
export function ownPerCpuWords(): OwnPerCpuWords {
  return ownVariables().map(({ name, words }) => [name, words]);
}

/** Names those of them that are not 0 in an area, from word `area` of the memory on. */
export function ownPerCpuLeft(mem: Int32Array, area: number): string[] {
  const isLeft = ({ words, offset }: PerCpuVariable): boolean =>
    offset >= 0 && mem.subarray(area + offset, area + offset + words).some((word) => word !== 0);
  return ownVariables()
    .filter(isLeft)
    .map(({ name }) => name);
}

function ownVariables(): PerCpuVariable[] {
  return [...variables.values()].filter(({ name }) => !Object.hasOwn(MODEL_WORDS, name));
}

/** Keeps places for variables that another thread of the machine knows, so that both make the same map. */
export function reservePerCpuWords(others: OwnPerCpuWords): void {
  for (const [name, words] of others) if (!variables.has(name)) variables.set(name, { name, words, offset: -1 });
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

/** Returns the name of the variable that has the word at `offset` of an area, with the word's own offset if it is not the first. */
export function perCpuName(offset: number): string | undefined {
  for (const { name, words, offset: first } of variables.values())
    if (first >= 0 && offset >= first && offset < first + words)
      return offset === first ? name : `${name}+${offset - first}`;
  return undefined;
}

/**
 * Returns the word index of the running CPU's copy. A task that can be preempted may be on another CPU by the time it
 * uses it, as in the kernel: taking the address is one instruction, using it another. Such a use kills the CPU, as `stale-percpu`,
 * until the task comes back, or has asked for that copy by per_cpu_ptr(). With preemption or migration disabled it cannot happen. `place`
 * names the point (preemption.ts).
 *
 * @kernel this_cpu_ptr, include/linux/percpu-defs.h; __get_cpu_var in older kernels. Differs: can be preempted behind it; the kernel
 * warns where the address is taken, if it can be preempted there at all.
 */
export function this_cpu_ptr(cpu: Cpu, variable: PerCpuVariable, place = 0): number {
  const address = ownWords(cpu, variable);
  noteOwnAddress(cpu, address, variable.words, variable.name);
  if (cpu.contextSwitch !== null) preemptHere(cpu, place);
  return address;
}

/**
 * Returns what this_cpu_ptr() does, for code that means the copy whatever CPU it runs on later, or whose mistake shows otherwise: no use
 * of it fails.
 *
 * @kernel raw_cpu_ptr, include/linux/percpu-defs.h. Differs: can be preempted behind it
 */
export function raw_cpu_ptr(cpu: Cpu, variable: PerCpuVariable, place = 0): number {
  const address = ownWords(cpu, variable);
  if (cpu.contextSwitch !== null) preemptHere(cpu, place);
  return address;
}

/**
 * Reads a word of the running CPU's copy, by one instruction: no other CPU's can be meant.
 *
 * @kernel this_cpu_read, include/linux/percpu-defs.h; x86_read_percpu in older kernels
 */
export function this_cpu_read(cpu: Cpu, variable: PerCpuVariable, word: number): number {
  if ((word | 0) !== word || word < 0 || !(word < variable.words)) refuseWord(cpu, 'this_cpu_read', variable, word);
  const address = ownWords(cpu, variable) + word;
  if (cpu.explored !== null) cpu.explored.accessOwn(address, false);
  return cpu.hasStoreBuffer ? cpu.isa.view(cpu.base, address) : cpu.mem[address];
}

/**
 * @kernel this_cpu_write, include/linux/percpu-defs.h; x86_write_percpu in older kernels
 */
export function this_cpu_write(cpu: Cpu, variable: PerCpuVariable, word: number, value: number): void {
  if ((word | 0) !== word || word < 0 || !(word < variable.words)) refuseWord(cpu, 'this_cpu_write', variable, word);
  if ((value | 0) !== value) checkWord('this_cpu_write', value);
  // It is no instruction that the buffer knows, and must not overtake those that are in it.
  drainBuffer(cpu);
  const address = ownWords(cpu, variable) + word;
  if (cpu.explored !== null) cpu.explored.accessOwn(address, true);
  cpu.mem[address] = value;
}

/**
 * Returns the word index of the running CPU's copy, for what is no code of the kernel: hardware, auditors, the
 * harness's own looks. Nothing can come between the look and the use. test/tidy names the files that may call it.
 */
export function ownWords(cpu: Cpu, variable: PerCpuVariable): number {
  return cpu.percpu + variable.offset;
}

/**
 * Returns the word index of CPU `id`'s copy.
 *
 * @kernel per_cpu_ptr, include/linux/percpu-defs.h
 */
export function per_cpu_ptr(cpu: Cpu, variable: PerCpuVariable, id: number): number {
  if ((id | 0) !== id || id < 0 || id >= cpu.cpus)
    die(
      cpu,
      BAD_ADDRESS,
      `per_cpu_ptr of ${variable.name} of CPU ${String(id)}: the machine has CPUs 0 to ${cpu.cpus - 1}`,
    );
  const address = cpu.map.percpu + id * cpu.map.percpuStride + variable.offset;
  noteMeant(cpu, address);
  return address;
}

function refuseWord(cpu: Cpu, name: string, variable: PerCpuVariable, word: number): never {
  const words = `${variable.words} ${variable.words === 1 ? 'word' : 'words'}`;
  return die(cpu, BAD_ADDRESS, `${name} of word ${String(word)} of ${variable.name}, which has ${words}`);
}
