/** Part `verify` of the bench. Called by bench.ts. */

import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';
import { runRacehammer } from './command.js';

/** Measures the whole of `verify` with its default budgets, once per round. */
export async function measureVerify(options: BenchOptions): Promise<Figure[]> {
  const samples = new FigureSamples();
  for (let round = 0; round < options.rounds; round++) {
    options.onPart(`verify, round ${round + 1} of ${options.rounds}`);
    const started = performance.now();
    const { rows } = JSON.parse((await runRacehammer(['verify', '--json'])).output) as { rows: { exitCode: number }[] };
    samples.add('seconds', (performance.now() - started) / 1000);
    samples.add('unexpected', rows.filter(({ exitCode }) => exitCode !== 0).length);
  }
  return [
    figure('verify.seconds', 's', samples.of('seconds'), '<= 180'),
    figure('verify.rows_not_as_expected', 'rows', samples.of('unexpected'), '= 0'),
  ];
}
