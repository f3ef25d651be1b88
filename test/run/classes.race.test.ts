/**
 * Goal: of each trial that is sampled it is found of which class of orders it is, and that class is one that all states have. Method:
 * random programs and a built-in race are explored, then hammered under both memory models; a count that lacks classes finds trials of none.
 */
import test from 'ava';
import { KnownClasses } from '../../lib/explore/classes/known.js';
import { exploreStates } from '../../lib/explore/explore.js';
import type { HostMachine } from '../../lib/harness/host/machine.js';
import { loadRace, raceUrl, type LoadedRace } from '../../lib/harness/host/loadRace.js';
import { makePlan, type PlanRequest } from '../../lib/harness/makePlan.js';
import { requireActors } from '../../lib/race/kinds.js';
import type { MemoryModel } from '../../lib/race/settings.js';
import type { ClassFigures } from '../../lib/report/run/document.js';
import { ClassMeter, classesObstacle } from '../../lib/run/classes.js';
import { knobsUnder } from '../../lib/run/request.js';
import { run } from '../../lib/index.js';
import { randomProgram, type Program } from '../explore/bruteForce.js';
import { runRace } from '../harness/keptThreads.js';

const LIMITS = { states: 100_000, bytes: 1e9, accesses: 300, interrupts: 2 };
const NEVER = new AbortController().signal;

async function load(programs: readonly Program[]): Promise<LoadedRace> {
  const address = new URL('../fixtures/plainPrograms.js', import.meta.url);
  address.searchParams.set('programs', JSON.stringify(programs));
  return loadRace(address.href);
}

/** Explores and hammers. `spoil` changes what was counted before the trials are looked at. */
async function met(
  loaded: LoadedRace,
  asked: PlanRequest,
  spoil: (classes: Set<string>) => void = () => undefined,
): Promise<ClassFigures> {
  const race = requireActors(loaded.race);
  const plan = makePlan(loaded, { ...asked, samples: true });
  const { variant, knobs, cpus, memory } = plan;
  const hooks = { signal: NEVER, pause: async () => undefined };
  const exploration = await exploreStates({ race, variant, knobs, cpus, memory }, LIMITS, hooks);
  if (classesObstacle(exploration) !== null) throw new Error(classesObstacle(exploration) ?? '');
  spoil(exploration.classes.classes as Set<string>);
  const meter = new ClassMeter(race, exploration.classes.data(), exploration);
  const onMachines = (machines: readonly HostMachine[]): void => meter.begin(machines);
  const outcome = await runRace(race, plan, { onMachines, onProgress: () => meter.look() });
  if (outcome.harnessError !== null) throw new Error(outcome.harnessError);
  meter.end();
  return meter.figures();
}

const drawn = (seed: number, cpus: number): Program[] =>
  Array.from({ length: cpus }, (_, c) => randomProgram(seed, c, 4));

const SHAPES: readonly { cpus: number; memory: MemoryModel; count: number }[] = [
  { cpus: 2, memory: 'sc', count: 6 },
  { cpus: 3, memory: 'sc', count: 3 },
  { cpus: 2, memory: 'tso', count: 6 },
];

for (const { cpus, memory, count } of SHAPES)
  test.serial(
    `${count} programs of ${cpus} CPUs, ${memory}: what is sampled is among what all states have`,
    async (t) => {
      let more = 0;
      for (let seed = 1; seed <= count; seed++) {
        const programs = drawn(seed, cpus);
        const what = JSON.stringify(programs);
        const figures = await met(await load(programs), { variant: 'any', memory, seed, trials: 120, round: 3 });
        t.is(figures.unknown, 0, what);
        t.is(figures.sampled, 40, what);
        t.true(figures.met > 0 || figures.unclear === figures.sampled, what);
        if (figures.met > 1) more++;
      }
      t.true(more > 0, 'some meet several');
    },
  );

test.serial('classes have names of their own, which another search of the same trial gives them too', async (t) => {
  const { race } = await loadRace(raceUrl('pgd-lock') as string);
  const searched = async (cpus: number): Promise<{ names: Set<string>; size: number; identity: string }> => {
    const actors = requireActors(race);
    const knobs = knobsUnder(race, 'plain-lock', 'rendezvous', {});
    const asked = { race: actors, variant: 'plain-lock', knobs, cpus, memory: 'sc' } as const;
    const exploration = await exploreStates(asked, LIMITS, { signal: NEVER, pause: async () => undefined });
    const data = exploration.classes.data();
    const known = new KnownClasses(data);
    // It has looked at other trials before.
    known.keyOfTrial({ events: [[]], word: () => undefined, failure: { signature: 'x', cpu: 0, isHang: false } });
    const names = new Set([...known.classes].map((key) => known.textOf(key)));
    return { names, size: known.classes.size, identity: new ClassMeter(actors, data).identity() };
  };
  const [one, again, other] = [await searched(2), await searched(2), await searched(3)];
  t.is(one.names.size, one.size);
  t.true(one.size > 3);
  t.deepEqual(again.names, one.names);
  t.is(again.identity, one.identity);
  t.not(other.identity, one.identity);
});

test.serial('classes of a built-in race, and the orders of those that were not met', async (t) => {
  const url = raceUrl('pgd-lock') as string;
  const figures = await met(await loadRace(url), { variant: 'plain-lock', trials: 300, round: 3 });
  t.is(figures.unknown, 0);
  t.true(figures.met > 0 && figures.classes !== null && figures.met <= figures.classes);
  t.is(figures.missing.length, Math.min(3, (figures.classes ?? 0) - figures.met));
  for (const { order } of figures.missing) t.true(order.length > 0);
});

test.serial('a count that lacks classes finds trials of none', async (t) => {
  const programs = drawn(1, 2);
  const asked = { variant: 'any', trials: 120, round: 3, seed: 1 };
  const figures = await met(await load(programs), asked, (classes) => classes.clear());
  t.is(figures.unknown, figures.sampled - figures.unclear);
  t.true(figures.unknown > 0);
});

test.serial('run() says what it has met, or why nothing was counted', async (t) => {
  const { classes, repeat } = await run('pgd-lock', { variant: 'buggy', classes: true, trials: 1280 });
  t.like(classes, { unknown: 0, reason: null, sampled: 10 });
  t.regex(repeat, /--classes/);
  const other = await run('pgd-lock', {
    variant: 'plain-lock',
    classes: true,
    sync: 'stride',
    trials: 64,
    twin: false,
  });
  t.like(other.classes, { classes: null, reason: '--sync stride: trials begin when others have not ended' });
  t.is((await run('pgd-lock', { variant: 'buggy', trials: 64 })).classes, undefined);
});
