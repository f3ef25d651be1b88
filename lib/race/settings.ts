/** The settings of a run: what is asked for on the command line, held in plans, searched by `tune`, and told in documents. */

/** How the CPUs of a machine keep together. */
export const SYNC_MODES = ['rendezvous', 'stride', 'free'] as const;
export type Sync = (typeof SYNC_MODES)[number];

export { MEMORY_MODELS, type MemoryModel } from '../machine/memoryModel.js';

/** The largest number of spins: they are held in Int32 words. */
export const SPINS_MAX = 0x7fff_ffff;

/** A range of spins, both ends included; min = max is a fixed delay. */
export interface SpinRange {
  readonly min: number;
  readonly max: number;
}

/** What decides how often CPUs meet in a window, beside the conditions of the run. */
export interface Settings {
  readonly cpus: number;
  readonly machines: number;
  readonly sync: Sync;
  /** Trials in a round. */
  readonly round: number;
  /** Iterations that a waiting CPU spins before it sleeps, between these bounds. */
  readonly spin: SpinRange;
  /** Random wait before each actor that runs, by name, in spins. */
  readonly phases: Readonly<Record<string, SpinRange>>;
  /** Delay in each window, by name, in spins. */
  readonly windows: Readonly<Record<string, SpinRange>>;
}
