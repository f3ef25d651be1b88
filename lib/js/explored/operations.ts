/**
 * The operations that the actors of a search make, each kind once, with what they do in a state. Made by memory.ts; asked by atomics.ts, and
 * by lib/explore for each state.
 *
 * Memory of a state is words. An operation of `Atomics` is made by the engine itself, on a small array that holds the words of its element.
 */

import { OWN_WORDS } from '../../machine/layout.js';
import type { OwnOperation, StateWords } from '../../race/exploredMemory.js';
import { real } from '../real.js';
import type { IntegerArray } from '../seam.js';

/** Addresses that no memory has: what each actor has returned; the sleepers on each word. */
export const RESULT_WORDS = 2 ** 30;
const LISTS = RESULT_WORDS + 1024;

type Kind = new (buffer: ArrayBuffer) => IntegerArray;
type Value = number | bigint;
type Name = 'load' | 'store' | 'add' | 'sub' | 'and' | 'or' | 'xor' | 'exchange' | 'compareExchange';

/** Returns the word that a byte is in. */
export function addressOfWord(at: number): number {
  return at & ~3;
}

/** Returns where the sleepers on a word are written down, in the order in which they have begun. */
function listAt(at: number): number {
  return LISTS + ((at - OWN_WORDS) >>> 2);
}

/** Values that are no number of 32 bits, by number. */
class Numbered<T> {
  readonly #numbers = new Map<string, number>();
  readonly #all: T[] = [];

  /** Returns the number of a value, which `key` is of it alone. */
  of(key: string, make: (number: number) => T): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#all.length;
    this.#numbers.set(key, number);
    this.#all.push(make(number));
    return number;
  }

  at(number: number): T {
    return this.#all[number];
  }
}

/** All words of a state that are not what they are at first. */
export type LeftMemory = readonly (readonly [address: number, value: number])[];

/** What of a search its operations need. */
export interface OperationsOf {
  readonly nameOf: (address: number) => string;
  /** Notes that a word may have a value. */
  readonly stored: (address: number, value: number) => void;
}

/** The operations of one search. */
export class ExploredOperations {
  readonly #of: OperationsOf;
  readonly #operations = new Numbered<OwnOperation>();
  readonly #bigs = new Numbered<bigint>();
  readonly #results = new Numbered<unknown>();
  readonly #snapshots = new Numbered<LeftMemory>();
  readonly #lists = new Numbered<readonly number[]>();
  readonly #words = new Int32Array(2);
  readonly #elements = new Map<Kind, IntegerArray>();

  constructor(of: OperationsOf) {
    this.#of = of;
    // An empty list is what is there at first.
    this.#lists.of('', () => []);
  }

  at(id: number): OwnOperation {
    return this.#operations.at(id);
  }

  /** Returns the value that a step's number stands for. */
  valueOf(array: IntegerArray, number: number): Value {
    return isBig(array) ? this.#bigs.at(number) : number;
  }

  snapshotOf(number: number): LeftMemory {
    return this.#snapshots.at(number);
  }

  /** Returns the result that a word of a state says; undefined for none. */
  resultOf(word: number): unknown {
    return word === 0 ? undefined : this.#results.at(word - 1);
  }

