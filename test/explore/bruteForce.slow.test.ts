/**
 * Goal: a search meets exactly what all orders together meet: their number, the states at their ends, the deadlocks.
 * Method: random programs of two and three CPUs, with locks, trylocks, waits, draws and store buffers, are enumerated order by order by
 * an interpreter of their own (bruteForce.ts), and searched as actors of a race: all states, and those whose orders stand for all.
 */
import test from 'ava';
import { defineRace, lines, struct } from '../../lib/sdk/index.js';
import { LOCKS, WORDS, countOrders, randomProgram, type Program } from './bruteForce.js';
import { runProgram } from './programActor.js';
import { reducedOf, searched } from './searched.js';

const STATE = struct({ words: lines(WORDS), locks: lines(LOCKS) });

const raceOf = (programs: readonly Program[]) =>
  defineRace({
    name: 'random-programs',
    state: STATE,
    cpus: { min: 2, default: programs.length },
    variants: { any: {} },
    signatures: { deadlock: 'CPUs wait for each other', 'lost-wake-up': 'a CPU waits for ever' },
    actors: {
      run: (cpu, at) => runProgram(cpu, programs[cpu.id], { words: at + STATE.words, locks: at + STATE.locks }),
    },
  });

const SHAPES = [
  { cpus: 2, steps: 5, tso: false, count: 40 },
  { cpus: 3, steps: 3, tso: false, count: 20 },
  { cpus: 2, steps: 3, tso: true, count: 40 },
] as const;

for (const { cpus, steps, tso, count } of SHAPES) {
  test(`${count} programs of ${cpus} CPUs, ${steps} steps, ${tso ? 'tso' : 'sc'}: as by enumeration`, (t) => {
    let [stuck, kept, all] = [0, 0, 0];
    for (let seed = 0; seed < count; seed++) {
      const programs = Array.from({ length: cpus }, (_, c) => randomProgram(seed + 1000 * steps, c, steps));
      const counted = countOrders(programs, tso);
      const memory = tso ? 'tso' : 'sc';
      const { found, model } = searched(raceOf(programs), { memory });
      const reduced = reducedOf(raceOf(programs), { memory });
      const what = JSON.stringify(programs);
      t.is(found.orders, counted.orders, what);
      t.is(found.ends, counted.ends.size, what);
      t.is(found.stuckStates, counted.stuck.size, what);
      stuck += counted.stuck.size;
      if (tso) {
        t.is(reduced.found, null, what);
        continue;
      }
      // The states at the ends of all orders, and every place of every CPU.
      t.is(reduced.found?.ends, counted.ends.size, what);
      t.is(reduced.found?.stuckStates, counted.stuck.size, what);
      t.is(reduced.model.places.length, model.places.length, what);
      kept += reduced.found?.states ?? 0;
      all += found.states;
    }
    t.true(stuck > 0, 'some of them hang');
    t.true(tso || 3 * kept < all, `${kept} of ${all} states are kept where orders are left out`);
  });
}

test('a CPU reads what is in its own store buffer: as by enumeration', (t) => {
  const stores = (word: number): Program[number] => ({ op: 'write', word, value: 1 });
  const reads = (word: number): Program[number] => ({ op: 'read', word });
  for (const programs of [
    [[stores(0), reads(0)], [reads(0)]],
    [
      [stores(0), reads(0), reads(1)],
      [stores(1), reads(1), reads(0)],
    ],
  ]) {
    const { found } = searched(raceOf(programs), { memory: 'tso' });
    const { orders, ends } = countOrders(programs, true);
    t.deepEqual([found.orders, found.ends], [orders, ends.size]);
  }
});
