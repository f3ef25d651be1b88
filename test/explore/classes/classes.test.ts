/**
 * Goal: the classes of orders that a search counts are exactly those that all orders have: what each CPU reads, and what is left.
 * Method: random programs, enumerated order by order by an interpreter of their own (bruteForce.ts); races of which no count is possible;
 * orders of classes that were asked for.
 */
import test from 'ava';
import { loadRace, raceUrl } from '../../../lib/harness/host/loadRace.js';
import { findClasses } from '../../../lib/explore/classes/findClasses.js';
import { TRANSITION } from '../../../lib/explore/states/transitions.js';
import { requireActors } from '../../../lib/race/kinds.js';
import type { ActorRace } from '../../../lib/race/race.js';
import { LINE, READ_ONCE, WRITE_ONCE, defineRace, struct } from '../../../lib/sdk/index.js';
import { countOrders, randomProgram, type Program } from '../bruteForce.js';
import { searched } from '../searched.js';

async function raceOf(programs: readonly Program[]): Promise<ActorRace> {
  const address = new URL('../../fixtures/plainPrograms.js', import.meta.url);
  address.searchParams.set('programs', JSON.stringify(programs));
  return requireActors((await loadRace(address.href)).race);
}

const SHAPES = [
  { cpus: 2, steps: 5, memory: 'sc', count: 30 },
  { cpus: 3, steps: 3, memory: 'sc', count: 15 },
  { cpus: 2, steps: 3, memory: 'tso', count: 30 },
] as const;

for (const { cpus, steps, memory, count } of SHAPES)
  test(`${count} programs of ${cpus} CPUs, ${memory}: as many classes as by enumeration`, async (t) => {
    let [fewer, hangs] = [0, 0];
    for (let seed = 0; seed < count; seed++) {
      const programs = Array.from({ length: cpus }, (_, c) => randomProgram(seed + 7000 * steps, c, steps));
      const { classes, found } = searched(await raceOf(programs), { memory });
      const all = countOrders(programs, memory === 'tso');
      const clean = [...classes.classes].filter((key) => !key.startsWith('hangs'));
      t.is(clean.length, all.classes.size, JSON.stringify(programs));
      t.is(classes.classes.size > clean.length, all.stuck.size > 0);
      t.is(classes.obstacle, null);
      if (clean.length < found.ends) fewer++;
      if (all.stuck.size > 0) hangs++;
    }
    // Draws and lock words tell states apart, and no classes: a count of ends would be another.
    t.true(fewer > 0, 'some have fewer classes than ends');
    t.true(hangs > 0, 'some hang');
  });

const write = (word: number, value: number): Program[number] => ({ op: 'write', word, value });
const read = (word: number): Program[number] => ({ op: 'read', word });

test('what is left tells classes apart in which the same is read', async (t) => {
  const { classes } = searched(await raceOf([[write(0, 1)], [write(0, 2)]]));
  t.is(classes.classes.size, 2);
});

test('the order of a class is the one with the fewest preemptions, and has what the class says', async (t) => {
  const race = await raceOf([
    [write(0, 1), write(1, 1)],
    [read(1), read(0)],
  ]);
  const { classes, model } = searched(race);
  t.is(classes.classes.size, 3);
  const found = findClasses(model, classes, [...classes.classes], { count: 9, states: 1000 });
  const orders = found.map(({ preemptions, steps }) => {
    const reads = steps.filter(({ does, place, value }) => does === TRANSITION.STEP && place.actor === 1 && value >= 0);
    return `${preemptions}: ${reads.map(({ value }) => value).join('')}`;
  });
  // Both stores first, both reads first, and one that comes between.
  t.deepEqual(orders.toSorted(), ['0: 00', '0: 11', '1: 01']);
  t.deepEqual(findClasses(model, classes, ['no such class'], { count: 9, states: 1000 }), []);
  t.is(findClasses(model, classes, [...classes.classes], { count: 1, states: 1000 }).length, 1);
});

test('of tasks that exchange their CPUs, and of waits that take calls, no classes are counted', async (t) => {
  const race = (polls: boolean) =>
    defineRace({
      name: 'uncounted',
      state: struct({ word: LINE }),
      cpus: { min: 2, default: 2 },
      variants: { any: { fails: 'wrong' } },
      signatures: { wrong: 'never' },
      polls,
      actors: { run: (cpu, at) => void READ_ONCE(cpu, at) },
    });
  t.regex(searched(race(true)).classes.obstacle ?? '', /interrupts off/);
  t.is(searched(race(false)).classes.obstacle, null);
  const looping = defineRace({
    name: 'looping',
    state: struct({ word: LINE }),
    cpus: { min: 2, default: 2 },
    variants: { any: { fails: 'wrong' } },
    signatures: { wrong: 'never' },
    actors: {
      run(cpu, at) {
        if (cpu.id === 0) WRITE_ONCE(cpu, at, 1);
        else while (READ_ONCE(cpu, at) === 0);
      },
    },
  });
  t.regex(searched(looping).classes.obstacle ?? '', /in a loop/);
  const lazyMmu = requireActors((await loadRace(raceUrl('lazy-mmu') as string)).race);
  const { classes } = searched(lazyMmu, { variant: 'early-mc-batch', knobs: { preempt_at: 'drawn' } });
  t.regex(classes.obstacle ?? '', /exchange their CPUs/);
});
