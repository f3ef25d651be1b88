import { PARTY_STRIDE, Waiter, wake, type SpinBudget } from '../sharedarraybuffer-utils/index.js';
import type { Cpu, TurnTaking } from './cpu.js';
import { deliver, interruptPending } from './irq.js';
import { LOCKSTEP } from './layout.js';
import type { MachineMap } from './map.js';

/** Word index of the bell of a CPU that waits for its turn. */
export function turnPartyOf(map: MachineMap, id: number): number {
  return map.lockstep + LOCKSTEP.WORDS + id * PARTY_STRIDE;
}

/** Word index of the order: one CPU number for each turn. */
export function orderAt(map: MachineMap): number {
  return map.lockstep + LOCKSTEP.WORDS + map.shape.cpus * PARTY_STRIDE;
}

/**
 * One CPU's part in a lockstep run. The order is a list of CPU numbers, one for each access, in shared memory; it may
 * still grow while the run goes on. A CPU keeps its turn until it comes to its next access, so that everything it does
 * in between belongs to the turn too; then the turn index moves on and the next CPU is rung.
 */
export class Lockstep implements TurnTaking {
  readonly #mem: Int32Array;
  readonly #map: MachineMap;
  readonly #waiter: Waiter;
  /** NONE: waits for a turn. GRANTED: has one, not yet used. USED: its access may be under way. */
  #state: 'none' | 'granted' | 'used' = 'none';

  constructor(mem: Int32Array, map: MachineMap, id: number, budget: SpinBudget) {
    this.#mem = mem;
    this.#map = map;
    this.#waiter = new Waiter(mem, turnPartyOf(map, id), budget);
  }

  boundary(cpu: Cpu): void {
    for (;;) {
      this.#takeTurn(cpu);
      if (!interruptPending(cpu)) break;
      deliver(cpu);
    }
    this.#state = 'used';
  }

  finish(cpu: Cpu): void {
    if (this.#state !== 'none') this.#pass();
    Atomics.store(this.#mem, this.#endedAt(cpu.id), 1);
    wake(this.#mem, turnPartyOf(this.#map, cpu.id));
  }

  #takeTurn(cpu: Cpu): void {
    if (this.#state === 'used') this.#pass();
    if (this.#state === 'granted' || this.#isMine(cpu)) {
      this.#state = 'granted';
      return;
    }
    this.#waiter.begin();
    while (!this.#isMine(cpu)) this.#waiter.pause();
    this.#waiter.end();
    this.#state = 'granted';
  }

  #isMine(cpu: Cpu): boolean {
    const turn = Atomics.load(this.#mem, this.#map.lockstep + LOCKSTEP.turn);
    return turn < Atomics.load(this.#mem, this.#map.lockstep + LOCKSTEP.length) && this.#mem[orderAt(this.#map) + turn] === cpu.id;
  }

  #pass(): void {
    this.#state = 'none';
    const turn = Atomics.add(this.#mem, this.#map.lockstep + LOCKSTEP.turn, 1) + 1;
    Atomics.notify(this.#mem, this.#map.lockstep + LOCKSTEP.turn);
    if (turn < Atomics.load(this.#mem, this.#map.lockstep + LOCKSTEP.length)) {
      wake(this.#mem, turnPartyOf(this.#map, this.#mem[orderAt(this.#map) + turn]));
    }
  }

  #endedAt(id: number): number {
    return this.#map.lockstep + LOCKSTEP.ended + id;
  }
}

/**
 * The side that grants the turns: appends CPU numbers to the order, one at a time or all at once.
 * Methods that return a promise settle when the CPUs have come so far; they never block the thread.
 */
export class TurnOrder {
  readonly #mem: Int32Array;
  readonly #map: MachineMap;

  constructor(mem: Int32Array, map: MachineMap) {
    this.#mem = mem;
    this.#map = map;
  }

  /** Turns granted so far. */
  get length(): number {
    return Atomics.load(this.#mem, this.#map.lockstep + LOCKSTEP.length);
  }

  /** Grants the next turn to CPU `id`. */
  grant(id: number): void {
    const n = this.length;
    if (n >= this.#map.shape.orderTurns) throw new RangeError(`an order holds ${this.#map.shape.orderTurns} turns at most`);
    this.#mem[orderAt(this.#map) + n] = id;
    Atomics.store(this.#mem, this.#map.lockstep + LOCKSTEP.length, n + 1);
    wake(this.#mem, turnPartyOf(this.#map, id));
  }

  /** Whether the CPU's actor has ended. */
  hasEnded(id: number): boolean {
    return Atomics.load(this.#mem, this.#map.lockstep + LOCKSTEP.ended + id) !== 0;
  }

  /** The order so far. */
  granted(): number[] {
    const at = orderAt(this.#map);
    return Array.from(this.#mem.subarray(at, at + this.length));
  }

  /** Settles when every turn granted so far has been used, or the CPU of the last one has ended without using it. */
  async used(): Promise<void> {
    const at = this.#map.lockstep + LOCKSTEP.turn;
    for (;;) {
      const turn = Atomics.load(this.#mem, at);
      const length = this.length;
      if (turn >= length || this.hasEnded(this.#mem[orderAt(this.#map) + turn])) return;
      const result = Atomics.waitAsync(this.#mem, at, turn, 50);
      if (result.async) await result.value;
    }
  }

}
