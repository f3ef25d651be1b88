/**
 * Replays a trial of which every access is known. Runs on each CPU's thread, made by lib/harness/cpu/cpuMain.ts; the
 * host grants the turns (lib/harness/replay/replay.ts).
 */

import { Waiter, wake, type SpinBudget } from '../sharedarraybuffer-utils/index.js';
import type { Cpu, LoopTurn, TurnTaking } from './cpu.js';
import { ExchangedTurn } from './exchangedTurn.js';
import { deliverInWait } from './deliverInWait.js';
import { deliver } from './irq.js';
import { CPU, FRAME, LOCKSTEP, STACK_MAX } from './layout.js';
import { TAKEN, deliverLine } from './lines.js';
import { TURN_DRAINS, idleUntil, orderAt, turnCpu, turnPartyOf } from './lockstep.js';
import type { MachineMap } from './map.js';
import { runIdle } from './meeting.js';
import { isOffered } from './migration.js';
import { failAsTold, leaveTrial, throwOut } from './nmi.js';
import { ABANDONED, hasFailed } from './outcome.js';

/*
 * One turn of a script: the CPU, and what it does in the turn beside its next access. With TURN_DRAINS (lockstep.ts) its access is
 * that of a store that leaves its buffer.
 */
/** The access is the first of an interrupt handler: the CPU takes its interrupt here, and nowhere else. */
export const TURN_DELIVERS = 0x100;
/** The CPU gives up the wait that it is in: because the trial has failed, or because it proves the deadlock itself. */
export const TURN_GIVES_UP = 0x200;
/** The CPU is thrown out, not in a wait, because the trial has failed. */
export const TURN_THROWN_OUT = 0x400;
/** The CPU sets the outcome that the watchdog asks of it, and leaves the trial. */
export const TURN_TOLD = 0x800;

/** Above the flags: of what interrupt it is the first access, as the entry's record has it: 0 for calls, or a line plus 1. */
const LINE_SHIFT = 16;
/** The access is the last of a wait. */
export const TURN_ENDS_WAIT = 0x2000;

/** The task leaves the CPU to another one, that of the thread in the bits of the line. */
export const TURN_SWITCHES = 0x4000;

/** Returns the flags of a turn in which the CPU goes to the task of another thread. */
export function switchFlags(thread: number): number {
  return TURN_SWITCHES | (thread << LINE_SHIFT);
}

/** Why a run has left its script. */
export const LEFT = Object.freeze({ ENDED: 1, STUCK: 2 } as const);

/** Boundaries without an access, or looks for a cycle, in one turn before the CPU counts as stuck in it. */
const LOOKS_MAX = 10_000;

/** How long a CPU may take to end an actor that makes no access. */
const IDLE_MS_MAX = 1000;

/** Returns the flags of a turn in which an interrupt is taken, of the line that the record of its entry names. */
export function deliversFlags(line: number): number {
  return TURN_DELIVERS | (line << LINE_SHIFT);
}

function deliverAsTold(cpu: Cpu, code: number): void {
  const line = code >>> LINE_SHIFT;
  if (line === 0) deliver(cpu);
  else deliverLine(cpu, line - 1, TAKEN.AT_BOUNDARY);
}

/** Returns the word index where the function is noted that used a turn. */
export function turnFunctionAt(map: MachineMap, turn: number): number {
  return orderAt(map) + map.shape.orderTurns + turn;
}

/**
 * One CPU's part in a run whose every access is known: each record of the script has one turn, interrupts come where
 * the script has them, and a wait takes only the turn in which it ends. A CPU that cannot use its turn, or has none
 * left where it wants one, leaves its trial; so the run ends, whatever the code does.
 */
export class ScriptedTurns implements TurnTaking {
  readonly #mem: Int32Array;
  readonly #map: MachineMap;
  readonly #waiter: Waiter;
  /**
   * NONE: waits for a turn. GRANTED: has one, not yet used. USED: its access may be under way. EXCHANGED: it has taken
   * part in an exchange of CPUs, in a turn of its own or of the other thread.
   */
  #state: 'none' | 'granted' | 'used' | 'exchanged' = 'none';
  readonly #exchange: ExchangedTurn;
  /** Records in the CPU's ring when the turn was used: an attempt that has left none keeps its turn. */
  #written = 0;
  #looks = 0;
  /** The turn in which an interrupt has been taken. */
  #delivered = -1;

