/** Part `process` of the bench. Called by bench.ts. */

import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { runRacehammer } from './command.js';
import { startChild } from './children.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';

const FIRST = ['run', 'xen-pin:buggy', '--stop-on-first', '--duration', '30s', '--json'];
/** What no run on two threads can do without: the packages of pool and command line, and two threads that say that they run. */
const FLOOR = `
import { Worker } from 'node:worker_threads';
import 'piscina';
import 'commander';
const started = () => new Promise((resolve) => {
  new Worker("require('node:worker_threads').parentPort.postMessage(0)", { eval: true, execArgv: [] }).once('message', resolve);
});
await Promise.all([started(), started()]);
`;
/** A folder of this package, from which those packages are found. */
const HERE = fileURLToPath(new URL('.', import.meta.url));

/**
 * Measures time and memory of a whole process that stops at the first oops. The host decides what a start costs, so all times
 * are compared with those of a process of Node that does nothing. `process.floor_over_bare` says how much of the ratio belongs to
 * Node's threads and the two packages.
 */
export async function measureProcess(options: BenchOptions): Promise<Figure[]> {
  const samples = new FigureSamples();
  for (let round = 0; round < options.rounds; round++) {
    options.onPart(`whole process to the first oops, round ${round + 1} of ${options.rounds}`);
    samples.add('bare', await nodeMs(['-e', '0']));
    samples.add('floor', await nodeMs(['--input-type=module', '-e', FLOOR]));
    const started = performance.now();
    const { output, peakMb } = await runRacehammer(FIRST);
    samples.add('whole', performance.now() - started);
    samples.add('first', (JSON.parse(output) as { firstFailureMs: number }).firstFailureMs);
    samples.add('peak', peakMb);
  }
  return [
    figure('process.first_oops_ms', 'ms', samples.of('first')),
    figure('process.whole_ms', 'ms', samples.of('whole')),
    figure('process.floor_over_bare', 'ratio', samples.ratio('floor', 'bare')),
    figure('process.first_oops_over_bare', 'ratio', samples.ratio('first', 'bare'), '<= 2.5'),
    figure('process.whole_over_bare', 'ratio', samples.ratio('whole', 'bare'), '<= 2.5'),
    figure('process.peak_mb', 'MB', samples.of('peak')),
  ];
}

/** Returns how long a process of Node takes, in milliseconds. Throws Error if it fails. */
async function nodeMs(args: readonly string[]): Promise<number> {
  const started = performance.now();
  const [code] = (await once(startChild(args, { cwd: HERE }), 'close')) as [number | null];
  if (code !== 0) throw new Error(`a process of Node ended with ${code}`);
  return performance.now() - started;
}
