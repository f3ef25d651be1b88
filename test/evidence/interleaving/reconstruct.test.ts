/**
 * Goal: whatever small programs have observed, an order is found that explains it, with the fewest switches there can be
 * where that is claimed; what the record forces holds in the true order; and what no order explains is told as that.
 * Method: random programs under random schedules, the true order known; all orders of tiny ones tried.
 */
import test from 'ava';
import fc from 'fast-check';
import { firstMismatch } from '../../../lib/evidence/interleaving/check.js';
import { reconstruct } from '../../../lib/evidence/interleaving/reconstruct.js';
import { switchesOf, type Interleaving, type Trace } from '../../../lib/evidence/interleaving/trace.js';
import { runProgram, type ProgramShape } from './programs.js';

const shapes = fc.record({
  cpus: fc.integer({ min: 1, max: 4 }),
  length: fc.integer({ min: 1, max: 30 }),
  words: fc.integer({ min: 1, max: 12 }),
  values: fc.integer({ min: 2, max: 5 }),
  loads: fc.integer({ min: 0, max: 90 }),
});
const seeds = fc.nat();

function found(interleaving: Interleaving): Extract<Interleaving, { found: true }> {
  if (!interleaving.found) throw new Error(`no order: ${interleaving.reason} after ${interleaving.states} states`);
  return interleaving;
}

test('random programs are explained, by no more switches than they had', (t) => {
  fc.assert(
    fc.property(shapes, seeds, (shape, seed) => {
      const { trace, order } = runProgram(shape, seed);
      const answer = found(reconstruct(trace));
      t.is(firstMismatch(trace, answer.order), undefined);
      t.is(answer.switches, switchesOf(answer.order));
      if (answer.minimal) t.true(answer.switches <= switchesOf(order));
    }),
    { numRuns: 300 },
  );
});

test('what the record forces is so in the true order', (t) => {
  fc.assert(
    fc.property(shapes, seeds, (shape, seed) => {
      const { trace, order } = runProgram({ ...shape, length: Math.min(shape.length, 12) }, seed);
      const answer = found(reconstruct(trace));
      const next = trace.cpus.map(() => 0);
      const places = order.map((cpu) => ({ cpu, index: next[cpu]++ }));
      for (const [i, first] of places.entries())
        for (const second of places.slice(i + 1)) t.false(answer.isForced(second, first));
    }),
    { numRuns: 100 },
  );
});

/** Fewest switches of all orders that explain the trace, by trying every one. */
function fewestOfAll(trace: Trace): number {
  const memory = new Map(trace.initial);
  const next = trace.cpus.map(() => 0);
  let best = Infinity;
  const go = (last: number, switches: number): void => {
    if (switches >= best) return;
    if (next.every((n, c) => n === trace.cpus[c].length)) best = switches;
    for (const [cpu, accesses] of trace.cpus.entries()) {
      const access = accesses[next[cpu]];
      if (access === undefined || (memory.get(access.address) ?? 0) !== access.before) continue;
      next[cpu]++;
      memory.set(access.address, access.after);
      go(cpu, last < 0 || last === cpu ? switches : switches + 1);
      memory.set(access.address, access.before);
      next[cpu]--;
    }
  };
  go(-1, 0);
  return best;
}

test('no order has fewer switches than the one that is called minimal', (t) => {
  fc.assert(
    fc.property(shapes, seeds, (shape, seed) => {
      const tiny: ProgramShape = { ...shape, cpus: Math.min(shape.cpus, 3), length: Math.min(shape.length, 5) };
      const { trace } = runProgram(tiny, seed);
      const answer = found(reconstruct(trace));
      t.true(answer.minimal);
      t.is(answer.switches, fewestOfAll(trace));
    }),
    { numRuns: 300 },
  );
});

test('with no states to look at, any order is found, or the bound is named', (t) => {
  const { trace } = runProgram({ cpus: 3, length: 40, words: 4, values: 3, loads: 40 }, 5);
  const wide = found(reconstruct(trace, { exact: 0, weighted: 0, any: 100_000 }));
  t.false(wide.minimal);
  t.is(firstMismatch(trace, wide.order), undefined);
  t.deepEqual(reconstruct(trace, { exact: 1, weighted: 1, any: 1 }), { found: false, reason: 'bound', states: 3 });
});

test('a record that no order explains is a contradiction', (t) => {
  const load = (address: number, value: number) => ({ address, before: value, after: value });
  const unwritten: Trace = { cpus: [[load(1, 5)], [load(1, 0)]], initial: new Map(), edges: [] };
  t.like(reconstruct({ ...unwritten, cpus: [[load(1, 5)], [{ address: 1, before: 0, after: 3 }]] }), {
    found: false,
    reason: 'contradiction',
  });
  const twice = [{ address: 1, before: 0, after: 1 }];
  t.like(reconstruct({ cpus: [twice, twice], initial: new Map(), edges: [] }), {
    found: false,
    reason: 'contradiction',
  });
});

test('an order that only the record knows is kept', (t) => {
  const stores = [{ address: 1, before: 0, after: 1 }];
  const others = [{ address: 2, before: 0, after: 1 }];
  const edges = [{ from: { cpu: 1, index: 0 }, to: { cpu: 0, index: 0 } }];
  const answer = found(reconstruct({ cpus: [stores, others], initial: new Map(), edges }));
  t.deepEqual(answer.order, [1, 0]);
  t.true(answer.isForced({ cpu: 1, index: 0 }, { cpu: 0, index: 0 }));
});

test('an order may name an access to a word of one CPU alone', (t) => {
  const mine = [
    { address: 3, before: 0, after: 2 },
    { address: 3, before: 2, after: 2 },
  ];
  const others = [{ address: 4, before: 0, after: 1 }];
  const edges = [{ from: { cpu: 0, index: 1 }, to: { cpu: 1, index: 0 } }];
  t.deepEqual(found(reconstruct({ cpus: [mine, others], initial: new Map(), edges })).order, [0, 0, 1]);
});

test('accesses that decide nothing cost no switch', (t) => {
  const privately = (address: number) => Array.from({ length: 50 }, (_, i) => ({ address, before: i, after: i + 1 }));
  const answer = found(reconstruct({ cpus: [privately(1), privately(2)], initial: new Map(), edges: [] }));
  t.is(answer.switches, 1);
  t.false(answer.isForced({ cpu: 0, index: 0 }, { cpu: 1, index: 0 }));
});
