/**
 * What a CPU has found each CPU of its machine to do, when it looks whether nobody can go on. Filled by standstill.ts;
 * each CPU has one (cpu.ts), and so has lib/harness/watch/accuser.ts.
 */

import { CPUS_MAX } from './layout.js';

/** What a CPU does, as far as others depend on it. */
export const DOES = Object.freeze({
  /** It runs, or may at any moment: it takes a call, or what it waits for has come. */
  RUN: 0,
  /** It waits. */
  WAIT: 1,
  /** It has ended the trial, and idles with interrupts on. */
  END: 2,
} as const);

/** Made once for each CPU, because looks happen while trials run and must allocate nothing. */
export class Standing {
  readonly does = new Array<number>(CPUS_MAX).fill(0);
  readonly records = new Array<number>(CPUS_MAX).fill(0);
  /** By CPU that waits: the lock word, or the CPU that owes the acknowledgement. */
  readonly edges = new Array<number>(CPUS_MAX).fill(0);
  /** Whether nobody runs: then nobody sends a call, either. */
  isQuiet = false;
}