  constructor(mem: Int32Array, map: MachineMap, id: number, budget: SpinBudget) {
    this.#mem = mem;
    this.#map = map;
    this.#waiter = new Waiter(mem, turnPartyOf(map, id), budget);
    this.#exchange = new ExchangedTurn(mem, map);
  }

  boundary(cpu: Cpu): void {
    for (;;) {
      this.#take(cpu);
      if (this.#state === 'used') return;
      const turn = this.#turnNow();
      const code = this.#mem[orderAt(this.#map) + turn];
      if ((code & TURN_DRAINS) !== 0) {
        this.#use(cpu);
        cpu.isa.drainOne(cpu.base);
        continue;
      }
      if ((code & TURN_TOLD) !== 0) failAsTold(cpu);
      if ((code & (TURN_GIVES_UP | TURN_THROWN_OUT)) !== 0) {
        if (hasFailed(cpu)) this.#giveUp(cpu, code);
        if (this.#looks === 0) this.#awaitIdle();
        this.#countLook(cpu);
        return;
      }
      if ((code & TURN_DELIVERS) === 0 || this.#delivered === turn) break;
      this.#delivered = turn;
      deliverInWait(cpu, () => deliverAsTold(cpu, code));
    }
    this.#use(cpu);
  }

  scripted(): LoopTurn {
    const code = this.#mem[orderAt(this.#map) + this.#turnNow()];
    if ((code & (TURN_GIVES_UP | TURN_THROWN_OUT)) !== 0) return 'proof';
    return (code & TURN_ENDS_WAIT) === 0 ? 'look' : 'end';
  }

  turn(cpu: Cpu): void {
    this.drain(cpu);
    this.#take(cpu);
    if (this.#state === 'granted') this.#use(cpu);
  }

  /** Stores that leave the buffer all have turns. */
  drain(cpu: Cpu): void {
    while (cpu.mem[cpu.block + CPU.buffered] !== 0) {
      this.#take(cpu);
      if (this.#state === 'used' || (this.#mem[orderAt(this.#map) + this.#turnNow()] & TURN_DRAINS) === 0) break;
      this.#use(cpu);
      cpu.isa.drainOne(cpu.base);
    }
    // If the replay has taken another way, the records show where.
    cpu.isa.drainAll(cpu.base);
  }

  finish(cpu: Cpu): void {
    this.#setEnded(cpu, 1);
    this.#passIfAny();
    const isOver = (): boolean => this.#isOver();
    const isMine = (): boolean => this.#isMine(cpu);
    idleUntil(this.#waiter, { isOver, isMine, use: () => this.#idleTurn(cpu) });
  }

  standAside(cpu: Cpu): void {
    this.#passIfAny();
    this.#waiter.begin();
    while (isOffered(cpu) && !this.#isMine(cpu)) {
      this.#throwIfOver();
      this.#waiter.pause();
    }
    this.#waiter.end();
    if (isOffered(cpu)) this.#use(cpu);
    else this.handOver();
  }

  awaitTaker(cpu: Cpu): void {
    const isUnused = this.#state === 'used' && cpu.ring.written === this.#written;
    if (this.#state === 'granted' || isUnused) return;
    this.#passIfAny();
    this.#waiter.begin();
    while (isOffered(cpu) && !this.#isMine(cpu)) {
      this.#throwIfOver();
      this.#waiter.pause();
    }
    this.#waiter.end();
    if (!isOffered(cpu)) this.handOver();
  }

  switchTurn(): number {
    const code = this.#mem[orderAt(this.#map) + this.#turnNow()];
    const isUsed = this.#state === 'used' && (code & TURN_SWITCHES) !== 0;
    return isUsed ? code >>> LINE_SHIFT : -1;
  }

  handOver(): void {
    this.#state = 'exchanged';
    this.#exchange.begin();
  }

  moved(cpu: Cpu): void {
    wake(this.#mem, turnPartyOf(this.#map, cpu.id));
    this.#waiter.moveTo(turnPartyOf(this.#map, cpu.id));
  }

  /** Takes an interrupt: a CPU whose actor has ended has turns for nothing else. */
  #idleTurn(cpu: Cpu): void {
    const code = this.#mem[orderAt(this.#map) + this.#turnNow()];
    if ((code & TURN_DELIVERS) === 0) {
      this.#leave(cpu, LEFT.ENDED);
      return;
    }
    this.#state = 'granted';
    this.#delivered = this.#turnNow();
    this.#setEnded(cpu, 0);
    runIdle(cpu, (idle) => deliverAsTold(idle, code));
    this.#setEnded(cpu, 1);
    this.#passIfAny();
  }

  /** Returns with a turn, granted or still used. */
  #take(cpu: Cpu): void {
    if (this.#state === 'used') {
      if (cpu.ring.written === this.#written) {
        this.#countLook(cpu);
        return;
      }
      this.#pass();
    } else if (this.#state === 'exchanged') this.#pass();
    if (this.#state === 'granted') return;
    this.#waiter.begin();
    while (!this.#isMine(cpu)) {
      this.#throwIfOver();
      this.#waiter.pause();
    }
    this.#waiter.end();
    this.#looks = 0;
    this.#state = 'granted';
  }

  #giveUp(cpu: Cpu, code: number): never {
    if ((code & TURN_GIVES_UP) !== 0) leaveTrial(cpu);
    throwOut(cpu);
  }

  #use(cpu: Cpu): void {
    const { mem, block } = cpu;
    const depth = Math.min(mem[block + CPU.depth], STACK_MAX);
    mem[turnFunctionAt(this.#map, this.#turnNow())] =
      depth === 0 ? 0 : mem[block + CPU.frames + (depth - 1) * FRAME.WORDS + FRAME.fn];
    this.#written = cpu.ring.written;
    this.#state = 'used';
  }

  #countLook(cpu: Cpu): void {
    if (++this.#looks > LOOKS_MAX) this.#leave(cpu, LEFT.STUCK);
    this.#throwIfOver();
  }

  #turnNow(): number {
    return Atomics.load(this.#mem, this.#map.lockstep + LOCKSTEP.turn);
  }

  #isMine(cpu: Cpu): boolean {
    const turn = this.#turnNow();
    return (
      turn >= this.#exchange.first &&
      turn < Atomics.load(this.#mem, this.#map.lockstep + LOCKSTEP.length) &&
      turnCpu(this.#mem[orderAt(this.#map) + turn]) === cpu.id
    );
  }

  #isOver(): boolean {
    const { lockstep } = this.#map;
    return (
      Atomics.load(this.#mem, lockstep + LOCKSTEP.over) !== 0 ||
      Atomics.load(this.#mem, lockstep + LOCKSTEP.left) !== 0 ||
      this.#turnNow() >= this.#mem[lockstep + LOCKSTEP.total]
    );
  }

  #throwIfOver(): void {
    if (!this.#isOver()) return;
    this.#state = 'none';
    throw ABANDONED;
  }

  #leave(cpu: Cpu, why: number): void {
    Atomics.compareExchange(this.#mem, this.#map.lockstep + LOCKSTEP.left, 0, (why << 8) | (cpu.id + 1));
    this.#state = 'none';
    this.#wakeAll();
  }

  /** Says whether the CPU has nothing more to do, before it passes its turn: a proof in a later one may rest on it. */
  #setEnded(cpu: Cpu, ended: number): void {
    const at = this.#map.lockstep + LOCKSTEP.ended + cpu.id;
    Atomics.store(this.#mem, at, ended);
    Atomics.notify(this.#mem, at);
  }

  /** Waits until the CPUs have ended whose actors make no access: no turn comes behind them. Those of another race may not. */
  #awaitIdle(): void {
    const at = orderAt(this.#map);
    const turns = this.#mem.subarray(at, at + this.#mem[this.#map.lockstep + LOCKSTEP.total]);
    for (let c = 0; c < this.#map.shape.cpus; c++)
      if (!turns.some((code) => turnCpu(code) === c))
        Atomics.wait(this.#mem, this.#map.lockstep + LOCKSTEP.ended + c, 0, IDLE_MS_MAX);
  }

  #passIfAny(): void {
    if (this.#state !== 'none') this.#pass();
  }

  #pass(): void {
    const isOthers = this.#state === 'exchanged' && !this.#exchange.arrive();
    this.#state = 'none';
    if (isOthers) return;
    const { lockstep } = this.#map;
    const turn = Atomics.add(this.#mem, lockstep + LOCKSTEP.turn, 1) + 1;
    Atomics.notify(this.#mem, lockstep + LOCKSTEP.turn);
    if (turn >= this.#mem[lockstep + LOCKSTEP.total]) this.#wakeAll();
    else if (turn < Atomics.load(this.#mem, lockstep + LOCKSTEP.length))
      wake(this.#mem, turnPartyOf(this.#map, turnCpu(this.#mem[orderAt(this.#map) + turn])));
  }

  #wakeAll(): void {
    for (let c = 0; c < this.#map.shape.cpus; c++) wake(this.#mem, turnPartyOf(this.#map, c));
  }
}
