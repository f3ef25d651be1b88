/**
 * Makes the CPUs of a machine access memory one at a time. A CPU's thread waits for its turns (Lockstep); the host
 * grants them (TurnOrder), for lib/harness/replay.
 */

import { PARTY_STRIDE, Waiter, wake, type SpinBudget } from '../sharedarraybuffer-utils/index.js';
import { blockOf, type Cpu, type TurnTaking } from './cpu.js';
import { ExchangedTurn } from './exchangedTurn.js';
import { deliverInWait } from './deliverInWait.js';
import { IRR_MAILBOX, takeNext, takesOne } from './irq.js';
import { CPU, LOCKSTEP } from './layout.js';
import { IRR_LINES, IRR_TIMER } from './lines.js';
import type { MachineMap } from './map.js';
import { runIdle } from './meeting.js';
import { isOffered } from './migration.js';
import { tick } from './timers.js';

/** In a turn: the oldest store in the buffer of the CPU becomes visible, and nothing else happens. */
export const TURN_DRAINS = 0x1000;
const TURN_CPU = 0xff;

/** Returns the CPU of a turn. */
export function turnCpu(turn: number): number {
  return turn & TURN_CPU;
}

/** Returns the word index of the bell of a CPU that waits for its turn. */
export function turnPartyOf(map: MachineMap, id: number): number {
  return map.lockstep + LOCKSTEP.WORDS + id * PARTY_STRIDE;
}

/** Returns the word index of the order: one CPU number for each turn, with TURN_DRAINS where it drains. */
export function orderAt(map: MachineMap): number {
  return map.lockstep + LOCKSTEP.WORDS + map.shape.cpus * PARTY_STRIDE;
}

/**
 * One CPU's part in a lockstep run. The order is a list of CPU numbers, one for each access, in shared memory; it may
 * still grow during the run. A CPU keeps its turn until it reaches its next access, so that everything it does in
 * between belongs to the turn too; then the turn index moves on and the next CPU is rung.
 *
 * A turn with TURN_DRAINS lets one store out of the CPU's buffer; what else empties it does so in one turn (storeBuffer.ts).
 *
 * An interrupt is taken in the first turn that finds it pending. A CPU whose actor has ended idles with what turns it
 * gets: it takes interrupts in them, since others may wait for its acknowledgement, and lets the rest pass.
 */
export class Lockstep implements TurnTaking {
  readonly #mem: Int32Array;
  readonly #map: MachineMap;
  readonly #waiter: Waiter;
  /**
   * NONE: waits for a turn. GRANTED: has one, not yet used. USED: its access may be under way. EXCHANGED: it has taken
   * part in an exchange of CPUs, in a turn of its own or of the other thread.
   */
  #state: 'none' | 'granted' | 'used' | 'exchanged' = 'none';
  readonly #exchange: ExchangedTurn;
  #arrived = false;

  constructor(mem: Int32Array, map: MachineMap, id: number, budget: SpinBudget) {
    this.#mem = mem;
    this.#map = map;
    this.#waiter = new Waiter(mem, turnPartyOf(map, id), budget);
    this.#exchange = new ExchangedTurn(mem, map);
  }

  boundary(cpu: Cpu): void {
    this.#takeTurnBehindDrains(cpu);
    if ((cpu.mem[cpu.irr] & IRR_TIMER) !== 0) tick(cpu);
    for (let taken = 0; (taken = takeNextInWait(cpu, taken)) >= 0;) this.#takeTurnBehindDrains(cpu);
    this.#state = 'used';
  }

