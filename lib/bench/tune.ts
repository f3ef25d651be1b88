/** Part `tune` of the bench. Called by bench.ts. */

import { randomInt } from 'node:crypto';
import { loadRace, raceUrl } from '../harness/host/loadRace.js';
import { makePlan } from '../harness/makePlan.js';
import { requireActors } from '../race/kinds.js';
import { runRace } from '../harness/host/run.js';
import { pointOf } from '../tune/pointOf.js';
import { PARAMETERS } from '../tune/space.js';
import { tune } from '../tune/tune.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';

const RACES = ['xen-pin', 'hash-batch', 'lazy-mmu', 'numa-protnone', 'pgd-lock'];
const BUDGET_MS = 60_000;
const RUN_MS = 1000;
/** Short alternating runs per round: the rate of a host changes more from minute to minute than from run to run. */
const RUNS_OF_A_ROUND = 3;

/**
 * Tunes every race once for a minute, then alternates runs with the default, the tuned and the best settings. A search that did not
 * win saves nothing: then tuned is the default, and its ratio is that of the default with itself.
 */
export async function measureTune(options: BenchOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const name of RACES) figures.push(...(await measureRace(name, options)));
  return figures;
}

async function measureRace(name: string, { rounds, onPart }: BenchOptions): Promise<Figure[]> {
  const { race, url } = await loadRace(raceUrl(name)!);
  const [variant] = Object.keys(race.variants);
  const plan = makePlan({ race, url }, { variant });
  const start = pointOf(plan);
  onPart(`${name}: tuning for ${BUDGET_MS / 1000} s`);
  const { bestPoint, won, duel } = await tune({
    race: requireActors(race),
    plan,
    start,
    parameters: PARAMETERS.filter((parameter) => parameter !== 'machine'),
    syncs: ['rendezvous', 'stride'],
    budgetMs: BUDGET_MS,
    seed: randomInt(2 ** 32),
    signal: new AbortController().signal,
    planFor: () => null,
  });
  const samples = new FigureSamples();
  const points = { default: start, tuned: won ? bestPoint : start, best: bestPoint };
  for (let round = 0; round < rounds * RUNS_OF_A_ROUND; round++) {
    onPart(`${name}: default, tuned and the best found, run ${round + 1} of ${rounds * RUNS_OF_A_ROUND}`);
    for (const [key, point] of Object.entries(points)) {
      const { failures, seconds } = await runRace(race, { ...plan, ...point }, { durationMs: RUN_MS });
      samples.add(key, failures / seconds);
    }
  }
  const key = `tune.${name.replaceAll('-', '_')}`;
  return [
    figure(`${key}.default_failures_per_s`, '/s', samples.of('default')),
    figure(`${key}.tuned_failures_per_s`, '/s', samples.of('tuned'), name === 'xen-pin' ? '>= 100000' : undefined),
    figure(`${key}.tuned_over_default`, 'ratio', samples.ratio('tuned', 'default'), '>= 0.95'),
    figure(`${key}.best_found_over_default`, 'ratio', samples.ratio('best', 'default'), '>= 5, or <= 1.2'),
    ...(duel.ratio === null ? [] : [figure(`${key}.ratio_of_duel`, 'ratio', [duel.ratio])]),
  ];
}
