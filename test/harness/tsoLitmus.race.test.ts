/**
 * Goal: real threads see of the litmus tests what x86-TSO allows, all of it and nothing else, with and without fences.
 * Method: a race that notes the outcome of each trial is hammered until every allowed outcome has been seen.
 */
import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import type { HostMachine } from '../../lib/harness/host/machine.js';
import { makePlan } from '../../lib/harness/makePlan.js';
import { TESTS, allowedBy, seenIn } from '../fixtures/tsoLitmus.js';
import { runRace } from './keptThreads.js';

/** Far more than it takes: some thousand are enough on two cores. */
const TRIALS_MAX = 5_000_000;

const loaded = await loadRace(new URL('../fixtures/tsoLitmus.js', import.meta.url).href);

for (const [variant, litmus] of Object.entries(TESTS)) {
  test.serial(`${variant}: every allowed outcome is seen, and no other`, async (t) => {
    const plan = makePlan(loaded, { variant, cpus: litmus.cpus.length, memory: 'tso', trials: TRIALS_MAX, seed: 1 });
    const machines: HostMachine[] = [];
    const enough = new AbortController();
    const { outcomes, harnessError } = await runRace(loaded.race, plan, {
      enough: enough.signal,
      onMachines: (made) => void machines.push(...made),
      onProgress() {
        if (seenIn(machines[0], litmus).length === allowedBy(litmus).length) enough.abort();
      },
    });
    t.is(harnessError, null);
    t.deepEqual(
      outcomes.filter(({ count }) => count > 0),
      [],
      'nothing is seen that is not allowed',
    );
    t.deepEqual(seenIn(machines[0], litmus), allowedBy(litmus));
  });
}
