/**
 * Refuses addresses that a race may not touch. Called on a CPU's thread by the compiled instructions, and by operations
 * that touch a word without one (lock.ts, lib/kernel/rwlock.ts).
 *
 * What a race may touch: the words of the instance that its CPU works on, and the per-CPU variables of all CPUs. Anything
 * else is the machine's own, or another trial's: a store there would change outcomes, locks or records, and nobody would
 * know. The instructions compare each address before they do anything; what is outside, or no whole number, comes here.
 */

import type { Cpu } from './cpu.js';
import { CPU } from './layout.js';
import { staleCopy } from './stalePerCpu.js';
import { OP, OP_MASK } from './recorder.js';
import { BAD_ADDRESS, STALE_PERCPU } from './signatures.js';
import { die } from './outcome.js';

/** What the operations of the SDK are called, by their opcode. */
const NAMES: Readonly<Record<number, string>> = {
  [OP.READ]: 'READ_ONCE',
  [OP.WRITE]: 'WRITE_ONCE',
  [OP.CMPXCHG]: 'cmpxchg',
  [OP.XCHG]: 'xchg',
  [OP.FETCH_OR]: 'atomic_fetch_or',
  [OP.FETCH_AND]: 'atomic_fetch_and',
  [OP.FETCH_ADD]: 'atomic_fetch_add',
  [OP.ACQUIRE]: 'lock',
  [OP.RELEASE]: 'unlock',
};

/**
 * Handles an address that is not in the CPU's instance; called by the instructions. A handler works
 * on the instance of its sender, and may still have to do with that of the trial that it interrupted; a per-CPU address may be one that
 * the task should not use any more; any other address kills the CPU.
 */
export function refuse(cpu: Cpu, op: number, address: number): void {
  if (isPerCpu(cpu, address)) return refuseStale(cpu, op, address);
  const own = cpu.mem[cpu.block + CPU.instance];
  if (isWord(address) && address >= own && address < own + cpu.map.shape.instanceWords) return;
  die(cpu, BAD_ADDRESS, `${NAMES[op & OP_MASK]} of ${placeOf(cpu, address)}`);
}

/** Kills the CPU, as `stale-percpu`, if the address is one that its task took on another CPU, as that one's own. */
function refuseStale(cpu: Cpu, op: number, address: number): void {
  const name = staleCopy(cpu, address);
  if (name === undefined) return;
  const { percpu, percpuStride } = cpu.map;
  const of = Math.floor((address - percpu) / percpuStride);
  const what = `${NAMES[op & OP_MASK]} of ${name} of CPU ${of}`;
  die(cpu, STALE_PERCPU, `${what}: the task took its address there, and runs on CPU ${cpu.id}`, address, of, cpu.id);
}

/** Checks an address for an operation that touches a word without an instruction; refuses it as `refuse` does. */
export function checkAddress(cpu: Cpu, op: number, address: number): void {
  const offset = address - cpu.instance;
  const isOwn = offset >= 0 && offset < cpu.map.shape.instanceWords && isWord(address);
  if (!isOwn) refuse(cpu, op, address);
}

function isPerCpu({ map }: Cpu, address: number): boolean {
  const { percpu, percpuStride, shape } = map;
  return isWord(address) && address >= percpu && address < percpu + percpuStride * shape.cpus;
}

/** Whether a number can be the index of a word at all. */
function isWord(address: number): boolean {
  return Number.isInteger(address) && address >= 0;
}

/** Returns the address as its author thinks of it: relative to the instance, if it is anywhere near. */
function placeOf(cpu: Cpu, address: number): string {
  const { instanceWords, instances } = cpu.map.shape;
  const of = `an instance of ${instanceWords} ${instanceWords === 1 ? 'word' : 'words'}`;
  if (typeof address !== 'number' || !Number.isFinite(address)) return `word ${String(address)} of ${of}`;
  if (isWord(address) && address < instanceWords && address < cpu.map.instances)
    return `word ${address} of the machine, which is not the race's: was instance + ${address} meant?`;
  const offset = address - cpu.instance;
  const stride = cpu.map.instanceStride;
  const indexOf = (word: number): number => Math.floor((word - cpu.map.instances) / stride);
  const other = indexOf(address);
  const isElsewhere = other >= 0 && other < instances && other !== indexOf(cpu.instance);
  return `word ${offset} of ${of}${isElsewhere ? ': it belongs to another trial' : ''}`;
}
