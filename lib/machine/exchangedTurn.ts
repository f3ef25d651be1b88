/**
 * The turn in which two threads exchange their CPUs (migration.ts), as both threads see it. Made by lockstep.ts and
 * script.ts, one for each thread.
 *
 * The thread that takes the CPU on offer does so in a turn of its own CPU. By the end of the turn that CPU is run by the
 * other thread. So the turn is passed by the thread of the two that is the last to stand in front of its next access:
 * the host reads nothing while a task is on its way from one CPU to the other.
 */

import { LOCKSTEP } from './layout.js';
import type { MachineMap } from './map.js';

/** One thread's part in the turns in which it exchanges CPUs. */
export class ExchangedTurn {
  readonly #mem: Int32Array;
  readonly #map: MachineMap;
  #first = 0;

  constructor(mem: Int32Array, map: MachineMap) {
    this.#mem = mem;
    this.#map = map;
  }

  /** The first turn that the thread may use: the one of its last exchange was given to its CPU for the other thread. */
  get first(): number {
    return this.#first;
  }

  /** The thread has exchanged CPUs in the turn that is under way, which is not passed before both have called `arrive`. */
  begin(): void {
    this.#first = Atomics.load(this.#mem, this.#map.lockstep + LOCKSTEP.turn) + 1;
  }

  /** The thread stands in front of its next access. Returns whether the other one does, too: then the turn is to be passed. */
  arrive(): boolean {
    return (Atomics.add(this.#mem, this.#map.lockstep + LOCKSTEP.exchanged, 1) & 1) === 1;
  }
}
