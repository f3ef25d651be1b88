/**
 * Waits for a bit of a word. Called on a CPU's thread by hashPage.ts, hpte.ts, pte.ts and the race hash-batch.
 *
 * Waiting for a lock that is one bit of a word: BUSY of a PTE, the lock bit of a hash table entry. Nothing in the word
 * says who owns it, so no wait record is published and no cycle can be proved through it; a trial that is over is left.
 */

import { PARTY, wake } from '../../sharedarraybuffer-utils/index.js';
import { partyOf, type Cpu } from '../../machine/cpu.js';
import { checkAddress } from '../../machine/reach.js';
import { OP, SPIN, record } from '../../machine/recorder.js';
import { drainBuffer } from '../../machine/storeBuffer.js';
import { abandon, hasFailed } from '../../machine/outcome.js';

/** Waits until the bits are clear; they may be set again by the time the caller looks. Interrupts are taken meanwhile. */
export function spinWhileSet(cpu: Cpu, address: number, bits: number): void {
  const { mem, waiter } = cpu;
  let word = spinLook(cpu, address, bits);
  if ((word & bits) === 0) return;
  waiter.begin();
  do {
    if (mem[cpu.irr] !== 0) cpu.trap(cpu);
    if (hasFailed(cpu)) {
      waiter.end();
      abandon(cpu, address);
    }
    if (cpu.lockstep === null) waiter.pause();
    word = Atomics.load(mem, address);
  } while ((word & bits) !== 0);
  waiter.end();
  record(cpu, OP.READ | SPIN, address, word, word);
}

/** Reads the word for the first time, which is recorded whatever it finds: it decides what the CPU does next. */
function spinLook(cpu: Cpu, address: number, bits: number): number {
  checkAddress(cpu, OP.READ, address);
  if (cpu.mem[cpu.irr] !== 0) cpu.trap(cpu);
  drainBuffer(cpu);
  const word = Atomics.load(cpu.mem, address);
  record(cpu, (word & bits) === 0 ? OP.READ : OP.READ | SPIN, address, word, word);
  return word;
}

/**
 * Rings the threads that may sleep in `spinWhileSet`, after the bits were cleared by an atomic store: nothing is looked
 * at before it, so one plain look is enough to leave out the ring.
 */
export function wakeSpinners(cpu: Cpu): void {
  for (let c = 0; c < cpu.cpus; c++) {
    const party = partyOf(cpu.map, c);
    if (cpu.mem[party + PARTY.parked] !== 0) wake(cpu.mem, party);
  }
}