  /** Takes a turn for an access, behind those in which a store leaves the buffer. */
  #takeTurnBehindDrains(cpu: Cpu): void {
    this.#takeTurn(cpu);
    while (this.#isDrain()) {
      this.#state = 'used';
      cpu.isa.drainOne(cpu.base);
      this.#takeTurn(cpu);
    }
  }

  drain(cpu: Cpu, atOnce: boolean): void {
    if (atOnce) cpu.isa.drainAll(cpu.base);
    while (cpu.mem[cpu.block + CPU.buffered] !== 0) {
      this.#takeTurn(cpu);
      if (this.#isDrain()) cpu.isa.drainOne(cpu.base);
      else cpu.isa.drainAll(cpu.base);
      this.#state = 'used';
    }
  }

  /** Whether the CPU's turn is one in which it drains. */
  #isDrain(): boolean {
    const turn = Atomics.load(this.#mem, this.#map.lockstep + LOCKSTEP.turn);
    return (this.#mem[orderAt(this.#map) + turn] & TURN_DRAINS) !== 0;
  }

  finish(cpu: Cpu): void {
    // Before the turn is passed: a thread that sees that the last turn is used also sees that it was the last.
    this.#setEnded(cpu, 1);
    if (!this.#arrived) this.#arrive();
    if (this.#state !== 'none') this.#pass();
    const isOver = (): boolean => Atomics.load(this.#mem, this.#map.lockstep + LOCKSTEP.over) !== 0;
    const isMine = (): boolean => this.#isMine(cpu);
    idleUntil(this.#waiter, { isOver, isMine, use: () => this.#idleTurn(cpu) });
  }

  /**
   * Waits until the offered CPU has been taken, or for its turn. The turn in which another thread takes the CPU is not
   * passed before both have exchanged. So a turn that comes is this thread's only if no other has taken the CPU.
   */
  standAside(cpu: Cpu): void {
    if (this.#state !== 'none') this.#pass();
    this.#waiter.begin();
    while (isOffered(cpu) && !this.#isMine(cpu)) this.#waiter.pause();
    this.#waiter.end();
    if (isOffered(cpu)) this.#state = 'used';
    else this.handOver();
  }

  awaitTaker(cpu: Cpu): void {
    if (!this.#arrived) this.#arrive();
    if (this.#state === 'used' || this.#state === 'exchanged') this.#pass();
    this.#waiter.begin();
    while (isOffered(cpu) && !this.#isMine(cpu)) this.#waiter.pause();
    this.#waiter.end();
    if (!isOffered(cpu)) this.handOver();
  }

  handOver(): void {
    this.#state = 'exchanged';
    this.#exchange.begin();
  }

  /**
   * Moves to the bell of the new CPU, and rings it: the thread that gave the CPU away waits there until it sees that
   * the CPU has been taken.
   */
  moved(cpu: Cpu): void {
    wake(this.#mem, turnPartyOf(this.#map, cpu.id));
    this.#waiter.moveTo(turnPartyOf(this.#map, cpu.id));
  }

  #idleTurn(cpu: Cpu): void {
    this.#state = 'granted';
    if (takesOne(cpu)) {
      this.#setEnded(cpu, 0);
      runIdle(cpu, takeAll);
      this.#setEnded(cpu, 1);
    }
    this.#pass();
  }

  /** Notes that the CPU has reached its first access. What it does before, such as opening a window, is done before any CPU has a turn. */
  #arrive(): void {
    this.#arrived = true;
    Atomics.add(this.#mem, this.#map.lockstep + LOCKSTEP.arrived, 1);
    Atomics.notify(this.#mem, this.#map.lockstep + LOCKSTEP.arrived);
  }

  #takeTurn(cpu: Cpu): void {
    if (!this.#arrived) this.#arrive();
    if (this.#state === 'used' || this.#state === 'exchanged') this.#pass();
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
    return (
      turn >= this.#exchange.first &&
      turn < Atomics.load(this.#mem, this.#map.lockstep + LOCKSTEP.length) &&
      turnCpu(this.#mem[orderAt(this.#map) + turn]) === cpu.id
    );
  }

  #pass(): void {
    const isOthers = this.#state === 'exchanged' && !this.#exchange.arrive();
    this.#state = 'none';
    if (isOthers) return;
    const turn = Atomics.add(this.#mem, this.#map.lockstep + LOCKSTEP.turn, 1) + 1;
    Atomics.notify(this.#mem, this.#map.lockstep + LOCKSTEP.turn);
    if (turn < Atomics.load(this.#mem, this.#map.lockstep + LOCKSTEP.length)) {
      wake(this.#mem, turnPartyOf(this.#map, turnCpu(this.#mem[orderAt(this.#map) + turn])));
    }
  }

  #setEnded(cpu: Cpu, ended: number): void {
    Atomics.store(this.#mem, this.#map.lockstep + LOCKSTEP.ended + cpu.id, ended);
  }
}

function takeNextInWait(cpu: Cpu, taken: number): number {
  return deliverInWait(cpu, () => takeNext(cpu, taken));
}

function takeAll(cpu: Cpu): void {
  for (let taken = 0; taken >= 0;) taken = takeNext(cpu, taken);
}

/** Waits for turns and uses them until the trial is over, on a CPU whose actor has ended. */
export function idleUntil(
  waiter: Waiter,
  turns: { readonly isOver: () => boolean; readonly isMine: () => boolean; readonly use: () => void },
): void {
  waiter.begin();
  while (!turns.isOver()) {
    if (!turns.isMine()) {
      waiter.pause();
      continue;
    }
    waiter.end();
    turns.use();
    waiter.begin();
  }
  waiter.end();
}

/**
 * The side that grants the turns: appends CPU numbers to the order, one at a time or all at once. Methods that return a
 * promise settle when the CPUs have got that far; they never block the thread.
 */
export class TurnOrder {
  readonly #mem: Int32Array;
  readonly #map: MachineMap;

  constructor(mem: Int32Array, map: MachineMap) {
    this.#mem = mem;
    this.#map = map;
  }

  /** Returns the number of turns granted so far. */
  get length(): number {
    return Atomics.load(this.#mem, this.#map.lockstep + LOCKSTEP.length);
  }

  /**
   * Grants the next turns, one to each CPU named; one with TURN_DRAINS lets a store out of its buffer. Throws RangeError if
   * the machine has no room for so long an order.
   */
  grant(...turns: readonly number[]): void {
    const n = this.length;
    const { orderTurns, cpus } = this.#map.shape;
    if (n + turns.length > orderTurns) throw new RangeError(`an order holds ${orderTurns} turns at most`);
    for (const [i, turn] of turns.entries()) {
      const id = turn & ~TURN_DRAINS;
      if (!Number.isInteger(turn) || id < 0 || id >= cpus)
        throw new RangeError(`a turn for CPU ${id}: the machine has ${cpus}`);
      this.#mem[orderAt(this.#map) + n + i] = turn;
    }
    Atomics.store(this.#mem, this.#map.lockstep + LOCKSTEP.length, n + turns.length);
    for (let c = 0; c < cpus; c++) wake(this.#mem, turnPartyOf(this.#map, c));
  }

  /** Whether the CPU's actor has ended, and no interrupt waits for it. Stands still once all turns have been used. */
  hasEnded(id: number): boolean {
    if (Atomics.load(this.#mem, this.#map.lockstep + LOCKSTEP.ended + id) === 0) return false;
    const block = blockOf(this.#map, id);
    const requested = this.#mem[block + CPU.irr] & (IRR_MAILBOX | IRR_LINES);
    return requested === 0 || this.#mem[block + CPU.irqOff] !== 0;
  }

  /** Returns the order so far. */
  granted(): number[] {
    const at = orderAt(this.#map);
    return Array.from(this.#mem.subarray(at, at + this.length));
  }

  /** Settles when every CPU stands in front of its first access, or has ended without one. */
  async arrived(): Promise<void> {
    await this.#reached(LOCKSTEP.arrived, () => this.#map.shape.cpus);
  }

  /** Settles when every turn granted so far has been used. */
  async used(): Promise<void> {
    await this.#reached(LOCKSTEP.turn, () => this.length);
  }

  async #reached(word: number, goal: () => number): Promise<void> {
    const at = this.#map.lockstep + word;
    for (;;) {
      const now = Atomics.load(this.#mem, at);
      if (now >= goal()) return;
      const result = Atomics.waitAsync(this.#mem, at, now, 50);
      if (result.async) await result.value;
    }
  }

  /** Lets the CPUs go, once every actor has ended. */
  end(): void {
    Atomics.store(this.#mem, this.#map.lockstep + LOCKSTEP.over, 1);
    for (let c = 0; c < this.#map.shape.cpus; c++) wake(this.#mem, turnPartyOf(this.#map, c));
  }
}
