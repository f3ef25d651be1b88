/** Part `verify` of the bench. Called by bench.ts. */

import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';
import { runRacehammer } from './command.js';

/** Measures the whole of `verify` with its default budgets, and of `verify --quick`, once per round. */
export async function measureVerify(options: BenchOptions): Promise<Figure[]> {
  const samples = new FigureSamples();
  for (let round = 0; round < options.rounds; round++) {
    options.onPart(`verify, round ${round + 1} of ${options.rounds}`);
    await measure(samples, '', []);
    options.onPart(`verify --quick, round ${round + 1} of ${options.rounds}`);
    await measure(samples, 'quick ', ['--quick']);
  }
  return [
    figure('verify.seconds', 's', samples.of('seconds'), '<= 300'),
    figure('verify.rows_not_as_expected', 'rows', samples.of('unexpected'), '= 0'),
    figure('verify.quick.seconds', 's', samples.of('quick seconds'), '<= 90'),
    figure('verify.quick.rows_not_as_expected', 'rows', samples.of('quick unexpected'), '= 0'),
  ];
}

async function measure(samples: FigureSamples, name: string, flags: readonly string[]): Promise<void> {
  const started = performance.now();
  const { output } = await runRacehammer(['verify', ...flags, '--json']);
  const { rows } = JSON.parse(output) as { rows: { exitCode: number }[] };
  samples.add(`${name}seconds`, (performance.now() - started) / 1000);
  samples.add(`${name}unexpected`, rows.filter(({ exitCode }) => exitCode !== 0).length);
}
