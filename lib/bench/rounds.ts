/** Part `rounds` of the bench. Called by bench.ts. */

import { perSecond, type CrowdRequest } from './crowd.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';

/** Targets in rounds per second on two cores, by CPUs. */
const TARGETS: Readonly<Record<number, number>> = { 2: 800_000, 4: 50_000, 8: 20_000, 64: 1_000 };
const CPUS = Object.keys(TARGETS).map(Number);
const MEASURE_MS = 1500;

/**
 * Measures rounds per second: all CPUs of a machine meet as before each trial, with interrupts on. gates.ts measures the gate alone.
 */
export async function measureRounds(
  options: BenchOptions,
  {
    cpuCounts = CPUS,
    ...times
  }: Partial<Pick<CrowdRequest, 'measureMs' | 'warmUpMs'>> & { readonly cpuCounts?: readonly number[] } = {},
): Promise<Figure[]> {
  const timed = { measureMs: MEASURE_MS, ...times };
  const samples = new FigureSamples();
  for (let round = 0; round < options.rounds; round++) {
    options.onPart(`rounds of meetings, round ${round + 1} of ${options.rounds}`);
    for (const cpus of cpuCounts) {
      const [first] = await perSecond({ work: 'meet', cpus, ...timed });
      samples.add(`${cpus}`, first.done);
    }
    const [echo] = await perSecond({ work: 'echo', cpus: 2, ...timed });
    samples.add('echo', echo.done);
  }
  return [
    ...cpuCounts.map((cpus) =>
      figure(`rounds.per_s.${cpus}`, '/s', samples.of(`${cpus}`), cpus in TARGETS ? `>= ${TARGETS[cpus]}` : undefined),
    ),
    figure('rounds.over_bare_echo.2', 'ratio', samples.ratio('2', 'echo'), undefined, 'higher'),
  ];
}
