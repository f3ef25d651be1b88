/**
 * Goal: locks that are misused fail as what they are, explained, and fail again in a replay; the fixed forms hold.
 * Method: races after reports of kernel engineers at full speed, until some trials have failed, through capture, explanation and
 * replay; each beside its fixed form.
 */
import test from 'ava';
import type { Evidence } from '../../lib/evidence/evidence.js';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { CpuPool } from '../../lib/harness/host/pool.js';
import { isProved, prove } from '../../lib/harness/replay/prove.js';
import { runRace, type RunOutcome } from '../../lib/harness/host/run.js';
import { LOCK_RACES } from '../fixtures/lockRaces.js';
import { planOf } from '../stress/plan.js';

const loaded = await loadRace(new URL('../fixtures/lockRaces.js', import.meta.url).href);
const TRIALS_MAX = 2_000_000;
const FIXED_TRIALS = 500;
const KEPT = 1;

/** Runs until `wanted` trials have failed, or so many trials have been made. */
async function run(variant: string, cpus: number, wanted: number): Promise<RunOutcome> {
  const enough = new AbortController();
  const trials = wanted === 0 ? FIXED_TRIALS : TRIALS_MAX;
  const plan = { ...planOf(loaded, { variant, cpus, trials }), keep: Math.max(1, wanted), round: 16 };
  const outcome = await runRace(loaded.race, plan, {
    signal: enough.signal,
    onProgress: ({ failures }) => {
      if (wanted > 0 && failures >= wanted) enough.abort();
    },
  });
  if (outcome.harnessError !== null) throw new Error(outcome.harnessError);
  return outcome;
}

function signaturesOf({ outcomes }: RunOutcome): string[] {
  return outcomes.filter(({ count }) => count > 0).map(({ signature }) => signature);
}

for (const { variant, fails, cpus } of LOCK_RACES) {
  test.serial(`${variant}: ${fails} and nothing else, explained, and the same in a replay`, async (t) => {
    t.timeout(120_000);
    const pool = new CpuPool(4);
    t.teardown(() => pool.destroy());
    const outcome = await run(variant, cpus, KEPT);
    t.deepEqual(signaturesOf(outcome), [fails]);
    const kept: readonly Evidence[] = outcome.evidence;
    t.true(kept.length > 0);
    for (const evidence of kept) {
      const proof = await prove(evidence, loaded, pool);
      t.truthy(proof.explained, proof.reason);
      t.is(proof.replay?.difference, undefined);
      t.is(proof.replay?.signature, fails);
      t.true(isProved(proof), proof.reason);
    }
  });

  test.serial(`${variant}, fixed: no trial fails`, async (t) => {
    t.timeout(120_000);
    t.deepEqual(signaturesOf(await run(`${variant}-fixed`, cpus, 0)), []);
  });
}
