/**
 * The states of a litmus test, and the steps between them, under sequential consistency and under x86-TSO (S. Owens, S. Sarkar,
 * P. Sewell, TPHOLs 2009). Called by explore.ts.
 *
 * A step of a thread is one access, barrier, or operation that others must wait for, with what the thread computes behind it.
 * Under `tso` a store goes to the thread's buffer, whose oldest store becomes visible in a step of its own. A grace period begins in one
 * step and ends in another, by when each section that had begun before has ended, and what its thread had stored before that end is visible.
 */

import { evaluator, type Evaluator } from './evaluate.js';
import { ADDRESS, type LitmusProgram, type Operation } from './program.js';
import { LitmusFault, type SourcePlace } from './reader.js';
import { INSIDE, layOut, type LitmusLayout, type ThreadLayout } from './stateLayout.js';

export type LitmusMemory = 'sc' | 'tso';

/** Operations that a thread may do without an access: more than that, and it does not end. */
const LOCAL_MAX = 100_000;

/** An operation with its expressions made functions. */
type Ready = Operation & { readonly run: readonly Evaluator[] };

export class LitmusTransitions {
  readonly layout: LitmusLayout;
  readonly #program: LitmusProgram;
  readonly #hasBuffers: boolean;
  readonly #operations: readonly (readonly Ready[])[];

  constructor(program: LitmusProgram, memory: LitmusMemory) {
    this.#program = program;
    this.#hasBuffers = memory === 'tso';
    this.layout = layOut(program, this.#hasBuffers);
    this.#operations = program.threads.map(({ operations }, thread) =>
      operations.map((operation) => ({
        ...operation,
        run: evaluatorsOf(operation, this.layout.threads[thread].registers),
      })),
    );
  }

  /** Returns the first state. */
  first(): Int32Array {
    const state = new Int32Array(this.layout.words);
    for (const [location, { initial }] of this.#program.locations.entries()) state[location] = initial;
    for (const [thread, { initial }] of this.#program.threads.entries()) {
      state.set(initial, this.layout.threads[thread].registers);
      this.#runLocal(state, thread);
    }
    return state;
  }

  /** Whether the thread has done its last operation. */
  hasEnded(state: Int32Array, thread: number): boolean {
    return state[this.layout.threads[thread].position] === this.#operations[thread].length;
  }

  /** Makes the oldest store of a thread visible. Returns whether there is one. */
  drain(state: Int32Array, thread: number): boolean {
    const at = this.layout.threads[thread];
    if (at.storesMax === 0 || state[at.buffered] === 0) return false;
    state[state[at.stores]] = state[at.stores + 1];
    const last = at.stores + 2 * --state[at.buffered];
    for (let i = at.stores; i < last; i++) state[i] = state[i + 2];
    state[last] = state[last + 1] = 0;
    this.#noteDrained(state, thread);
    return true;
  }

  /** Makes the next step of a thread. Returns whether it can be made. Throws LitmusFault for what no test may do. */
  step(state: Int32Array, thread: number): boolean {
    const at = this.layout.threads[thread];
    const position = state[at.position];
    if (position === this.#operations[thread].length) return false;
    if (!this.#execute(state, thread, at, this.#operations[thread][position])) return false;
    state[at.position] = position + 1;
    this.#runLocal(state, thread);
    return true;
  }

  #execute(state: Int32Array, thread: number, at: ThreadLayout, operation: Ready): boolean {
    const { place, run } = operation;
    switch (operation.kind) {
      case 'load':
        state[at.registers + operation.to] = this.#visible(state, at, this.#data(run[0](state, 0), place));
        return true;
      case 'store':
        this.#store(state, at, this.#data(run[0](state, 0), place), run[1](state, 0), place);
        return true;
      case 'atomic':
        return this.#isDrained(state, at) && this.#atomic(state, at, operation);
      case 'fence':
        return this.#isDrained(state, at);
      case 'lock':
      case 'trylock':
        return (
          this.#isDrained(state, at) && this.#lock(state, thread, at, operation, this.#lockAt(run[0](state, 0), place))
        );
      case 'unlock':
        this.#unlock(state, thread, at, this.#lockAt(run[0](state, 0), place), place);
        return true;
      case 'isLocked':
        setRegister(
          state,
          at,
          operation.to,
          Number(this.#visible(state, at, this.#lockAt(run[0](state, 0), place)) !== 0),
        );
        return true;
      case 'rcuLock':
        state[at.nesting]++;
        return true;
      case 'rcuUnlock':
        this.#leaveSection(state, thread, at, place);
        return true;
      case 'graceStart':
        return this.#isDrained(state, at) && this.#beginGrace(state, at);
      case 'graceEnd':
        return this.#program.threads.every((_, other) => state[at.grace + other] === 0);
      default:
        throw new Error(`${operation.kind} is no step`);
    }
  }

  /** Does what the thread does without an access, up to its next step. */
  #runLocal(state: Int32Array, thread: number): void {
    const at = this.layout.threads[thread];
    const operations = this.#operations[thread];
    for (let done = 0; ; done++) {
      const operation = operations[state[at.position]];
      if (operation?.kind === 'let') {
        state[at.registers + operation.to] = operation.run[0](state, 0);
        state[at.position]++;
      } else if (operation?.kind === 'forget') {
        state.fill(0, at.registers + operation.from, at.registers + this.#program.threads[thread].registerCount);
        state[at.position]++;
      } else if (operation?.kind === 'jump') {
        const goes = operation.unless === undefined || operation.run[0](state, 0) === 0;
        state[at.position] = goes ? operation.target : state[at.position] + 1;
      } else return;
      if (done > LOCAL_MAX) throw new LitmusFault(operation.place, 'this loop does not end');
    }
  }

  /** Returns what a thread reads: its newest store in the buffer, or memory. */
  #visible(state: Int32Array, at: ThreadLayout, location: number): number {
    if (at.storesMax > 0) {
      for (let i = state[at.buffered] - 1; i >= 0; i--) {
        if (state[at.stores + 2 * i] === location) return state[at.stores + 2 * i + 1];
      }
    }
    return state[location];
  }

  #isDrained(state: Int32Array, at: ThreadLayout): boolean {
    return at.storesMax === 0 || state[at.buffered] === 0;
  }

  #store(state: Int32Array, at: ThreadLayout, location: number, value: number, place: SourcePlace): void {
    if (!this.#hasBuffers) {
      state[location] = value;
      return;
    }
    const entry = state[at.buffered]++;
    if (entry === at.storesMax)
      throw new LitmusFault(
        place,
        `a loop stores more often than ${at.storesMax} times without a barrier, which is not supported`,
      );
    state[at.stores + 2 * entry] = location;
    state[at.stores + 2 * entry + 1] = value;
  }

