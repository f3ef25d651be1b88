/**
 * Copies the state of the machine at the first failure of each signature. Called on the failing CPU's thread by
 * outcome.ts, and on CPU 0 by lib/harness/cpu/recovery.ts.
 */

import { Mailboxes } from '../sharedarraybuffer-utils/index.js';
import type { Cpu } from './cpu.js';
import { FAILURE, HEADER, MACHINE } from './layout.js';
import type { MachineMap } from './map.js';
import { mapSnapshot } from './snapshotMap.js';

/**
 * Copies the failure and the state of the machine as the failing CPU sees it now, while the others continue: what it
 * copies of them is of about this moment, not of one instant. The exact account is in the rings.
 */
export function captureState(cpu: Cpu, signature: number): void {
  const { mem, map } = cpu;
  const at = map.snapshots + signature * map.snapshotStride;
  const to = mapSnapshot(map);
  copy(mem, at + to.failure, map.machine + MACHINE.failure, FAILURE.WORDS);
  copy(mem, at + to.instance, cpu.instance - HEADER.WORDS, map.instanceStride);
  copy(mem, at + to.mailboxes, map.mailboxes, Mailboxes.words(cpu.places));
  copy(mem, at + to.cpus, map.cpus, cpu.places * map.cpuStride);
  copy(mem, at + to.percpu, map.percpu, cpu.places * map.percpuStride);
}

/** Copies the rings, once all CPUs have left the trial, and marks the signature as captured. */
export function captureRings(cpu: Cpu, signature: number): void {
  const { mem, map } = cpu;
  const at = map.snapshots + signature * map.snapshotStride;
  copy(mem, at + mapSnapshot(map).rings, map.rings, cpu.places * map.ringStride);
  Atomics.or(mem, capturedAt(map, signature), 1 << (signature & 31));
}

/** Whether the first failure of a signature has been captured. */
export function isCaptured(mem: Int32Array, map: MachineMap, signature: number): boolean {
  return (Atomics.load(mem, capturedAt(map, signature)) & (1 << (signature & 31))) !== 0;
}

/** Returns the word that has a signature's bit. */
function capturedAt(map: MachineMap, signature: number): number {
  return map.machine + MACHINE.captured + (signature >>> 5);
}

function copy(mem: Int32Array, to: number, from: number, count: number): void {
  mem.copyWithin(to, from, from + count);
}
