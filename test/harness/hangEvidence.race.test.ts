/**
 * Goal: whatever decides a hang's outcome is recorded: each kind is explained by an order in which it must follow, and fails
 * again in it. What goes by time is said to.
 * Method: hangs with few accesses at full speed, several of each, through capture, explanation, replay and reduction.
 */
import test from 'ava';
import type { Evidence } from '../../lib/evidence/evidence.js';
import { reduceEvidence } from '../../lib/evidence/reduce.js';
import { timelineOf } from '../../lib/evidence/timeline.js';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { isProved, prove } from '../../lib/harness/replay/prove.js';
import { HANGS, ORPHANED_LOCK, STUCK_WORKER, isTimed } from '../../lib/machine/signatures.js';
import { HANG_OF } from '../fixtures/hangs.js';
import { planOf } from '../stress/plan.js';
import { runRace, threadsFor } from './keptThreads.js';

const loaded = await loadRace(new URL('../fixtures/hangs.js', import.meta.url).href);
const TRIALS_MAX = 1_000_000;
/** What goes by time hangs in every trial, and takes the watchdog's time. Nobody starves if both others had the lock before CPU 0. */
const TIMED_TRIALS_MAX = 200;
const WATCHDOG_MS = 40;

/** What a run has kept when `wanted` of its trials have hung in the way that the variant is made for. */
async function hangsOf(variant: string, cpus: number, wanted: number): Promise<readonly Evidence[]> {
  const enough = new AbortController();
  const trials = isTimed(HANG_OF[variant]) ? TIMED_TRIALS_MAX : TRIALS_MAX;
  const plan = { ...planOf(loaded, { variant, cpus, trials }), keep: wanted, round: 16 };
  const { evidence, harnessError } = await runRace(loaded.race, plan, {
    signal: enough.signal,
    watchdogMs: WATCHDOG_MS,
    onProgress: ({ outcomes }) => {
      if (outcomes.some(({ signature, count }) => signature === HANG_OF[variant] && count >= wanted)) enough.abort();
    },
  });
  if (harnessError !== null) throw new Error(harnessError);
  return evidence.filter(({ signature }) => signature === HANG_OF[variant]);
}

test('there is a variant for every kind of hang', (t) => {
  t.deepEqual([...new Set(Object.values(HANG_OF))].toSorted(), HANGS.toSorted());
});

for (const [variant, hang] of Object.entries(HANG_OF)) {
  test.serial(`${variant}: ${hang}, explained${hang === STUCK_WORKER ? '' : ', and hanging again'}`, async (t) => {
    t.timeout(120_000);
    const pool = threadsFor(t, 3);
    // The third CPU of the others comes to wait as well.
    const cpus = ['two-orders', 'call-under-lock', 'exit-in-interrupt'].includes(variant) ? 2 : 3;
    const kept = await hangsOf(variant, cpus, isTimed(hang) ? 1 : 8);
    t.true(kept.length > 0);
    for (const evidence of kept) {
      const proof = await prove(evidence, loaded, pool);
      const { explained, reason, replay } = proof;
      t.truthy(explained, reason);
      t.deepEqual(evidence.unrecorded, []);
      const rows = timelineOf(evidence, explained!).rows;
      t.is(rows.filter((row) => row.fails).length, 1);
      if (hang === ORPHANED_LOCK) {
        const [, owner] = evidence.detail;
        const end = rows.findIndex(({ cpu, kind }) => cpu === owner && kind === 'dies');
        t.true(end < rows.findIndex((row) => row.fails), 'the end of the owner comes before the proof');
      }
      if (hang === STUCK_WORKER) {
        t.is(replay, undefined);
        t.regex(reason ?? '', /^a thread of it made no access any more/);
        continue;
      }
      t.is(replay?.difference, undefined);
      t.is(replay?.signature, hang);
      t.true(isProved(proof), reason);
      const less = reduceEvidence(evidence, explained!);
      t.true(isProved(await prove(less!.evidence, loaded, pool)));
    }
  });
}
