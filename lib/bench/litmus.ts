/** Part `litmus` of the bench. Called by bench.ts. */

import { loadRace, raceUrl } from '../harness/host/loadRace.js';
import { makePlan } from '../harness/makePlan.js';
import { runRace } from '../harness/host/run.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';

const MEASURE_MS = 1000;
/** The measured races, with the target of their trials. */
const MEASURED = [
  ['store-buffer', 'plain', '>= 15000000'],
  ['store-buffer', 'atomic', undefined],
  ['message-passing', 'plain', undefined],
  ['load-buffer', 'plain', undefined],
  ['iriw', 'plain', undefined],
] as const;

/** Measures trials per second of the litmus races, alternating, and how many of store-buffer's are relaxed. */
export async function measureLitmus(options: BenchOptions): Promise<Figure[]> {
  const samples = new FigureSamples();
  for (let round = 0; round < options.rounds; round++) {
    for (const [race, variant] of MEASURED) {
      options.onPart(`${race}:${variant}, round ${round + 1} of ${options.rounds}`);
      await measure(race, variant, samples);
    }
  }
  return [
    ...MEASURED.map(([race, variant, against]) =>
      figure(nameOf(race, variant, 'trials'), '/s', samples.of(`${race}.${variant}.trials`), against),
    ),
    figure(nameOf('store-buffer', 'plain', 'relaxed'), '/s', samples.of('store-buffer.plain.relaxed'), '>= 7000000'),
  ];
}

async function measure(name: string, variant: string, samples: FigureSamples): Promise<void> {
  const loaded = await loadRace(raceUrl(name)!);
  const plan = makePlan(loaded, { variant, sync: 'stride', recording: false, lockdep: false });
  const { harnessError, trials, failures, seconds } = await runRace(loaded.race, plan, { durationMs: MEASURE_MS });
  if (harnessError !== null) throw new Error(`${name}:${variant} did not run: ${harnessError}`);
  samples.add(`${name}.${variant}.trials`, trials / seconds);
  samples.add(`${name}.${variant}.relaxed`, failures / seconds);
}

/** Returns `store_buffer.trials_per_s`, with the variant unless it is the plain one. */
function nameOf(race: string, variant: string, what: string): string {
  return `${race.replace('-', '_')}.${variant === 'plain' ? '' : `${variant}.`}${what}_per_s`;
}
