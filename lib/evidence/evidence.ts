/**
 * What a file of evidence holds: one failed trial, with its records. Made by lib/harness/host/evidenceOf.ts; read by
 * replays, reports and the search for an interleaving.
 */

import { OWN_WORDS } from '../machine/layout.js';
import type { MemoryModel } from '../machine/memoryModel.js';

/** One CPU's part in a failed trial. */
export interface EvidenceCpu {
  /** What the task did that started on this CPU. */
  readonly actor: string;
  readonly comm: string;
  /** The number drawn for what the modelled hardware leaves to chance. */
  readonly chance: number;
  /** Records in all; if there are more than are kept, the first are lost. */
  readonly written: number;
  /** Four words each, as lib/machine/recorder.ts has them, oldest first. */
  readonly records: readonly number[];
}

/** Where the machine's memory had what; word indexes. A replay needs the same. */
export interface EvidenceLayout {
  readonly instances: number;
  readonly instanceStride: number;
  readonly mailboxes: number;
  readonly cpus: number;
  readonly cpuStride: number;
  readonly percpu: number;
  readonly percpuStride: number;
  readonly migration: number;
  /** The word of the outcome. The file has had this name for it since its first version. */
  readonly verdict: number;
}

/** One failed trial: everything that is needed to explain it and to run it again. */
export interface Evidence {
  readonly race: string;
  /** How the race was named to the command: by its name, or the path of its file. */
  readonly target: string;
  /** SHA-256 of the race's own files. */
  readonly source: string;
  readonly variant: string;
  readonly knobs: Readonly<Record<string, string>>;
  readonly sync: string;
  /** How the machine ordered memory. */
  readonly memory: MemoryModel;
  readonly seed: number;
  readonly machine: number;
  /** Instances in a round. */
  readonly round: number;
  readonly trial: number;
  /** Word index of the trial's instance. */
  readonly instance: number;
  readonly signature: string;
  /** The CPU that failed. */
  readonly cpu: number;
  readonly message: string;
  /** As the signature defines it. For a deadlock: number of members, then the members in order of waiting. */
  readonly detail: readonly number[];
  /** The CPUs, and behind them the places of tasks that have none. */
  readonly cpus: readonly EvidenceCpu[];
  /** Whether the modules of the race were instrumented: a replay needs the same; absent if not. */
  readonly instrumented?: true;
  /** How many of them are CPUs; absent if all are. */
  readonly processors?: number;
  /** Words that the trial touched, as they were before it: word index and value. */
  readonly initial: readonly (readonly [number, number])[];
  /** Words of the instance that were changed without a record: around the machine's instructions. The first few. */
  readonly unrecorded: readonly number[];
  /** Names of all these words. */
  readonly names: readonly (readonly [number, string])[];
  /** Labels of steps and windows, by number; steps from 1, windows from 0. */
  readonly steps: readonly string[];
  readonly windows: readonly string[];
  /** Interrupt handlers by number, from 0. */
  readonly handlers: readonly string[];
  /** Interrupt lines by number, from 0, described by kind, name and handler; absent if the race has none. */
  readonly lines?: readonly string[];
  readonly layout: EvidenceLayout;
  readonly versions: { readonly racehammer: string; readonly node: string };
}

/** Returns how many CPUs the machine of the evidence had. */
export function processorsOf({ cpus, processors = cpus.length }: Pick<Evidence, 'cpus' | 'processors'>): number {
  return processors;
}

/** Whether the trial was one of JavaScript code (lib/js), on memory beside the machine's. */
export function hasOwnMemory({ names }: Pick<Evidence, 'names'>): boolean {
  return names.some(([address]) => address >= OWN_WORDS);
}

/** Words of one record. */
export const RECORD_WORDS = 4;

/** Returns the members of a deadlock, each of which waits for the next. */
export function cycleMembers({ detail: [count, ...members] }: Pick<Evidence, 'detail'>): number[] {
  return members.slice(0, count);
}

/** Returns the members of a deadlock in order of waiting, from the lowest CPU on, so that equal cycles compare equal. Empty for other failures. */
export function cycleOf(failure: Pick<Evidence, 'signature' | 'detail'>, deadlock: string): number[] {
  if (failure.signature !== deadlock) return [];
  const members = cycleMembers(failure);
  const first = members.indexOf(Math.min(...members));
  return [...members.slice(first), ...members.slice(0, first)];
}