  #atomic(state: Int32Array, at: ThreadLayout, operation: Ready & { readonly kind: 'atomic' }): true {
    const [address, writes, value, result] = operation.run;
    const location = this.#data(address(state, 0), operation.place);
    const old = state[location];
    // All of it goes by the registers as they were.
    const [isWritten, written, returned] = [writes(state, old), value(state, old), result(state, old)];
    if (isWritten !== 0) state[location] = written;
    setRegister(state, at, operation.to, returned);
    return true;
  }

  /** Takes a lock that is free. Returns false where a thread must wait for it. */
  #lock(state: Int32Array, thread: number, at: ThreadLayout, operation: Ready, location: number): boolean {
    const isFree = state[location] === 0;
    if (isFree) state[location] = thread + 1;
    if (operation.kind === 'trylock') setRegister(state, at, operation.to, Number(isFree));
    return isFree || operation.kind === 'trylock';
  }

  #unlock(state: Int32Array, thread: number, at: ThreadLayout, location: number, place: SourcePlace): void {
    if (this.#visible(state, at, location) !== thread + 1)
      throw new LitmusFault(place, `P${thread} does not hold ${this.#program.locations[location].name} here`);
    this.#store(state, at, location, 0, place);
  }

  #leaveSection(state: Int32Array, thread: number, at: ThreadLayout, place: SourcePlace): void {
    if (state[at.nesting] === 0) throw new LitmusFault(place, `P${thread} is in no read-side section here`);
    if (--state[at.nesting] > 0) return;
    const pending = at.storesMax > 0 ? state[at.buffered] : 0;
    state[at.beforeUnlock] = pending;
    for (const other of this.layout.threads) {
      if (state[other.grace + thread] === INSIDE) state[other.grace + thread] = pending;
    }
  }

  #beginGrace(state: Int32Array, at: ThreadLayout): true {
    for (const [thread, other] of this.layout.threads.entries()) {
      state[at.grace + thread] = state[other.nesting] > 0 ? INSIDE : state[other.beforeUnlock];
    }
    return true;
  }

  #noteDrained(state: Int32Array, thread: number): void {
    if (this.layout.threads[0].grace === this.layout.threads[0].beforeUnlock) return;
    const { beforeUnlock } = this.layout.threads[thread];
    if (state[beforeUnlock] > 0) state[beforeUnlock]--;
    for (const other of this.layout.threads) if (state[other.grace + thread] > 0) state[other.grace + thread]--;
  }

  #data(value: number, place: SourcePlace): number {
    return this.#locationAt(value, false, place);
  }

  #lockAt(value: number, place: SourcePlace): number {
    return this.#locationAt(value, true, place);
  }

  #locationAt(value: number, isLock: boolean, place: SourcePlace): number {
    const location = this.#program.locations[value - ADDRESS];
    if (location === undefined) throw new LitmusFault(place, `${value} is dereferenced here, which is no address`);
    if (location.isLock !== isLock) throw new LitmusFault(place, `${location.name} is ${isLock ? 'no' : 'a'} spinlock`);
    return value - ADDRESS;
  }
}

function setRegister(state: Int32Array, at: ThreadLayout, register: number | undefined, value: number): void {
  if (register !== undefined) state[at.registers + register] = value;
}

function evaluatorsOf(operation: Operation, at: number): Evaluator[] {
  const { place } = operation;
  switch (operation.kind) {
    case 'let':
      return [evaluator(operation.value, place, at)];
    case 'jump':
      return operation.unless === undefined ? [] : [evaluator(operation.unless, place, at)];
    case 'store':
      return [evaluator(operation.address, place, at), evaluator(operation.value, place, at)];
    case 'atomic':
      return [operation.address, operation.writes, operation.value, operation.result].map((one) =>
        evaluator(one, place, at),
      );
    case 'load':
    case 'lock':
    case 'unlock':
    case 'trylock':
    case 'isLocked':
      return [evaluator(operation.address, place, at)];
    default:
      return [];
  }
}
