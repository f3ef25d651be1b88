/**
 * Waits for bits of a word. Called on a CPU's thread by hashPage.ts, hpte.ts, pte.ts and the race hash-batch.
 *
 * Waiting for a lock that is one bit of a word: BUSY of a PTE, the lock bit of a hash table entry. Nothing in the word
 * says who owns it, so any other CPU may be the one that clears it.
 */

import type { Cpu } from '../../machine/cpu.js';
import { wait_on } from '../../machine/waitOn.js';

/** Waits until the bits are clear; they may be set again by the time the caller looks. Interrupts are taken meanwhile. */
export function spinWhileSet(cpu: Cpu, address: number, bits: number): void {
  wait_on(cpu, address, bits, 0);
}
