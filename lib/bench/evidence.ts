/** Part `evidence` of the bench. Called by bench.ts. */

import type { Evidence } from '../evidence/evidence.js';
import { loadRace, raceUrl, type LoadedRace } from '../harness/host/loadRace.js';
import { makePlan } from '../harness/makePlan.js';
import { CpuPool } from '../harness/host/pool.js';
import { isProved, prove } from '../harness/replay/prove.js';
import { runRace, type RunOutcome } from '../harness/host/run.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';
import { WarmRuns } from './warmRuns.js';

const RACES = ['xen-pin', 'hash-batch', 'pgd-lock', 'lazy-mmu', 'numa-protnone'];
/** Failures to capture of each race, by number of CPUs: more than 1,000 in total, since some races give fewer. */
const WANTED: Readonly<Record<number, number>> = { 2: 130, 3: 65, 4: 65 };
/** Longest run of one race; where failures are rare it captures fewer. */
const HAMMER_MS_MAX = 15_000;
const COST_MS = 500;
const COST_SLICES = 6;

/** Measures how many failures that were captured at full speed can be explained and replayed, and the cost of capture while nothing fails. */
export async function measureEvidence(options: BenchOptions): Promise<Figure[]> {
  const samples = new FigureSamples();
  for (const cpus of Object.keys(WANTED).map(Number)) {
    const pool = new CpuPool(cpus);
    try {
      for (const name of RACES) {
        options.onPart(`evidence of ${name} at ${cpus} CPUs`);
        const loaded = await loadRace(raceUrl(name)!);
        for (const evidence of await failuresOf(loaded, cpus)) {
          const proof = await prove(evidence, loaded, pool);
          samples.add('ms', proof.searchMs);
          samples.add('proved', isProved(proof) ? 1 : 0);
          samples.add(`proved ${name} ${cpus}`, isProved(proof) ? 1 : 0);
        }
      }
    } finally {
      await pool.destroy();
    }
  }
  return [...figuresOf(samples), await captureCost(options)];
}

function figuresOf(samples: FigureSamples): Figure[] {
  const ms = samples.of('ms').toSorted((a, b) => a - b);
  const p99 = ms[Math.min(ms.length - 1, Math.floor(ms.length * 0.99))];
  const share = (name: string, against: string): Figure => {
    const proved = samples.of(name);
    const sum = proved.reduce((n, one) => n + one, 0);
    return figure(`evidence.${name.replaceAll(/[ -]/g, '_')}`, 'share', [sum / proved.length], against);
  };
  return [
    figure('evidence.failures', 'failures', [ms.length]),
    share('proved', '>= 0.99'),
    share('proved xen-pin 2', '= 1'),
    share('proved hash-batch 2', '= 1'),
    figure('evidence.search_median_ms', 'ms', ms, '<= 20'),
    figure('evidence.search_p99_ms', 'ms', [p99], '<= 2000'),
  ];
}

/** Returns failures of the buggy form, of all signatures together. */
async function failuresOf(loaded: LoadedRace, cpus: number): Promise<readonly Evidence[]> {
  const wanted = WANTED[cpus];
  const enough = new AbortController();
  const outcome = await runRace(loaded.race, makePlan(loaded, { variant: 'buggy', cpus, keep: wanted }), {
    durationMs: HAMMER_MS_MAX,
    signal: enough.signal,
    // Captures wait for the host in few slots, so the run goes on for a second.
    onProgress: ({ failures }, seconds) => {
      if (failures >= wanted && seconds > 1) enough.abort();
    },
  });
  return check(outcome).evidence.slice(0, wanted);
}

/**
 * Compares trials per second of the merged fix with and without capture of evidence; nothing fails, so nothing is captured. Slices
 * alternate, each first as often as the other, and the fastest of each counts, since other load can only slow a slice down.
 */
async function captureCost(options: BenchOptions): Promise<Figure> {
  const samples = new FigureSamples();
  const loaded = await loadRace(raceUrl('xen-pin')!);
  const runs = new WarmRuns();
  try {
    for (let round = 0; round < options.rounds; round++) {
      options.onPart(`evidence: cost of capture, round ${round + 1} of ${options.rounds}`);
      const best = [0, 0];
      for (let slice = 0; slice < COST_SLICES; slice++) {
        for (const keep of slice % 2 === 0 ? [0, 1] : [1, 0]) {
          const request = { variant: loaded.race.merged, cpus: 2, keep };
          best[keep] = Math.max(best[keep], await runs.trialsPerSecond(`keep ${keep}`, loaded, request, COST_MS));
        }
      }
      for (const keep of [0, 1]) samples.add(`keep ${keep}`, best[keep]);
    }
  } finally {
    await runs.end();
  }
  return figure('evidence.capture_over_none_trials', 'ratio', samples.ratio('keep 1', 'keep 0'), '>= 0.98');
}

function check(outcome: RunOutcome): RunOutcome {
  if (outcome.harnessError !== null) throw new Error(`the run failed: ${outcome.harnessError}`);
  return outcome;
}
