/**
 * Goal: real threads see of the litmus tests what x86-TSO allows, all of it and nothing else, with and without fences.
 * Method: a race that fails each trial with its outcome is hammered until every allowed outcome has been counted.
 */
import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { runRace } from '../../lib/harness/host/run.js';
import { makePlan } from '../../lib/harness/makePlan.js';
import { TESTS, signatureOf } from '../fixtures/tsoLitmus.js';

/** Far more than it takes: some hundred were enough on two cores. */
const TRIALS_MAX = 1_000_000;

const loaded = await loadRace(new URL('../fixtures/tsoLitmus.js', import.meta.url).href);

for (const [variant, litmus] of Object.entries(TESTS)) {
  test.serial(`${variant}: every allowed outcome is seen, and no other`, async (t) => {
    const allowed = new Set([...litmus.sc, ...litmus.relaxed].map((outcome) => signatureOf(litmus, outcome)));
    const cpus = litmus.cpus.length;
    const plan = makePlan(loaded, { variant, cpus, memory: 'tso', trials: TRIALS_MAX, seed: 1 });
    const enough = new AbortController();
    const { outcomes, harnessError } = await runRace(loaded.race, plan, {
      enough: enough.signal,
      onProgress(totals) {
        const seen = totals.outcomes.filter(({ count }) => count > 0).map(({ signature }) => signature);
        if ([...allowed].every((signature) => seen.includes(signature))) enough.abort();
      },
    });
    t.is(harnessError, null);
    const seen = outcomes.filter(({ count }) => count > 0).map(({ signature }) => signature);
    t.deepEqual(seen.toSorted(), [...allowed].toSorted());
  });
}
