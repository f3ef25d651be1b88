/**
 * What stands in the place of `Atomics` in the thread of a search. Put there by intercept.ts.
 *
 * Of an actor that runs, each operation on its memory is a step of the search, which says what it returns. Everything else goes to the
 * engine.
 */

import { die } from '../../machine/outcome.js';
import { ASYNC_CODE } from '../../machine/signatures.js';
import { waitInPlaceOf } from '../../machine/waitOn.js';
import { wholeOf } from '../atomics.js';
import { real } from '../real.js';
import type { IntegerArray } from '../seam.js';
import { wakesAtMost, expectedBy, isSleepable, millisecondsOf, queueOf, wordOfTest } from '../waitArguments.js';
import { heldBy } from './operations.js';
import type { ExploringSession } from './session.js';

type Operation = (array: IntegerArray, index: number, ...values: unknown[]) => unknown;
type Updates = 'load' | 'add' | 'sub' | 'and' | 'or' | 'xor' | 'exchange' | 'compareExchange';

const UPDATES: readonly Updates[] = ['load', 'add', 'sub', 'and', 'or', 'xor', 'exchange', 'compareExchange'];

/** Makes what loads and stores elements there as instrumented code does. */
export function operationsOfPlain(session: ExploringSession): Readonly<Record<'load' | 'store', Operation>> {
  return { load: updateOf(session, 'load'), store: storeOf(session) };
}

/** Makes the operations of a search's thread. */
export function exploredOperations(session: ExploringSession): Readonly<Record<string, Operation>> {
  return {
    ...Object.fromEntries(UPDATES.map((name) => [name, updateOf(session, name)])),
    store: storeOf(session),
    wait: waitOf(session),
    notify: notifyOf(session),
    waitAsync: waitAsyncOf(session),
  };
}

/** Returns how many values an operation takes beside the array and the index. */
function valuesOf(name: Updates): number {
  return name === 'load' ? 0 : name === 'compareExchange' ? 2 : 1;
}

function updateOf(session: ExploringSession, name: Updates): Operation {
  const engine = real[name] as unknown as Operation;
  return function atomicOperation(array, index, ...given) {
    const at = session.at(array, index);
    const { operations } = session;
    if (at < 0 || operations === null) return engine(array, index, ...given);
    // What the engine refuses of an index is refused here.
    real.load(array as Int32Array, index);
    const values = Array.from({ length: valuesOf(name) }, (_, i) => heldBy(array, given[i]));
    return operations.valueOf(array, session.make(operations.atomic(name, array, at, values)));
  };
}

function storeOf(session: ExploringSession): Operation {
  return function store(array, index, value) {
    const at = session.at(array, index);
    const { operations } = session;
    if (at < 0 || operations === null) return real.store(array as Int32Array, index, value as number);
    real.load(array as Int32Array, index);
    const held = heldBy(array, value);
    session.make(operations.atomic('store', array, at, [held]));
    return typeof held === 'bigint' ? BigInt(value as number) : wholeOf(value);
  };
}

function waitOf(session: ExploringSession): Operation {
  return function wait(given, index, value, timeout) {
    const array = given as Int32Array;
    const at = isSleepable(array) ? session.at(array, index) : -1;
    const { operations, cpu } = session;
    if (at < 0 || operations === null || cpu === null)
      return real.wait(array, index, value as number, timeout as number | undefined);
    const expected = expectedBy(array, value as number);
    const ms = millisecondsOf(timeout);
    real.load(array, index);
    const by = { thread: cpu.home, queue: cpu.instance + queueOf(at) };
    if (session.make(operations.sleep(array, at, expected, by, ms !== Infinity)) === 0) return 'not-equal';
    if (ms !== Infinity) return session.make(operations.timeUp(at, by)) === 1 ? 'ok' : 'timed-out';
    waitInPlaceOf(cpu, by.queue, 1 << by.thread, 0, wordOfTest(at));
    return 'ok';
  };
}

function notifyOf(session: ExploringSession): Operation {
  return function notify(given, index, count) {
    const array = given as Int32Array;
    const at = isSleepable(array) ? session.at(array, index) : -1;
    const { operations, cpu } = session;
    if (at < 0 || operations === null || cpu === null)
      return count === undefined ? real.notify(array, index) : real.notify(array, index, count as number);
    real.load(array, index);
    const max = count === undefined ? Infinity : wakesAtMost(count);
    return session.make(operations.notify(at, cpu.instance + queueOf(at), max));
  };
}

function waitAsyncOf(session: ExploringSession): Operation {
  return function waitAsync(given, index, value, timeout) {
    const array = given as Int32Array;
    const at = isSleepable(array) ? session.at(array, index) : -1;
    const { operations, cpu } = session;
    if (at < 0 || operations === null || cpu === null)
      return real.waitAsync(array, index, value as number, timeout as number | undefined);
    const expected = expectedBy(array, value as number);
    const ms = millisecondsOf(timeout);
    real.load(array, index);
    if (ms === 0) {
      // It never waits, so nobody can wake it.
      const found = operations.valueOf(array, session.make(operations.atomic('load', array, at, [])));
      return { async: false, value: found === expected ? 'timed-out' : 'not-equal' };
    }
    const by = { thread: cpu.home, queue: cpu.instance + queueOf(at) };
    if (session.make(operations.sleep(array, at, expected, by, ms !== Infinity)) === 0)
      return { async: false, value: 'not-equal' };
    return die(cpu, ASYNC_CODE, 'an actor called Atomics.waitAsync(): nothing that waits for it runs in a trial');
  };
}
