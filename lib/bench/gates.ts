/** Part `gate` of the bench. Called by bench.ts. */

import { Worker } from 'node:worker_threads';
import { availableParallelism } from 'node:os';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';
import type { GateReport, GateTask } from './gateThread.js';
import { Carver, GATE, PARTY_STRIDE } from '../sharedarraybuffer-utils/index.js';

const PARTIES = [2, 3, 4, 8, 16];
const MEASURE_MS = 250;

/** Measures rounds per second of the gate, which spins and then parks, and of one that only spins. */
export async function measureGates(options: BenchOptions): Promise<Figure[]> {
  const samples = new FigureSamples();
  for (let round = 0; round < options.rounds; round++) {
    for (const parties of PARTIES) {
      options.onPart(`gate at ${parties} threads, round ${round + 1} of ${options.rounds}`);
      samples.add(`gate.${parties}`, await roundsPerSecond(parties, false));
      samples.add(`spin.${parties}`, await roundsPerSecond(parties, true));
    }
  }
  return PARTIES.flatMap((parties) => [
    figure(`gate.rounds_per_s.${parties}`, '/s', samples.of(`gate.${parties}`)),
    figure(`gate.pure_spin.rounds_per_s.${parties}`, '/s', samples.of(`spin.${parties}`)),
    figure(
      `gate.over_pure_spin.${parties}`,
      'ratio',
      samples.ratio(`gate.${parties}`, `spin.${parties}`),
      parties === 4 ? '>= 100' : undefined,
      'higher',
    ),
  ]);
}

async function roundsPerSecond(parties: number, pureSpin: boolean): Promise<number> {
  const carver = new Carver();
  const gate = carver.take('gate', GATE.WORDS);
  const bells = carver.take('bells', PARTY_STRIDE * parties);
  const stop = carver.take('stop', 1);
  const mem = carver.allocate();
  const cores = availableParallelism();
  const threads = Array.from({ length: parties }, (_, party) => {
    const task: GateTask = { mem, gate, bells, stop, parties, party, pureSpin, cores, measureMs: MEASURE_MS };
    return new Worker(new URL('gateThread.js', import.meta.url), { workerData: task });
  });
  const first = await Promise.all(
    threads.map(
      (thread) => new Promise<GateReport>((done, failed) => thread.once('message', done).once('error', failed)),
    ),
  );
  await Promise.all(threads.map((thread) => thread.terminate()));
  const { rounds, seconds } = first[0];
  return rounds / seconds;
}