  /** Returns an operation of `Atomics` on the element at a byte, with values that the array can hold. */
  atomic(name: Name, array: IntegerArray, at: number, values: readonly Value[]): OwnOperation {
    const kind = array.constructor as Kind;
    const [first = 0] = values;
    const stores = STORES[name] ?? 'always';
    const storesWith = stores === 'with' || stores === 'unless' ? this.#numberOf(array, first) : 0;
    const call = real[name] as unknown as (array: IntegerArray, index: number, ...values: readonly Value[]) => Value;
    const word = this.#of.nameOf(at);
    return this.#operation(`${name} ${kind.name} ${at} ${values.join()}`, (id) => ({
      id,
      address: addressOfWord(at),
      stores,
      storesWith,
      name: `Atomics.${name} of ${word}`,
      apply: (state, done) => {
        const element = this.#take(state, kind, array, at);
        const before = call(element, (at & 3) >> shiftOf(array), ...values);
        if (stores !== 'never' && (stores !== 'with' || before === first)) this.#put(state, array, at);
        done(name === 'store' ? 0 : this.#numberOf(array, before));
      },
      records: () => 1,
      text: (value) => atomicText(name, word, array, this.valueOf(array, value), values),
    }));
  }

  /** Returns the beginning of a sleep: 1 if the thread sleeps, 0 if the element is not what it expects. */
  sleep(
    array: IntegerArray,
    at: number,
    expected: Value,
    by: { readonly thread: number; readonly queue: number },
    isTimed: boolean,
  ): OwnOperation {
    const kind = array.constructor as Kind;
    const word = this.#of.nameOf(at);
    return this.#operation(`wait ${kind.name} ${at} ${expected} ${by.thread} ${isTimed}`, (id) => ({
      id,
      address: addressOfWord(at),
      // A sleep that ends by its time leaves everything as it was: a loop of those is one that waits.
      stores: 'with',
      storesWith: isTimed ? NEVER : 1,
      name: `Atomics.wait on ${word}`,
      apply: (state, done) => {
        if (real.load(this.#take(state, kind, array, at) as Int32Array, 0) !== expected) {
          done(0);
          return;
        }
        this.#writeList(state, at, [...this.#listOf(state, at), by.thread]);
        state.write(by.queue, state.read(by.queue) | (1 << by.thread));
        done(1);
      },
      records: (value) => (value === 1 ? 2 : 1),
      text: (value) =>
        value === 1 ? `sleeps on ${word}: it is ${expected} (wait)` : `${word} is not ${expected} (wait)`,
    }));
  }

  /** Returns the end of a sleep that has a time: 0 if that is up, 1 if somebody has woken the thread. */
  timeUp(at: number, by: { readonly thread: number; readonly queue: number }): OwnOperation {
    return this.#operation(`time ${at} ${by.thread}`, (id) => ({
      id,
      address: addressOfWord(at),
      stores: 'with',
      storesWith: NEVER,
      name: `the end of Atomics.wait on ${this.#of.nameOf(at)}`,
      apply: (state, done) => {
        const list = this.#listOf(state, at);
        if (!list.includes(by.thread)) {
          done(1);
          return;
        }
        this.#writeList(
          state,
          at,
          list.filter((thread) => thread !== by.thread),
        );
        state.write(by.queue, state.read(by.queue) & ~(1 << by.thread));
        done(0);
      },
      records: () => 1,
      text: (value) => (value === 1 ? 'is woken (wait)' : 'its time is up (wait)'),
    }));
  }

  /** Returns a notification: how many it has woken, those first who have slept longest. */
  notify(at: number, queue: number, max: number): OwnOperation {
    const word = this.#of.nameOf(at);
    return this.#operation(`notify ${at} ${max}`, (id) => ({
      id,
      address: addressOfWord(at),
      stores: 'unless',
      storesWith: 0,
      name: `Atomics.notify on ${word}`,
      apply: (state, done) => {
        const list = this.#listOf(state, at);
        const woken = list.slice(0, max);
        if (woken.length > 0) {
          this.#writeList(state, at, list.slice(woken.length));
          const bits = woken.reduce((set, thread) => set | (1 << thread), 0);
          state.write(queue, state.read(queue) & ~bits);
        }
        done(woken.length);
      },
      records: () => 1,
      text: (value) => (value === 0 ? 'wakes nobody (notify)' : `wakes ${value} (notify)`),
    }));
  }

  /** Returns the note of what an actor has returned. */
  result(thread: number, result: unknown): OwnOperation {
    const key = `${typeof result} ${String(result)}`;
    const number = this.#results.of(key, () => result);
    return this.#operation(`result ${thread} ${number}`, (id) => ({
      id,
      address: RESULT_WORDS + thread,
      stores: 'always',
      storesWith: 0,
      name: 'the result of the actor',
      apply: (state, done) => {
        state.write(RESULT_WORDS + thread, 1 + number);
        done(0);
      },
      records: () => 0,
      text: () => `its result is ${String(result)}`,
    }));
  }

  /** Returns a look at all memory at once, behind the actors. */
  look(): OwnOperation {
    return this.#operation('look', (id) => ({
      id,
      address: RESULT_WORDS,
      stores: 'never',
      storesWith: 0,
      name: 'the look at the memory when all have returned',
      apply: (state, done) => {
        const words = state.changed().filter(([address]) => address < LISTS);
        done(this.#snapshots.of(words.join(), () => words));
      },
      records: () => 0,
      text: () => 'all have returned',
    }));
  }

  #operation(key: string, make: (id: number) => OwnOperation): OwnOperation {
    return this.#operations.at(this.#operations.of(key, make));
  }

  #numberOf(array: IntegerArray, value: Value): number {
    return isBig(array) ? this.#bigs.of(String(value), () => BigInt(value)) : Number(value);
  }

  /** Takes the words of an element out of a state; returns an array over them. */
  #take(state: StateWords, kind: Kind, array: IntegerArray, at: number): IntegerArray {
    this.#words[0] = state.read(addressOfWord(at));
    if (isBig(array)) this.#words[1] = state.read(addressOfWord(at) + 4);
    const known = this.#elements.get(kind);
    if (known !== undefined) return known;
    const made = new kind(this.#words.buffer);
    this.#elements.set(kind, made);
    return made;
  }

  #put(state: StateWords, array: IntegerArray, at: number): void {
    const store = (address: number, value: number): void => {
      state.write(address, value);
      this.#of.stored(address, value);
    };
    store(addressOfWord(at), this.#words[0]);
    if (isBig(array)) store(addressOfWord(at) + 4, this.#words[1]);
  }

  #listOf(state: StateWords, at: number): readonly number[] {
    return this.#lists.at(state.read(listAt(at)));
  }

  #writeList(state: StateWords, at: number, list: readonly number[]): void {
    state.write(
      listAt(at),
      this.#lists.of(list.join(), () => list),
    );
  }
}

