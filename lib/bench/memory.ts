/** Part `memory` of the bench. Called by bench.ts. */

import { loadRace, raceUrl } from '../harness/host/loadRace.js';
import { MEMORY_MODELS, type MemoryModel } from '../race/settings.js';
import { benchRun } from './benchRun.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';

const RACES = ['xen-pin', 'lazy-mmu', 'hash-batch', 'pgd-lock', 'numa-protnone'];
const RUN_MS = 1000;
const [SC, TSO] = MEMORY_MODELS;

/**
 * Measures what store buffers cost: trials per second of each race's merged fix with `--memory tso` over those with `sc`. Each round has
 * the order tso, sc, sc, tso, so that a host that changes speed favours neither.
 */
export async function measureMemory(options: BenchOptions): Promise<Figure[]> {
  const samples = new FigureSamples();
  for (let round = 0; round < options.rounds; round++) {
    for (const race of RACES) {
      options.onPart(`${race} with and without store buffers, round ${round + 1} of ${options.rounds}`);
      const rates = { sc: 0, tso: 0 };
      for (const memory of [TSO, SC, SC, TSO]) rates[memory] += await trialsPerSecond(race, memory);
      samples.add(race, rates.tso / rates.sc);
    }
  }
  return [
    figure(
      'memory.tso_over_sc',
      'ratio',
      RACES.flatMap((race) => samples.of(race)),
      '>= 0.5',
    ),
    ...RACES.map((race) => figure(`memory.tso_over_sc.${race.replace('-', '_')}`, 'ratio', samples.of(race))),
  ];
}

async function trialsPerSecond(name: string, memory: MemoryModel): Promise<number> {
  const { race, url } = await loadRace(raceUrl(name)!);
  const { trials, seconds } = await benchRun({ race, url, variant: race.merged, memory }, { ms: RUN_MS });
  return trials / seconds;
}
