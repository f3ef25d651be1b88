/**
 * The store buffer of a CPU under `--memory tso`, and where it is drained by more than an instruction. Called on the CPU's
 * thread by the machine, lib/kernel and lib/harness/cpu. Without buffers nothing is ever in one.
 *
 * The model is x86-TSO: S. Owens, S. Sarkar, P. Sewell, "A better x86 memory model: x86-TSO", TPHOLs 2009. A plain store, and
 * the one that unlocks, goes to the buffer; loads of the CPU itself are answered from there. Stores become visible in their
 * order, one at a time. All of them are visible
 *
 *   behind an atomic operation, which taking a lock is too, whether it succeeds or not, and behind smp_mb();
 *   before a call is posted, before and behind an interrupt handler, before a task leaves its CPU or exits;
 *   before the CPU waits, at the end of its actor, and before it fails its trial.
 *
 * Otherwise entries leave at instruction boundaries, as is drawn for the trial, and in lockstep in turns of their own.
 * What is in the buffer of a CPU that is thrown out of a failed trial has never been visible to anybody: it is forgotten.
 *
 * Differs: the buffer of a real processor is drained all the time, and holds several times as many stores. A failed trylock drains.
 */

import type { Cpu } from './cpu.js';
import { CPU, STORED, STORE_BUFFER_ENTRIES } from './layout.js';

/** Below what a draw of 16 bits lets one store out: one of these for each trial and CPU, so that some keep theirs long. */
const DRAIN_BELOW: readonly number[] = [0.9, 0.5, 1 / 8, 1 / 32].map((share) => Math.floor(share * 65_536));

/** Empties the buffer, and decides when stores of the trial leave it. `drawn`: 32 bits. */
export function beginBuffer({ mem, block }: Cpu, drawn: number): void {
  mem[block + CPU.buffered] = 0;
  mem[block + CPU.drainDraw] = drawn;
  mem[block + CPU.drainBelow] = DRAIN_BELOW[drawn & 3];
}

/** Forgets what is in the buffer. */
export function forgetStores({ mem, block }: Pick<Cpu, 'mem' | 'block'>): void {
  mem[block + CPU.buffered] = 0;
}

/** Whether a store of the CPU to this word is not visible yet. */
export function buffersStoreOf({ mem, block }: Cpu, address: number): boolean {
  const oldest = mem[block + CPU.oldest];
  for (let i = mem[block + CPU.buffered] - 1; i >= 0; i--) {
    const entry = (oldest + i) & (STORE_BUFFER_ENTRIES - 1);
    if (mem[block + CPU.stores + entry * STORED.WORDS + STORED.address] === address) return true;
  }
  return false;
}

/** Makes all stores of the CPU visible. In lockstep at once, unless the script of a replay has turns for them. */
export function drainBuffer(cpu: Cpu): void {
  if (cpu.mem[cpu.block + CPU.buffered] !== 0) drain(cpu, true);
}

/** Makes all stores of the CPU visible at a place where it makes no access. In lockstep that takes turns. */
export function drainInTurns(cpu: Cpu): void {
  if (cpu.mem[cpu.block + CPU.buffered] !== 0) drain(cpu, false);
}

function drain(cpu: Cpu, atOnce: boolean): void {
  if (cpu.lockstep?.drain === undefined) cpu.isa.drainAll(cpu.base);
  else cpu.lockstep.drain(cpu, atOnce);
}