/** When an operation changes its word, as far as what it returns says it. */
const STORES: Readonly<Partial<Record<Name, OwnOperation['stores']>>> = {
  load: 'never',
  compareExchange: 'with',
  exchange: 'unless',
};

/** The value of no operation. */
const NEVER = 2;

function isBig(array: IntegerArray): boolean {
  return array instanceof BigInt64Array || array instanceof BigUint64Array;
}

function shiftOf({ BYTES_PER_ELEMENT: bytes }: IntegerArray): number {
  return bytes >= 4 ? 2 : bytes - 1;
}

/** Returns the words of reports for an operation that has found a value. */
function atomicText(name: Name, word: string, array: IntegerArray, found: Value, values: readonly Value[]): string {
  if (name === 'load') return `${word} is ${found}`;
  const [first = 0] = values;
  if (name === 'store') return `${word} = ${first} (store)`;
  if (name === 'compareExchange' && found !== first) return `${word} is ${found} (compareExchange)`;
  const element = new (array.constructor as new (values: Value[]) => IntegerArray)([found]);
  (real[name] as unknown as (array: IntegerArray, index: number, ...values: readonly Value[]) => Value)(
    element,
    0,
    ...values,
  );
  return `${word} ${found} -> ${element[0]} (${name})`;
}

/** Returns a value as an array of this kind holds it; what the engine refuses it refuses. */
export function heldBy(array: IntegerArray, value: unknown): Value {
  // The usual case, without an array.
  if (typeof value === 'number' && array instanceof Int32Array) return value | 0;
  return new (array.constructor as new (values: unknown[]) => IntegerArray)([value])[0];
}
