// Goal: a search finds the best of what it may change, and nothing that is worse than the default passes for better. Method: a
// made-up host of which the truth is known and the counts are noise; many seeds.

import test from 'ava';
import fc from 'fast-check';
import { duel, isWon, judgeDuel } from '../../lib/tune/duel.js';
import { Random } from '../../lib/tune/random.js';
import { keyOfPoint, type Point } from '../../lib/tune/point.js';
import { search } from '../../lib/tune/search.js';
import { PARAMETERS, spaceOf, type Parameter, type Space } from '../../lib/tune/space.js';
import { Trials, type Candidate } from '../../lib/tune/trials.js';
import { MadeUpHost, START, nearness } from './madeUpHost.js';

function space(parameters: readonly Parameter[] = PARAMETERS): Space {
  return spaceOf({ start: START, parameters, syncs: ['rendezvous', 'stride'], roundMax: 512 });
}

async function found(host: MadeUpHost, seed: number, of: Space = space(), stopAfter = Infinity): Promise<Candidate[]> {
  const trials = new Trials('failures');
  const order = { used: () => host.seconds / 30, isStopped: () => host.seconds > stopAfter, width: 150, seed };
  return search({ space: of, trials, measure: (point) => host.measure(point), ...order });
}

/** Failures need the right offset between the actors and the right window. */
function peak(offset: number, window: number): (point: Point) => number {
  return ({ phases, windows, sync }) => {
    const { walker, forker } = phases;
    const between = { min: Math.abs(forker.min - walker.max), max: Math.abs(forker.max - walker.min) };
    const mode = sync === 'rendezvous' ? 1 : 0.1;
    return 100_000 * mode * nearness(between, offset) * nearness(windows['W_OPEN'], window);
  };
}

test('it finds a peak in four dimensions, wherever it is', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 20, max: 3000 }),
      fc.integer({ min: 20, max: 3000 }),
      fc.integer({ min: 0, max: 2 ** 31 }),
      async (offset, window, seed) => {
        const truth = peak(offset, window);
        const [best] = await found(new MadeUpHost(seed, truth), seed);
        return best === undefined ? truth(START) > 60_000 : truth(best.point) > 60_000;
      },
    ),
    { numRuns: 15, seed: 7 },
  );
  t.pass();
});

test('what does not matter stays as it was', async (t) => {
  let kept = 0;
  for (let seed = 0; seed < 10; seed++) {
    const [best] = await found(new MadeUpHost(seed, peak(700, 1000)), seed);
    t.is(best.point.sync, 'rendezvous');
    if (best.point.windows['W_IDLE'].max === START.windows['W_IDLE'].max) kept++;
  }
  // A tenth of the slices being of a busy host, some resets look like a loss.
  t.true(kept >= 5, `${kept} of 10`);
});

test('only the parameters that were asked for change', async (t) => {
  const candidates = await found(new MadeUpHost(4, peak(700, 1000)), 4, space(['window']));
  t.true(candidates.length > 0);
  for (const { point } of candidates) t.deepEqual({ ...point, windows: START.windows }, START);
});

test('the best of a duel is never worse than the default beyond noise', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 2 ** 31 }),
      fc.double({ min: 0.2, max: 1, noNaN: true }),
      async (seed, others) => {
        // The default is the best there is; everything else has some share of it.
        const truth = (point: Point): number =>
          JSON.stringify(point) === JSON.stringify(START) ? 50_000 : 50_000 * others;
        const host = new MadeUpHost(seed, truth);
        const [best] = await found(host, seed);
        if (best === undefined) return true;
        const random = new Random(seed);
        const pairs = await duel(
          { start: START, best: best.point },
          (p) => host.measure(p),
          60,
          random,
          () => false,
        );
        return !isWon(judgeDuel('failures', pairs)) || truth(best.point) >= 0.95 * truth(START);
      },
    ),
    { numRuns: 15, seed: 11 },
  );
  t.pass();
});

test('a search that is stopped ends with what it has', async (t) => {
  const host = new MadeUpHost(5, peak(700, 1000));
  await found(host, 5, space(), 1);
  t.true(host.seconds < 1.2);
});

test('a space without a parameter has nothing to find', async (t) => {
  t.deepEqual(await found(new MadeUpHost(6, () => 1000), 6, space([])), []);
});

test('where nothing fails at all it ends all the same', async (t) => {
  const host = new MadeUpHost(8, () => 0);
  await found(host, 8);
  t.true(host.seconds <= 31);
});

test('points that it is given are measured first, each as often as the start, and stay among the rivals', async (t) => {
  const of = space();
  const given = [700, 1400].map((spins) => ({
    ...of.start,
    windows: { ...of.start.windows, W_OPEN: { min: spins, max: spins } },
  }));
  const measured: Point[] = [];
  const host = new MadeUpHost(1, peak(300, 1400));
  const measure = (point: Point) => {
    measured.push(point);
    return host.measure(point);
  };
  const trials = new Trials('failures');
  const request = { used: () => host.seconds / 30, isStopped: () => false, width: 60, seed: 1 };
  await search({ space: of, first: given, trials, measure, ...request });
  const begun = measured.slice(0, 9);
  for (const point of [of.start, ...given])
    t.is(begun.filter((one) => keyOfPoint(one) === keyOfPoint(point)).length, 3);
  t.true(trials.of(given[1]).slices.length > 6, 'the good one goes on');
});
