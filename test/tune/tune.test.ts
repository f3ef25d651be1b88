/**
 * Goal: what a tuning shows as the best found is what it has held against the default, what it looks around at, and never the default
 * itself.
 * Method: a made-up host of which the truth is known, on which the default is the best, or machines of another shape are; many seeds.
 */
import test, { type ExecutionContext } from 'ava';
import { requireActors } from '../../lib/race/kinds.js';
import { rowsOfEntries } from '../../lib/campaign/rows.js';
import { headline, settingRows } from '../../lib/report/tune/text.js';
import { keyOfPoint, type Point } from '../../lib/tune/point.js';
import { PARAMETERS } from '../../lib/tune/space.js';
import { tuneOn, type Tuned } from '../../lib/tune/tune.js';
import { fixture } from '../e2e/cli.js';
import { RACES } from '../soak/rows.js';
import { MadeUpHost, START, nearness } from './madeUpHost.js';

async function tuned(seed: number, rateOf: (point: Point) => number, budgetMs = 20_000): Promise<Tuned> {
  const entries = [{ race: fixture('outcomes'), variant: 'buggy' }];
  const [{ race, plan }] = await rowsOfEntries(entries, (_, error) => error, null, RACES);
  const made = new MadeUpHost(seed, rateOf);
  let slices = 0;
  const host = {
    measure: (point: Point, ms: number) => {
      slices++;
      return made.measure(point, ms);
    },
    dismiss: () => Promise.resolve(),
    end: () => Promise.resolve(0),
    get slices() {
      return slices;
    },
  };
  const request = {
    race: requireActors(race),
    plan,
    start: START,
    parameters: PARAMETERS,
    syncs: ['rendezvous', 'stride'] as const,
    budgetMs,
    seed,
    signal: new AbortController().signal,
    planFor: ({ cpus, machines }: Pick<Point, 'cpus' | 'machines'>) => ({
      plan: { ...plan, cpus, machines },
      start: { ...START, cpus, machines },
    }),
  };
  return tuneOn({ ...request, syncs: [...request.syncs] }, host, () => made.seconds * 1000);
}

/** A host on which short windows pay a little, and on which nothing comes near the default. */
function likeDefault(point: Point): number {
  if (keyOfPoint(point) === keyOfPoint(START)) return 50_000;
  return (point.cpus === 2 ? 1 : 0.1) * 20_000 * nearness(point.windows['W_OPEN'], 200);
}

/** Settings, effects and curves are of one and the same point, which is not the default. */
function isOneChallenger(t: ExecutionContext, { bestPoint, best, effects, curves }: Tuned): void {
  t.not(keyOfPoint(bestPoint), keyOfPoint(START));
  const shown = new Map(settingRows(best));
  for (const { parameter, found } of effects) t.is(shown.get(parameter), found, parameter);
  for (const { parameter, found } of curves) {
    const [field, name] = parameter.split(' ');
    const { min, max } = (field === 'phase' ? bestPoint.phases : bestPoint.windows)[name];
    t.true(found >= min && found <= max, parameter);
  }
}

test('where the default is the best, something else is held against it', async (t) => {
  for (let seed = 0; seed < 3; seed++) {
    const result = await tuned(seed, likeDefault);
    isOneChallenger(t, result);
    t.true(result.duel.pairs > 6);
    t.false(result.won);
  }
});

test('where machines of another shape are better, they are what is shown and looked around at', async (t) => {
  for (let seed = 0; seed < 2; seed++) {
    const result = await tuned(
      seed,
      (point) => likeDefault({ ...point, cpus: 2 }) * (point.cpus === 4 ? 20 : 1),
      120_000,
    );
    isOneChallenger(t, result);
    t.is(result.bestPoint.cpus, 4);
    t.true(result.won);
    t.true(result.curves.length > 0);
  }
});

test('a time that is too short decides nothing, and says so', async (t) => {
  const result = await tuned(1, likeDefault, 300);
  t.false(result.won);
  t.regex(
    headline({ ...result, order: null, noOrder: null, repeat: '' }),
    /^outcomes:buggy: the default stays: (?:too short to decide|the time was too short)/,
  );
});
