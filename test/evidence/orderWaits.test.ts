/**
 * Goal: what must wait for an order, where, and for how many accesses of others. Method: trials written by hand, one for each place where
 * a CPU can wait.
 */
import test from 'ava';
import { explain, isExplained } from '../../lib/evidence/explain.js';
import { needsOfOrder, type OrderNeeds } from '../../lib/evidence/orderWaits.js';
import { TAKEN } from '../../lib/machine/lines.js';
import { OP, SPIN } from '../../lib/machine/recorder.js';
import { FAILED, OUTCOME, madeUp, type MadeUpRecord } from './madeUpEvidence.js';

const FAILS: MadeUpRecord = [OP.FAILED, FAILED, 0, OUTCOME];
const OPENS: MadeUpRecord = [OP.WINDOW, 0, 0, 1];
const LOCK = 1;
const FLAG = 2;
const WORD = 3;

function noise(count: number, address: number): MadeUpRecord[] {
  return Array.from({ length: count }, () => [OP.READ, address, 0, 0] as const);
}

function needs(columns: readonly (readonly MadeUpRecord[])[]): OrderNeeds {
  const evidence = madeUp(columns);
  const answer = explain(evidence);
  if (!isExplained(answer)) throw new Error(answer.reason);
  return needsOfOrder(evidence, answer);
}

/** Each wait as `CPU place accesses`. */
function shown({ waits }: OrderNeeds): string[] {
  return waits.map(({ cpu, at, window, accesses }) => `${cpu} ${window ?? at} ${accesses}`);
}

/** CPU 1 reads what CPU 0 has stored, and fails: 5 accesses in all, the failure among them. */
const READER: readonly MadeUpRecord[] = [[OP.READ, FLAG, 1, 1], ...noise(3, 9), FAILS];

test('who comes second waits before it begins, for as many accesses as the other makes', (t) => {
  t.deepEqual(shown(needs([[...noise(6, 10), [OP.WRITE, FLAG, 0, 1]], READER])), ['1 start 7']);
});

test('an open window is where a CPU waits that goes on only behind the failure', (t) => {
  const order = needs([[...noise(2, 10), [OP.WRITE, FLAG, 0, 1], OPENS, [OP.THROWN_OUT]], READER]);
  t.deepEqual(shown(order), ['1 start 3', '0 W_OPEN 5']);
  t.deepEqual(order.opened, ['W_OPEN']);
  t.is(order.waits[1].after, 'A1 flag');
  t.deepEqual([order.accesses, order.switches], [8, 1]);
});

test('a window counts that opens before or behind the gap, if nobody could notice what lies between', (t) => {
  const around = (before: readonly MadeUpRecord[], behind: readonly MadeUpRecord[]): string[] =>
    shown(
      needs([[[OP.WRITE, FLAG, 0, 1], ...before, ...behind, [OP.WRITE, FLAG, 1, 2], [OP.READ, WORD, 4, 4]], reads]),
    );
  const reads: readonly MadeUpRecord[] = [
    [OP.READ, FLAG, 1, 1],
    ...noise(4, 9),
    [OP.WRITE, WORD, 0, 4],
    [OP.READ, FLAG, 2, 2],
    FAILS,
  ];
  for (const places of [around([OPENS, ...noise(1, 10)], []), around([], [...noise(1, 10), OPENS])])
    t.deepEqual(
      places.filter((place) => place.startsWith('0 ')).map((place) => place.slice(0, 8)),
      ['0 W_OPEN'],
    );
});

test('where no window opens, that is said', (t) => {
  const order = needs([
    [
      [OP.WRITE, FLAG, 0, 1],
      [OP.WRITE, FLAG, 1, 2],
    ],
    [[OP.READ, FLAG, 1, 1], ...noise(4, 9), [OP.READ, FLAG, 1, 1], [OP.READ, FLAG, 2, 2], FAILS],
  ]);
  t.deepEqual(
    shown(order).filter((place) => place.startsWith('0 ')),
    ['0 nowhere 6'],
  );
});

test('a CPU that waits for a lock needs no delay', (t) => {
  const order = needs([
    [
      [OP.ACQUIRE, LOCK, 0, 1],
      [OP.READ, WORD, 0, 0],
      [OP.READ, WORD, 5, 5],
      [OP.WRITE, FLAG, 0, 1],
      ...noise(6, 10),
      [OP.RELEASE, LOCK, 1, 0],
    ],
    // In a handler that interrupts its wait it stores what the owner of the lock then reads.
    [
      [OP.ACQUIRE | SPIN, LOCK, 1, 1],
      [OP.IRQ_ENTER, 0, 0, TAKEN.BY_CPU],
      [OP.WRITE, WORD, 0, 5],
      [OP.IRQ_EXIT],
      [OP.ACQUIRE | SPIN, LOCK, 0, 2],
      [OP.READ, FLAG, 1, 1],
      FAILS,
    ],
  ]);
  t.deepEqual(
    order.waits.filter(({ cpu }) => cpu === 1).map(({ at, accesses }) => `${at} ${accesses}`),
    ['start 2', 'itself 9'],
  );
  // An order that was run as a script has no poll in front of the lock.
  const scripted = needs([
    [[OP.ACQUIRE, LOCK, 0, 1], [OP.READ, WORD, 0, 0], [OP.READ, WORD, 5, 5], ...noise(6, 10), [OP.RELEASE, LOCK, 1, 0]],
    [[OP.WRITE, WORD, 0, 5], [OP.ACQUIRE, LOCK, 0, 2], FAILS],
  ]);
  t.deepEqual(
    scripted.waits.filter(({ cpu }) => cpu === 1).map(({ at }) => at),
    ['start', 'itself'],
  );
});
