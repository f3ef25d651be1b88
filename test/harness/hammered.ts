/** Races run at full speed until some trials have failed, and what is kept of them proved. Used by race tests of waits, locks and TLBs. */
import type { ExecutionContext } from 'ava';
import type { LoadedRace } from '../../lib/harness/host/loadRace.js';
import type { RunOutcome } from '../../lib/harness/host/run.js';
import { isProved, prove } from '../../lib/harness/replay/prove.js';
import { planOf, type Short } from '../stress/plan.js';
import { runRace, threadsFor } from './keptThreads.js';

type Conditions = Omit<Short, 'trials'>;

/** Trials within which some failure is met, many times what it takes on an idle host. */
const TRIALS_MAX = 2_000_000;
const FIXED_TRIALS = 500;

/** Runs until `wanted` trials have failed; for 0, some hundred trials. */
export async function hammer(loaded: LoadedRace, conditions: Conditions, wanted: number): Promise<RunOutcome> {
  const enough = new AbortController();
  const trials = wanted === 0 ? FIXED_TRIALS : TRIALS_MAX;
  // The CPUs themselves end at the first failure; more are seen by the host, which looks now and then while they go on.
  const short = planOf(loaded, { ...conditions, trials, stopOnFirst: wanted === 1 });
  const plan = { ...short, keep: Math.max(1, wanted), round: 16 };
  const outcome = await runRace(loaded.race, plan, {
    signal: enough.signal,
    onProgress: ({ failures }) => {
      if (wanted > 0 && failures >= wanted) enough.abort();
    },
  });
  if (outcome.harnessError !== null) throw new Error(outcome.harnessError);
  return outcome;
}

export function signaturesOf({ outcomes }: RunOutcome): string[] {
  return outcomes.filter(({ count }) => count > 0).map(({ signature }) => signature);
}

/**
 * Trials failed with this signature, or one of `also`, and no other; what is kept of them is explained, and fails again in a
 * replay. Returns the run.
 */
export async function failsProved(
  t: ExecutionContext,
  loaded: LoadedRace,
  conditions: Conditions,
  {
    signature,
    wanted,
    also = [],
  }: { readonly signature: string; readonly wanted: number; readonly also?: readonly string[] },
): Promise<RunOutcome> {
  const outcome = await hammer(loaded, conditions, wanted);
  const signatures = signaturesOf(outcome);
  const declared = signatures.filter((found) => !also.includes(found));
  t.deepEqual(declared, signatures.some((found) => also.includes(found)) && declared.length === 0 ? [] : [signature]);
  t.true(outcome.evidence.length > 0);
  const pool = threadsFor(t, outcome.evidence[0].cpus.length);
  for (const evidence of outcome.evidence) {
    const proof = await prove(evidence, loaded, pool);
    t.truthy(proof.explained, proof.reason);
    t.is(proof.replay?.difference, undefined);
    t.is(proof.replay?.signature, evidence.signature);
    t.true(isProved(proof), proof.reason);
  }
  return outcome;
}
