import { loadRace, raceUrl } from '../harness/loadRace.js';
import { roundTrials, type Plan } from '../harness/plan.js';
import { cores, runRace } from '../harness/run.js';
import { knobsFor } from '../race/defineRace.js';
import { Samples, figure, type BenchOptions, type Figure } from './figure.js';

const RACES = ['xen-pin', 'pgd-lock', 'hash-batch'];
const RUN_MS = 1000;

/** Trials per second of each race's merged fix with lockdep, over those without, in turn and in both orders. */
export async function measureLockdep(options: BenchOptions): Promise<Figure[]> {
  const samples = new Samples();
  for (let round = 0; round < options.rounds; round++) {
    for (const race of RACES) {
      for (const lockdep of round % 2 === 0 ? [true, false] : [false, true]) {
        options.onPart(`${race} ${lockdep ? 'with' : 'without'} lockdep, round ${round + 1} of ${options.rounds}`);
        samples.add(`${race}.${lockdep ? 'with' : 'without'}`, await trialsPerSecond(race, lockdep));
      }
    }
  }
  return RACES.map((race) =>
    figure(
      `lockdep.with_over_without.${race.replace('-', '_')}`,
      'ratio',
      samples.ratio(`${race}.with`, `${race}.without`),
      '>= 0.85',
    ),
  );
}

async function trialsPerSecond(name: string, lockdep: boolean): Promise<number> {
  const { race, url } = await loadRace(raceUrl(name)!);
  const plan: Plan = {
    raceUrl: url,
    race: race.name,
    variant: race.merged,
    knobs: knobsFor(race, race.merged, {}),
    cpus: race.cpus.default,
    machines: 1,
    sync: 'rendezvous',
    seed: 1,
    trials: Infinity,
    stopOnFirst: false,
    recording: true,
    lockdep,
    phases: {},
    windows: {},
    round: roundTrials('rendezvous'),
    orderTurns: 0,
    hostStartMs: performance.timeOrigin,
    cores: cores(),
  };
  const { trials, seconds, harnessError } = await runRace(race, plan, { durationMs: RUN_MS });
  if (harnessError !== null) throw new Error(`${name}:${race.merged} did not run: ${harnessError}`);
  return trials / seconds;
}
