/** Part `oversubscription` of the bench. Called by bench.ts. */

import { loadRace, raceUrl } from '../harness/host/loadRace.js';
import { benchRun } from './benchRun.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';

const RACES = ['xen-pin', 'pgd-lock'];
const CPUS = [2, 3, 4, 8, 16, 32, 64];
const SLICE_MS = 1000;

/** Measures trials and failures per second of the buggy forms with more CPUs than cores. */
export async function measureOversubscription(
  options: BenchOptions,
  { races = RACES, cpuCounts = CPUS, sliceMs = SLICE_MS } = {},
): Promise<Figure[]> {
  const samples = new FigureSamples();
  for (let round = 0; round < options.rounds; round++) {
    for (const name of races) {
      const { race, url } = await loadRace(raceUrl(name)!);
      for (const cpus of cpuCounts) {
        options.onPart(`${name} at ${cpus} CPUs, round ${round + 1} of ${options.rounds}`);
        const { trials, failures, seconds } = await benchRun({ race, url, variant: 'buggy', cpus }, { ms: sliceMs });
        samples.add(`${name} trials ${cpus}`, trials / seconds);
        samples.add(`${name} failures ${cpus}`, failures / seconds);
      }
    }
  }
  return races.flatMap((name) =>
    ['trials', 'failures'].flatMap((what) =>
      cpuCounts.map((cpus) =>
        figure(
          `oversubscription.${name.replace('-', '_')}.${what}_per_s.${cpus}`,
          '/s',
          samples.of(`${name} ${what} ${cpus}`),
        ),
      ),
    ),
  );
}
