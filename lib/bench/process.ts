/** Part `process` of the bench. Called by bench.ts. */

import { once } from 'node:events';
import { runRacehammer } from './command.js';
import { startChild } from './children.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';

const FIRST = ['run', 'xen-pin:buggy', '--stop-on-first', '--duration', '30s', '--json'];

/**
 * Measures time and memory of a whole process that stops at the first oops. The host decides what a start costs, so both times
 * are compared with those of a process of Node that does nothing.
 */
export async function measureProcess(options: BenchOptions): Promise<Figure[]> {
  const samples = new FigureSamples();
  for (let round = 0; round < options.rounds; round++) {
    options.onPart(`whole process to the first oops, round ${round + 1} of ${options.rounds}`);
    samples.add('bare', await bareMs());
    const started = performance.now();
    const { output, peakMb } = await runRacehammer(FIRST);
    samples.add('whole', performance.now() - started);
    samples.add('first', (JSON.parse(output) as { firstFailureMs: number }).firstFailureMs);
    samples.add('peak', peakMb);
  }
  return [
    figure('process.first_oops_ms', 'ms', samples.of('first')),
    figure('process.whole_ms', 'ms', samples.of('whole')),
    figure('process.first_oops_over_bare', 'ratio', samples.ratio('first', 'bare'), '<= 2.5'),
    figure('process.whole_over_bare', 'ratio', samples.ratio('whole', 'bare'), '<= 2.5'),
    figure('process.peak_mb', 'MB', samples.of('peak')),
  ];
}

/** Returns how long a process of Node takes that does nothing. */
async function bareMs(): Promise<number> {
  const started = performance.now();
  await once(startChild(['-e', '0']), 'close');
  return performance.now() - started;
}
