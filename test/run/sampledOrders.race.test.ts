/**
 * Goal: what `run --trace` shows of trials that did not fail is what they did. Method: built-in races are hammered under both memory models
 * and with more CPUs; every value of each order must follow from the accesses in front of it, which a test looks up word by word.
 */
import test from 'ava';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import type { HostMachine } from '../../lib/harness/host/machine.js';
import { makePlan, type PlanRequest } from '../../lib/harness/makePlan.js';
import { flowsOf } from '../../lib/report/replay/flows.js';
import { ClassMeter } from '../../lib/run/classes.js';
import { exploreStates } from '../../lib/explore/explore.js';
import { requireActors } from '../../lib/race/kinds.js';
import { OrderSampler, type SampledOrders } from '../../lib/run/order/sampledOrders.js';
import { knobsUnder } from '../../lib/run/request.js';
import { isSampled } from '../../lib/run/samplingObstacle.js';
import { runRace } from '../harness/keptThreads.js';

async function sampledOf(name: string, asked: PlanRequest): Promise<SampledOrders & { failed: number }> {
  const loaded = await loadRace(raceUrl(name)!);
  const knobs = knobsUnder(loaded.race, asked.variant, 'rendezvous', {});
  const plan = makePlan(loaded, { trials: 4000, round: 8, ...asked, knobs, samples: true });
  const sampler = new OrderSampler(loaded.race, plan);
  const onMachines = (machines: readonly HostMachine[]): void => sampler.begin(machines);
  const outcome = await runRace(loaded.race, plan, {
    onMachines,
    onProgress: (_, seconds) => sampler.look(1000 * seconds),
  });
  if (outcome.harnessError !== null) throw new Error(outcome.harnessError);
  sampler.look(1000 * outcome.seconds);
  sampler.end();
  return { ...sampler.orders(), failed: outcome.failures };
}

/** Returns the rows that find another value than the row in front of them, of any CPU, has left in the word. */
function contradictions({ orders }: SampledOrders): string[] {
  return orders.flatMap(({ timeline }) => {
    const words = new Map<number, number>();
    return timeline.rows.flatMap(({ address, before, after, kind, text }) => {
      // What is in a store buffer is no value of the word yet.
      if (address < 0 || (kind !== 'load' && kind !== 'store') || text.endsWith(' buffered)')) return [];
      const known = words.get(address);
      words.set(address, after);
      return known === undefined || known === before ? [] : [`${text}: was ${known}`];
    });
  });
}

const RUNS: readonly (readonly [name: string, asked: PlanRequest, arrow: 'interrupt' | 'wake-up'])[] = [
  ['pgd-lock', { variant: 'plain-lock' }, 'interrupt'],
  ['lazy-mmu', { variant: 'buggy' }, 'interrupt'],
  ['pgd-lock', { variant: 'plain-lock', memory: 'tso' }, 'interrupt'],
  ['xen-pin', { variant: 'pte-lock', cpus: 3 }, 'wake-up'],
];

for (const [name, asked, arrow] of RUNS)
  test.serial(
    `${name}:${asked.variant}, ${asked.cpus ?? 2} CPUs, ${asked.memory ?? 'sc'}: each order explains itself`,
    async (t) => {
      const found = await sampledOf(name, asked);
      t.true(found.orders.length > 0 && found.orders.length <= 8, `${found.orders.length} orders`);
      t.is(found.unexplained, 0);
      t.true(found.kinds >= found.orders.length);
      const counted = found.orders.reduce((sum, { count }) => sum + count, 0);
      t.true(counted >= found.orders.length && counted <= found.sampled, `${counted} of ${found.sampled}`);
      t.deepEqual(contradictions(found), []);
      for (const { timeline } of found.orders) {
        t.is(timeline.signature, '');
        t.true(timeline.rows.every(({ fails }) => !fails));
        t.is(
          timeline.rows.filter(({ kind }) => kind === 'done').length,
          timeline.cpus.length,
          'each CPU ends its part',
        );
      }
      t.true(found.orders.some(({ timeline }) => flowsOf(timeline.rows).some((flow) => flow.name === arrow)));
    },
  );

test.serial('where classes are counted as well, both get every sample', async (t) => {
  const loaded = await loadRace(raceUrl('xen-pin')!);
  const race = requireActors(loaded.race);
  const knobs = knobsUnder(race, 'pte-lock', 'rendezvous', {});
  const plan = makePlan(loaded, { variant: 'pte-lock', knobs, trials: 4000, round: 8, samples: true });
  const { variant, cpus, memory } = plan;
  const limits = { states: 100_000, bytes: 1e9, accesses: 300, interrupts: 2 };
  const hooks = { signal: new AbortController().signal, pause: async () => undefined };
  const exploration = await exploreStates({ race, variant, knobs, cpus, memory }, limits, hooks);
  const meter = new ClassMeter(race, exploration.classes.data(), exploration);
  const sampler = new OrderSampler(race, plan);
  const look = (): void => meter.look((machine, sample) => sampler.note(machine, sample, 0));
  const onMachines = (machines: readonly HostMachine[]): void => {
    meter.begin(machines);
    sampler.begin(machines);
  };
  await runRace(race, plan, { onMachines, onProgress: look });
  look();
  meter.end();
  sampler.end();
  const [figures, found] = [meter.figures(), sampler.orders()];
  t.is(figures.unknown, 0);
  t.is(found.sampled, figures.sampled);
  t.true(figures.met > 0 && found.orders.length > 0);
  t.deepEqual(contradictions(found), []);
});

test('trials are sampled where CPUs meet before each, records are kept and each task has a CPU', async (t) => {
  const loaded = await loadRace(raceUrl('xen-pin')!);
  const plan = makePlan(loaded, { variant: 'buggy', knobs: knobsUnder(loaded.race, 'buggy', 'rendezvous', {}) });
  t.true(isSampled(loaded.race, plan));
  for (const other of [{ sync: 'stride' as const }, { recording: false }, { round: 2 }, { places: plan.cpus + 1 }])
    t.false(isSampled(loaded.race, { ...plan, ...other }), JSON.stringify(other));
  const { race } = await loadRace(raceUrl('store-buffer')!);
  t.false(isSampled(race, plan));
});
