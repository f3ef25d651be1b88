/**
 * Where sampled trials lie in a machine's memory: their rings on the way to the host, and how often each was met. Written on CPUs' threads by
 * lib/harness/cpu/sampler.ts, read on the host by lib/harness/host/sampledTrials.ts.
 *
 * Trials are told apart by two words of hash over what they read and left. A trial that is new waits in a slot until the host has read it.
 */

import { LINE, WORD, lines, struct } from '../sharedarraybuffer-utils/index.js';
import { CPUS_MAX } from './layout.js';

/** Words of an instance that are compared, at most. */
export const SAMPLED_WORDS_MAX = 512;
/** Trials that are told apart; a power of two. No more than three quarters are used. */
export const SAMPLED_KINDS = 1 << 12;
export const SAMPLED_KINDS_MAX = (SAMPLED_KINDS * 3) >> 2;
export const SAMPLE_SLOTS = 64;

/** One kind of trial: its hash, and how often it was met. 0 times: no kind. */
export const SAMPLED_KIND = struct({ first: WORD, second: WORD, count: WORD, spare: WORD });

/** The words in front of the rings of the newest sample, one for each CPU, and the slots. */
export const SAMPLES = struct({
  /** Offsets of the words that are compared, written by the host before the CPUs begin: those that are hashed, then locks. */
  hashed: LINE,
  compared: WORD,
  offsets: lines(SAMPLED_WORDS_MAX),
  /** Trials that were sampled, those that could not be told apart, and those that found no room. Written by CPU 0. */
  sampled: LINE,
  unclear: WORD,
  crowded: WORD,
  /** Kinds in the table. */
  kinds: WORD,
  /** By CPU, the hash of what it read; 0 in both words if its ring has overflowed. */
  hashes: lines(2 * CPUS_MAX),
  table: lines(SAMPLED_KINDS * SAMPLED_KIND.WORDS),
});

/** A sample that waits for the host; the rings of all CPUs and the compared words follow. `full` as in CAPTURE. */
export const SAMPLE = struct({ full: LINE, first: WORD, second: WORD, outcome: WORD });

/** Returns the words of a slot. */
export function sampleStride(cpus: number, ringStride: number): number {
  return SAMPLE.WORDS + cpus * ringStride + SAMPLED_WORDS_MAX;
}

/** Returns the words of it all. */
export function samplesWords(cpus: number, ringStride: number): number {
  return SAMPLES.WORDS + cpus * ringStride + SAMPLE_SLOTS * sampleStride(cpus, ringStride);
}
