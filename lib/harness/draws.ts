/**
 * The random streams of a run: which one a trial draws a delay, or what the hardware leaves to chance, from. Read on each CPU's
 * thread by cpu/trial.ts, and on the host by what keeps evidence and judges it.
 */

import { CPUS_MAX } from '../machine/layout.js';
import { draw, drawWord } from '../machine/random.js';
import { highOf, lowOf } from '../machine/trialNumber.js';

/** Streams of the same kind: one for each CPU of each machine, of which there are 1,024 threads at most. */
const KIND_SHIFT = 16;
const CHANCE = 63 << KIND_SHIFT;
const HIGH = 62 << KIND_SHIFT;
const DRAINS = 61 << KIND_SHIFT;

/** Returns the stream of the wait before an actor. `cpu` is the thread's own. */
export function phaseStream(machine: number, cpu: number): number {
  return machine * CPUS_MAX + cpu;
}

/** Returns the stream of the delays in window `w`. */
export function windowStream(machine: number, cpu: number, w: number): number {
  return phaseStream(machine, cpu) + ((w + 1) << KIND_SHIFT);
}

/** Returns the stream of what decides when stores leave the store buffer of a CPU. */
export function drainStream(machine: number, cpu: number): number {
  return phaseStream(machine, cpu) + DRAINS;
}

/** Returns the seed of the trials whose numbers have this high word: the same delays do not come again with the low one. */
export function seedOf(seed: number, high: number): number {
  return high === 0 ? seed : draw(seed, HIGH, high);
}

/** Returns the word that a trial, of this low word, draws for what the modelled hardware leaves to chance. `seed`: as of seedOf(). */
export function chanceIn(seed: number, machine: number, cpu: number, low: number): number {
  return drawWord(seed, phaseStream(machine, cpu) + CHANCE, low);
}

/** Returns the same for a trial of a run, by the run's seed and the trial's whole number. */
export function chanceOf(seed: number, machine: number, cpu: number, trial: number): number {
  return chanceIn(seedOf(seed, highOf(trial)), machine, cpu, lowOf(trial));
}
