import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Samples, figure, type BenchOptions, type Figure } from './figure.js';

const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const FIRST = ['run', 'xen-pin:buggy', '--stop-on-first', '--duration', '30s', '--json'];

/** A whole process, from its start to its end, that stops at the first oops; and what it takes of memory. */
export async function measureProcess(options: BenchOptions): Promise<Figure[]> {
  const samples = new Samples();
  for (let round = 0; round < options.rounds; round++) {
    options.onPart(`whole process to the first oops, round ${round + 1} of ${options.rounds}`);
    const started = performance.now();
    const { output, peakMb } = await runToEnd();
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

/** Peak memory is read by the process itself as it exits, and comes on its standard error. */
async function runToEnd(): Promise<{ output: string; peakMb: number }> {
  const tellPeak = "process.on('exit',()=>console.error('peak '+process.resourceUsage().maxRSS))";
  const child = spawn(process.execPath, [
    '--import',
    `data:text/javascript,${encodeURIComponent(tellPeak)}`,
    MAIN,
    ...FIRST,
  ]);
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  await new Promise<void>((done, failed) => child.once('close', () => done()).once('error', failed));
  const peakKb = Math.max(0, ...[...errors.matchAll(/peak (\d+)/g)].map((m) => Number(m[1])));
  if (output === '') throw new Error(`the run printed nothing: ${errors}`);
  return { output, peakMb: peakKb / 1024 };
}
