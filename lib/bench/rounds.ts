/** Part `rounds` of the bench. Called by bench.ts. */

import { perSecond } from './crowd.js';
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
  { cpuCounts = CPUS, measureMs = MEASURE_MS } = {},
): Promise<Figure[]> {
  const samples = new FigureSamples();
  for (let round = 0; round < options.rounds; round++) {
    options.onPart(`rounds of meetings, round ${round + 1} of ${options.rounds}`);
    for (const cpus of cpuCounts) {
      const [first] = await perSecond({ work: 'meet', cpus, measureMs });
      samples.add(`${cpus}`, first.done);
    }
    const [echo] = await perSecond({ work: 'echo', cpus: 2, measureMs });
    samples.add('echo', echo.done);
  }
  return [
    ...cpuCounts.map((cpus) =>
      figure(`rounds.per_s.${cpus}`, '/s', samples.of(`${cpus}`), cpus in TARGETS ? `>= ${TARGETS[cpus]}` : undefined),
    ),
    figure('rounds.over_bare_echo.2', 'ratio', samples.ratio('2', 'echo'), undefined, 'higher'),
  ];
}
