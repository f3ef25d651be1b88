/** Part `watchdog` of the bench. Called by bench.ts. */

import { loadRace, raceUrl, type LoadedRace } from '../harness/host/loadRace.js';
import { makePlan } from '../harness/makePlan.js';
import type { Plan } from '../harness/plan.js';
import { runRace, type RunHooks, type RunOutcome } from '../harness/host/run.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';

const MEASURE_MS = 1500;
const SLICES = 4;
const SLICE_MS = 500;
const HANGS = 4;
const CPUS = [2, 8] as const;
/** Targets by CPUs: deadlocks per second, and the time to the proof of one. */
const AGAINST = {
  2: { rate: '>= 50000', p50: '<= 10', p99: '<= 1000' },
  8: { rate: '>= 200', p50: '<= 50', p99: '<= 5000' },
} as const;

/** Measures how soon and how often deadlocks are proved, the cost of watchdog and lockdep, and how soon other hangs are named. */
export async function measureWatchdog(options: BenchOptions): Promise<Figure[]> {
  const pgdLock = await loadRace(raceUrl('pgd-lock')!);
  const xenPin = await loadRace(raceUrl('xen-pin')!);
  const canary = await loadRace(raceUrl('canary')!);
  const samples = new FigureSamples();
  for (let round = 0; round < options.rounds; round++) {
    const say = (what: string): void => options.onPart(`${what}, round ${round + 1} of ${options.rounds}`);
    for (const cpus of CPUS) {
      say(`pgd-lock deadlocks at ${cpus} CPUs`);
      await measureDeadlocks(pgdLock, cpus, samples);
    }
    say('cost of watchdog and lockdep');
    for (const [name, loaded] of [
      ['pgd-lock', pgdLock],
      ['xen-pin', xenPin],
    ] as const)
      await measureCost(name, loaded, samples);
    say('hangs seen from outside');
    await measureNaming(canary, samples);
  }
  return figuresOf(samples);
}

async function measureDeadlocks(loaded: LoadedRace, cpus: number, samples: FigureSamples): Promise<void> {
  const until = { durationMs: MEASURE_MS };
  const { failures, seconds } = await run(loaded, { variant: 'buggy', cpus }, until);
  samples.add(`rate.${cpus}`, failures / seconds);
  const { proofNs } = await run(loaded, { variant: 'buggy', cpus, timing: true }, until);
  if (proofNs === null) throw new Error('no deadlock was proved, so there is no time to measure');
  samples.add(`p50.${cpus}`, proofNs.p50 / 1000);
  samples.add(`p99.${cpus}`, proofNs.p99 / 1000);
}

/**
 * Measures the merged fix with and without watchdog and lockdep. Slices alternate, and the fastest of each counts, since other load
 * can only slow a slice down.
 */
async function measureCost(name: string, loaded: LoadedRace, samples: FigureSamples): Promise<void> {
  const best = { on: 0, off: 0 };
  for (let slice = 0; slice < SLICES; slice++) {
    for (const key of ['on', 'off'] as const) {
      const { trials, seconds } = await run(
        loaded,
        { variant: loaded.race.merged, lockdep: key === 'on' },
        { durationMs: SLICE_MS, ...(key === 'on' ? {} : { watchdogMs: null }) },
      );
      best[key] = Math.max(best[key], trials / seconds);
    }
  }
  samples.add(`${name}.on`, best.on);
  samples.add(`${name}.off`, best.off);
}

/** Measures a race of which every trial hangs: time per hang is the time from the start of one trial to the next. */
async function measureNaming(loaded: LoadedRace, samples: FigureSamples): Promise<void> {
  for (const variant of ['livelock', 'stuck-worker']) {
    const { seconds, failures } = await run(loaded, { variant, trials: HANGS }, {});
    samples.add(variant, (seconds * 1000) / failures);
  }
}

function figuresOf(samples: FigureSamples): Figure[] {
  return [
    ...CPUS.flatMap((cpus) => [
      figure(`deadlock.per_s.${cpus}`, '/s', samples.of(`rate.${cpus}`), AGAINST[cpus].rate),
      figure(`deadlock.proof_us.p50.${cpus}`, 'us', samples.of(`p50.${cpus}`), AGAINST[cpus].p50),
      figure(`deadlock.proof_us.p99.${cpus}`, 'us', samples.of(`p99.${cpus}`), AGAINST[cpus].p99),
    ]),
    ...(['pgd-lock', 'xen-pin'] as const).map((name) =>
      figure(
        `watchdog_and_lockdep.trials_with_over_without.${name}`,
        'ratio',
        samples.ratio(`${name}.on`, `${name}.off`),
        '>= 0.85',
      ),
    ),
    figure('watchdog.livelock_named_ms', 'ms', samples.of('livelock'), '<= 1000'),
    figure('watchdog.stuck_worker_replaced_ms', 'ms', samples.of('stuck-worker'), '<= 1000'),
  ];
}

async function run(
  loaded: LoadedRace,
  what: Partial<Plan> & Pick<Plan, 'variant'>,
  hooks: RunHooks,
): Promise<RunOutcome> {
  const { race } = loaded;
  const outcome = await runRace(race, makePlan(loaded, what), hooks);
  if (outcome.harnessError !== null)
    throw new Error(`${race.name}:${what.variant} did not run: ${outcome.harnessError}`);
  return outcome;
}
