/**
 * Passes the records of failed trials from CPU 0 (lib/harness/cpu/recovery.ts) to the host
 * (lib/harness/host/evidenceOf.ts).
 *
 * The records of failed trials on their way to the host. CPU 0 copies the rings into a free slot while all CPUs are at
 * rest, the host reads the slot and frees it; neither waits for the other. A failure that finds all slots full is counted,
 * but leaves no evidence.
 */

import { ENTRY_WORDS, LINE_WORDS } from '../sharedarraybuffer-utils/index.js';
import type { Cpu } from './cpu.js';
import { CAPTURE, CAPTURES, FAILURE, FAILURE_DETAIL_WORDS, HEADER, MACHINE, MESSAGE_WORDS } from './layout.js';
import type { MachineMap } from './map.js';
import { readText } from './text.js';
import { trialNumber } from './trialNumber.js';

/** A failed trial as its CPUs have recorded it. */
export interface CapturedTrial {
  readonly outcome: number;
  readonly signature: number;
  /** The CPU that failed. */
  readonly cpu: number;
  readonly trial: number;
  /** Word index of the instance. */
  readonly instance: number;
  readonly detail: readonly number[];
  readonly message: string;
  /** Per CPU its records, four words each, oldest first, and how many it has made in all. */
  readonly rings: readonly { readonly words: Int32Array; readonly written: number }[];
  /** The words of the instance once all CPUs had left the trial. */
  readonly final: Int32Array;
}

/** Asks for the records of the first `keep` failures of each signature. Before the CPUs start. */
export function requestCaptures(mem: Int32Array, map: MachineMap, keep: number): void {
  mem[map.captures + CAPTURES.keep] = keep;
}

/** Whether another failure of the signature is wanted as evidence. */
export function wantsCapture(mem: Int32Array, map: MachineMap, signature: number): boolean {
  return mem[map.captures + CAPTURES.kept + signature] < mem[map.captures + CAPTURES.keep];
}

/** Keeps the trial that has just failed, if it is wanted and a slot is free. CPU 0, while the others are at rest. */
export function captureTrial(cpu: Cpu, outcome: number, signature: number): void {
  const { mem, map } = cpu;
  if (!wantsCapture(mem, map, signature)) return;
  const at = freeSlot(mem, map);
  if (at < 0) return;
  mem[at + CAPTURE.outcome] = outcome;
  copy(mem, at + CAPTURE.failure, map.machine + MACHINE.failure, FAILURE.WORDS);
  for (let c = 0; c < cpu.places; c++) {
    const ring = map.rings + c * map.ringStride;
    const entries = Math.min(mem[ring], map.shape.ringEntries);
    copy(mem, at + CAPTURE.WORDS + c * map.ringStride, ring, LINE_WORDS + entries * ENTRY_WORDS);
  }
  const instance = mem[map.machine + MACHINE.failure + FAILURE.instance];
  copy(mem, instanceIn(map, at), instance - HEADER.WORDS, map.instanceStride);
  mem[map.captures + CAPTURES.kept + signature]++;
  Atomics.store(mem, at + CAPTURE.full, 1);
}

function freeSlot(mem: Int32Array, map: MachineMap): number {
  for (let i = 0; i < (map.shape.captureSlots ?? 0); i++) {
    const at = slotAt(map, i);
    if (Atomics.load(mem, at + CAPTURE.full) === 0) return at;
  }
  return -1;
}

/** Returns where a slot has the trial's instance, from its header on. */
function instanceIn(map: MachineMap, at: number): number {
  return at + CAPTURE.WORDS + map.shape.cpus * map.ringStride;
}

function slotAt(map: MachineMap, i: number): number {
  return map.captures + CAPTURES.WORDS + i * map.captureStride;
}

function copy(mem: Int32Array, to: number, from: number, count: number): void {
  mem.copyWithin(to, from, from + count);
}

/** Takes what waits in the slots, and frees them. Called on the host. */
export function takeCaptures(mem: Int32Array, map: MachineMap): CapturedTrial[] {
  const taken: CapturedTrial[] = [];
  for (let i = 0; i < (map.shape.captureSlots ?? 0); i++) {
    const at = slotAt(map, i);
    if (Atomics.load(mem, at + CAPTURE.full) === 0) continue;
    taken.push(readSlot(mem, map, at));
    Atomics.store(mem, at + CAPTURE.full, 0);
  }
  return taken;
}

function readSlot(mem: Int32Array, map: MachineMap, at: number): CapturedTrial {
  const failure = at + CAPTURE.failure;
  return {
    outcome: mem[at + CAPTURE.outcome],
    signature: mem[failure + FAILURE.signature],
    cpu: mem[failure + FAILURE.cpu],
    trial: trialNumber(mem[failure + FAILURE.trialHigh], mem[failure + FAILURE.trial]),
    instance: mem[failure + FAILURE.instance],
    detail: Array.from({ length: FAILURE_DETAIL_WORDS }, (_, i) => mem[failure + FAILURE.detail + i]),
    message: readText(mem, failure + FAILURE.message, MESSAGE_WORDS),
    rings: Array.from({ length: map.shape.cpus }, (_, c) =>
      readRing(mem, map, at + CAPTURE.WORDS + c * map.ringStride),
    ),
    final: mem.slice(instanceIn(map, at) + HEADER.WORDS, instanceIn(map, at) + map.instanceStride),
  };
}

function readRing(mem: Int32Array, map: MachineMap, at: number): { words: Int32Array; written: number } {
  const entries = map.shape.ringEntries;
  const written = mem[at];
  // A stray store may have been there.
  const kept = Math.min(Math.max(0, written), entries);
  const words = new Int32Array(kept * ENTRY_WORDS);
  for (let i = 0; i < kept; i++) {
    const from = at + LINE_WORDS + ((written - kept + i) & (entries - 1)) * ENTRY_WORDS;
    for (let k = 0; k < ENTRY_WORDS; k++) words[i * ENTRY_WORDS + k] = mem[from + k];
  }
  return { words, written };
}
