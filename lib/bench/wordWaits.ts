/** Part `waits` of the bench. Called by bench.ts. */

import { loadRace, type LoadedRace } from '../harness/host/loadRace.js';
import { runRace } from '../harness/host/run.js';
import { makePlan } from '../harness/makePlan.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';

const RACE = new URL('./wordWaitRace.js', import.meta.url).href;
const MEASURE_MS = 1500;
const SLICE_MS = 500;
/** Pairs of slices for each number of CPUs. */
const PAIRS = 2;
const HANGS = { lost: 'lost_wake_up', cycle: 'word_deadlock' } as const;
const CPUS = [2, 3, 4, 8] as const;

/** Measures how soon waits for words that nobody ends are proved, and how often, and a loop of a race's own against `wait_on`. */
export async function measureWordWaits(options: BenchOptions): Promise<Figure[]> {
  const loaded = await loadRace(RACE);
  const samples = new FigureSamples();
  for (let round = 0; round < options.rounds; round++) {
    options.onPart(`waits for words, round ${round + 1} of ${options.rounds}`);
    await measureRound(loaded, samples);
  }
  return figuresOf(samples);
}

async function measureRound(loaded: LoadedRace, samples: FigureSamples): Promise<void> {
  for (const [variant, name] of Object.entries(HANGS)) {
    const { failures, seconds } = await run(loaded, { variant }, MEASURE_MS);
    samples.add(`${name}.rate`, failures / seconds);
    const { proofNs } = await run(loaded, { variant, timing: true }, MEASURE_MS);
    if (proofNs === null) throw new Error('no wait was proved, so there is no time to measure');
    samples.add(`${name}.p50`, proofNs.p50 / 1000);
    samples.add(`${name}.p99`, proofNs.p99 / 1000);
  }
  for (const cpus of CPUS) await compareWaits(loaded, cpus, samples);
}

/** Compares both ways to wait in slices that alternate; the fastest of each counts, since other load can only slow a slice down. */
async function compareWaits(loaded: LoadedRace, cpus: number, samples: FigureSamples): Promise<void> {
  const best = { machine: 0, loop: 0 };
  for (let pair = 0; pair < PAIRS; pair++) {
    for (const wait of ['machine', 'loop'] as const) {
      const { trials, seconds } = await run(loaded, { variant: 'handed', cpus, knobs: { wait } }, SLICE_MS);
      best[wait] = Math.max(best[wait], trials / seconds);
    }
  }
  samples.add(`loop.${cpus}`, best.loop);
  samples.add(`machine.${cpus}`, best.machine);
}

function figuresOf(samples: FigureSamples): Figure[] {
  return [
    ...Object.values(HANGS).flatMap((name) => [
      figure(`${name}.per_s.2`, '/s', samples.of(`${name}.rate`), '>= 50000'),
      figure(`${name}.proof_us.p50.2`, 'us', samples.of(`${name}.p50`), '<= 10'),
      figure(`${name}.proof_us.p99.2`, 'us', samples.of(`${name}.p99`), '<= 1000'),
    ]),
    ...CPUS.map((cpus) =>
      figure(
        `word_wait.loop_over_wait_on.${cpus}`,
        'ratio',
        samples.ratio(`loop.${cpus}`, `machine.${cpus}`),
        '>= 0.5',
      ),
    ),
  ];
}

async function run(
  loaded: LoadedRace,
  what: Partial<Parameters<typeof makePlan>[1]> & { variant: string },
  durationMs: number,
): ReturnType<typeof runRace> {
  const outcome = await runRace(loaded.race, makePlan(loaded, what), { durationMs });
  if (outcome.harnessError !== null) throw new Error(`${what.variant} did not run: ${outcome.harnessError}`);
  return outcome;
}
