/**
 * What stands in the place of the operations of `Atomics` that access a word. Put there by intercept.ts.
 *
 * Each does what the engine's does, on the same memory. On the test's memory, in a trial, it is a boundary of the CPU in front of
 * that, and a record behind it. A store is an exchange, so that the record has the value that it overwrote.
 */

import { OP } from '../machine/recorder.js';
import { real } from './real.js';
import { bitsOf, type IntegerArray, type Seam } from './seam.js';

/**
 * Constants of this module, and of each function below: the compiler then knows what is called. What is imported from another module, and
 * what a function is given, it looks up in every operation.
 */
const { load: realLoad, add: realAdd, exchange: realExchange, compareExchange: realCompareExchange } = real;
const { READ, FETCH_ADD, CMPXCHG } = OP;

type Update = (array: IntegerArray, index: number, value: never) => never;

/** The operations by their names. */
export type Operations = Readonly<Record<string, (...args: never[]) => unknown>>;

/** Makes the operations of one thread. */
export function operationsOf(seam: Seam): Operations {
  return {
    load: loadOf(seam),
    store: storeOf(seam),
    add: addOf(seam),
    sub: updateOf(seam, real.sub as Update, OP.FETCH_ADD, (before, value) => before - value),
    and: updateOf(seam, real.and as Update, OP.FETCH_AND, (before, value) => before & value),
    or: updateOf(seam, real.or as Update, OP.FETCH_OR, (before, value) => before | value),
    xor: updateOf(seam, real.xor as Update, OP.XCHG, (before, value) => before ^ value),
    exchange: updateOf(seam, real.exchange as Update, OP.XCHG, (_, value) => value),
    compareExchange: compareExchangeOf(seam),
  };
}

function loadOf(seam: Seam): (array: Int32Array, index: number) => number {
  const own = seam;
  const other = (array: Int32Array, index: number): number => {
    const at = own.at(array, index);
    if (at < 0) return realLoad(array, index);
    own.boundary();
    const value = realLoad(array, index);
    const bits = own.isWords ? value | 0 : bitsOf(array, value);
    own.record(READ, at, bits, bits);
    return value;
  };
  return function load(array, index) {
    if (array !== own.words) return other(array, index);
    own.boundary();
    const value = realLoad(array, index);
    own.record(READ, own.atWord(index), value | 0, value | 0);
    return value;
  };
}

function storeOf(seam: Seam): (array: Int32Array, index: number, value: number) => number {
  const own = seam;
  return function store(array, index, value) {
    const at = own.at(array, index);
    if (at < 0) return real.store(array, index, value);
    own.boundary();
    const before = realExchange(array, index, value);
    // The value that comes back is the one that was asked for, as a whole number.
    if (!own.isWords) {
      own.record(OP.WRITE, at, bitsOf(array, before), bitsOf(array, value));
      return typeof before === 'bigint' ? (BigInt(value) as never) : wholeOf(value);
    }
    own.record(OP.WRITE, at, before | 0, value | 0);
    return (value | 0) === value ? value + 0 : wholeOf(value);
  };
}

/** Returns a value as the whole number that `Atomics.store` returns: code in JavaScript gives any. */
export function wholeOf(value: unknown): number {
  const whole = Math.trunc(Number(value));
  return Number.isNaN(whole) ? 0 : whole + 0;
}

/** Returns the addition: by itself, since the compiler makes one code of all functions that `updateOf` returns. */
function addOf(seam: Seam): (array: Int32Array, index: number, value: number) => number {
  const own = seam;
  const sum = (before: number, value: number): number => before + value;
  const other = updateOf(seam, real.add as Update, OP.FETCH_ADD, sum);
  return function add(array, index, value) {
    if (array !== own.words) return other(array, index, value);
    own.boundary();
    const before = realAdd(array, index, value);
    own.record(FETCH_ADD, own.atWord(index), before | 0, ((before | 0) + (value | 0)) | 0);
    return before;
  };
}

function updateOf(
  seam: Seam,
  update: Update,
  op: number,
  result: (before: number, value: number) => number,
): (array: Int32Array, index: number, value: number) => number {
  const make = update as unknown as (array: Int32Array, index: number, value: number) => number;
  return function atomicUpdate(array, index, value) {
    const at = seam.at(array, index);
    if (at < 0) return make(array, index, value);
    seam.boundary();
    const before = make(array, index, value);
    if (seam.isWords) seam.record(op, at, before | 0, result(before | 0, value | 0) | 0);
    else {
      const after = typeof before === 'bigint' ? bigResult(result, before, value) : result(before, value | 0);
      seam.record(op, at, bitsOf(array, before), bitsOf(array, after));
    }
    return before;
  };
}

/** Returns the result of a 64-bit operation in its low word, which is that of the same operation on low words. */
function bigResult(result: (before: number, value: number) => number, before: bigint, value: unknown): never {
  const [low, by] = [before, value].map((one) => Number(BigInt.asIntN(32, BigInt(one as string | bigint))));
  return BigInt(result(low, by)) as never;
}

function compareExchangeOf(seam: Seam): (array: Int32Array, index: number, expected: number, value: number) => number {
  const own = seam;
  const other = (array: Int32Array, index: number, expected: number, value: number): number => {
    const at = own.at(array, index);
    if (at < 0) return realCompareExchange(array, index, expected, value);
    own.boundary();
    const before = realCompareExchange(array, index, expected, value);
    if (own.isWords) recordExchange(own, at, before | 0, expected | 0, value | 0);
    else {
      const found = bitsOf(array, before);
      const isMet = before === new (array.constructor as typeof Int32Array)([expected])[0];
      own.record(CMPXCHG, at, found, isMet ? bitsOf(array, value) : found);
    }
    return before;
  };
  return function compareExchange(array, index, expected, value) {
    if (array !== own.words) return other(array, index, expected, value);
    own.boundary();
    const before = realCompareExchange(array, index, expected, value);
    recordExchange(own, own.atWord(index), before | 0, expected | 0, value | 0);
    return before;
  };
}

function recordExchange(seam: Seam, at: number, found: number, expected: number, value: number): void {
  seam.record(CMPXCHG, at, found, found === expected ? value : found);
}
