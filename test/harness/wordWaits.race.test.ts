/**
 * Goal: waits for words that nobody ends are proved as what they are, explained, and hang again in a replay; the fixed forms
 * never hang. So they are where a race waits by a loop of its own.
 * Method: races after reports of kernel engineers at full speed, until some trials have hung, through capture, explanation and
 * replay; each beside its fixed form.
 */
import test from 'ava';
import type { Evidence } from '../../lib/evidence/evidence.js';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { CpuPool } from '../../lib/harness/host/pool.js';
import { isProved, prove } from '../../lib/harness/replay/prove.js';
import { runRace, type RunOutcome } from '../../lib/harness/host/run.js';
import { WAITS } from '../fixtures/wordWaits.js';
import { planOf } from '../stress/plan.js';

const loaded = await loadRace(new URL('../fixtures/wordWaits.js', import.meta.url).href);
const TRIALS_MAX = 2_000_000;
const FIXED_TRIALS = 500;
const KEPT = 3;

/** Runs until `wanted` trials have failed, or so many trials have been made. */
async function run(variant: string, wait: string, cpus: number, wanted: number): Promise<RunOutcome> {
  const enough = new AbortController();
  const trials = wanted === 0 ? FIXED_TRIALS : TRIALS_MAX;
  const plan = { ...planOf(loaded, { variant, knobs: { wait }, cpus, trials }), keep: Math.max(1, wanted), round: 16 };
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

for (const wait of ['machine', 'loop'])
  for (const { variant, hang, cpus } of WAITS) {
    test.serial(`${variant}, wait=${wait}: ${hang} and nothing else, explained, and hanging again`, async (t) => {
      t.timeout(120_000);
      const pool = new CpuPool(3);
      t.teardown(() => pool.destroy());
      const outcome = await run(variant, wait, cpus, KEPT);
      t.deepEqual(signaturesOf(outcome), [hang]);
      const kept: readonly Evidence[] = outcome.evidence;
      t.true(kept.length > 0);
      for (const evidence of kept) {
        const proof = await prove(evidence, loaded, pool);
        t.truthy(proof.explained, proof.reason);
        t.is(proof.replay?.difference, undefined);
        t.is(proof.replay?.signature, hang);
        t.true(isProved(proof), proof.reason);
      }
    });

    test.serial(`${variant}, wait=${wait}, fixed: no trial fails`, async (t) => {
      t.timeout(120_000);
      t.deepEqual(signaturesOf(await run(`${variant}-fixed`, wait, cpus, 0)), []);
    });
  }
