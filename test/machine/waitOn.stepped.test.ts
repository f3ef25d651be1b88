/**
 * Goal: a wait for a word ends with the first look that finds what it waits for, in whatever order looks and stores come; and if no look can
 * find it any more, the wait is lost.
 * Method: every order of the first turns of two CPUs in lockstep, beside a model of one word; the others come alternately.
 */
import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { CpuPool } from '../../lib/harness/host/pool.js';
import { LockstepRun } from '../../lib/harness/replay/lockstepRun.js';
import { MASK, STORES, VALUE } from '../fixtures/steppedWait.js';

const loaded = await loadRace(new URL('../fixtures/steppedWait.js', import.meta.url).href);
const pool = new CpuPool(2);
test.after.always(() => pool.destroy());

const TURNS = 4;
const ORDERS = Array.from({ length: 2 ** TURNS }, (_, n) => turnsOf(n));

/** Returns the bits of a number, one for each turn: which CPU has it. */
function turnsOf(n: number): number[] {
  return Array.from({ length: TURNS }, (_, i) => (n >> i) & 1);
}

/** Returns the word that ends the wait, as a look finds it; null if none does. */
function found(order: readonly number[], negate: boolean): number | null {
  let stored = 0;
  const alternately = Array.from({ length: 2 * STORES.length + 2 }, (_, i) => i % 2);
  for (const cpu of [...order, ...alternately]) {
    const word = stored === 0 ? 0 : STORES[stored - 1];
    if (cpu === 1) stored = Math.min(stored + 1, STORES.length);
    else if (negate ? (word & MASK) !== 0 : (word & MASK) === VALUE) return word;
  }
  return null;
}

for (const [variant, by] of [
  ['buggy', 'anybody'],
  ['buggy', 'name'],
  ['negated', 'anybody'],
] as const)
  test.serial(`${variant}, stored by ${by}: each order of ${TURNS} turns`, async (t) => {
    const outcomes = new Set<string>();
    for (const order of ORDERS) {
      const expected = found(order, variant === 'negated');
      const { signature, cpus } = await LockstepRun.replay({ loaded, variant, knobs: { by }, pool }, order);
      t.is(signature, expected === null ? 'lost-wake-up' : null, order.join(' '));
      const seen = cpus[0].records.findLast(({ op }) => op === 'write')?.after;
      if (expected !== null) t.is(seen, expected, order.join(' '));
      outcomes.add(String(expected));
    }
    t.true(outcomes.size > 1);
  });

test.serial('a store that waits in its buffer ends no wait, and one that becomes visible does', async (t) => {
  const run = LockstepRun.start({ loaded, variant: 'negated', memory: 'tso', pool });
  try {
    await run.step(1);
    for (let look = 0; look < 8; look++) await run.step(0);
    t.is(run.waitsFor(0), 'word');
    t.is(run.word('word'), 0);
    await run.drain(1);
    await run.step(0);
    t.is(run.waitsFor(0), null);
    t.is(run.word('word'), STORES[0]);
    t.is((await run.finish()).signature, null);
  } finally {
    await run.abort();
  }
});
