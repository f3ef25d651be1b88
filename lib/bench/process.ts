/** Part `process` of the bench. Called by bench.ts. */

import { runCommand } from './command.js';
import { Samples, figure, type BenchOptions, type Figure } from './figure.js';

const FIRST = ['run', 'xen-pin:buggy', '--stop-on-first', '--duration', '30s', '--json'];

/** Measures time and memory of a whole process that stops at the first oops. */
export async function measureProcess(options: BenchOptions): Promise<Figure[]> {
  const samples = new Samples();
  for (let round = 0; round < options.rounds; round++) {
    options.onPart(`whole process to the first oops, round ${round + 1} of ${options.rounds}`);
    const started = performance.now();
    const { output, peakMb } = await runCommand(FIRST);
    samples.add('whole', performance.now() - started);
    samples.add('first', (JSON.parse(output) as { firstFailureMs: number }).firstFailureMs);
    samples.add('peak', peakMb);
  }
  return [
    figure('process.first_oops_ms', 'ms', samples.of('first'), '<= 400'),
    figure('process.whole_ms', 'ms', samples.of('whole'), '<= 400'),
    figure('process.peak_mb', 'MB', samples.of('peak')),
  ];
}
