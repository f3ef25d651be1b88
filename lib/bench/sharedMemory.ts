/** Part `js` of the bench. Called by bench.ts. */

import { setImmediate as eventLoop } from 'node:timers/promises';
import { loadRace } from '../harness/host/loadRace.js';
import { operationsOf } from '../js/atomics.js';
import { Seam } from '../js/seam.js';
import { benchRun } from './benchRun.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';
import { bootLone } from './loneCpu.js';

const TEST = new URL('./sharedMemoryTest.js', import.meta.url).href;
const MEASURE_MS = 1500;
const ITERATIONS = 100_000;
/** Loops of each kind in a round, alternating; the fastest counts, since other load can only slow one down. */
const LOOPS = 30;

type Add = (array: Int32Array, index: number, value: number) => number;

/** Measures what an operation of `Atomics` costs in a trial, and trials that do nothing or end in a lost wake-up. */
export async function measureSharedMemory(options: BenchOptions): Promise<Figure[]> {
  const samples = new FigureSamples();
  const loaded = await loadRace(TEST);
  for (let round = 0; round < options.rounds; round++) {
    options.onPart(`shared memory, round ${round + 1} of ${options.rounds}`);
    await eventLoop();
    measureAdd(samples);
    for (const variant of ['empty', 'lost']) {
      const { trials, failures, seconds } = await benchRun({ ...loaded, variant }, { ms: MEASURE_MS });
      samples.add(variant, (variant === 'lost' ? failures : trials) / seconds);
    }
  }
  return [
    figure('js.bare_add_ns', 'ns', samples.of('bare')),
    figure('js.recorded_add_ns', 'ns', samples.of('recorded')),
    figure('js.recorded_over_bare', 'ratio', samples.ratio('recorded', 'bare'), '<= 3'),
    figure('js.unrecorded_over_bare', 'ratio', samples.ratio('unrecorded', 'bare'), '<= 1.3'),
    figure('js.empty_trials', '/s', samples.of('empty'), '>= 300000'),
    figure('js.lost_wake_ups', '/s', samples.of('lost'), '>= 5000'),
  ];
}

function measureAdd(samples: FigureSamples): void {
  const buffer = new SharedArrayBuffer(64);
  const words = new Int32Array(buffer);
  const seam = new Seam();
  seam.join(bootLone(true), [{ buffer, path: '', first: 0, memory: null }]);
  seam.begin();
  const { add } = operationsOf(seam) as unknown as { readonly add: Add };
  const best = { bare: Infinity, recorded: Infinity, unrecorded: Infinity };
  for (let i = 0; i < LOOPS; i++) {
    // No delay is a part of the cost.
    seam.left = -1;
    best.bare = Math.min(best.bare, bareNs(words));
    for (const kind of ['recorded', 'unrecorded'] as const) {
      seam.isRecording = kind === 'recorded';
      best[kind] = Math.min(best[kind], nsOf(add, words));
    }
  }
  for (const [kind, ns] of Object.entries(best)) samples.add(kind, ns);
}

function bareNs(words: Int32Array): number {
  const before = process.hrtime.bigint();
  for (let i = 0; i < ITERATIONS; i++) Atomics.add(words, 0, 1);
  return Number(process.hrtime.bigint() - before) / ITERATIONS;
}

function nsOf(add: Add, words: Int32Array): number {
  const before = process.hrtime.bigint();
  for (let i = 0; i < ITERATIONS; i++) add(words, 0, 1);
  return Number(process.hrtime.bigint() - before) / ITERATIONS;
}
