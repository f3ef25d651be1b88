/**
 * Goal: what a race stores outside of its instance, where no instruction looks, is named, and nothing is made of what was counted.
 * Method: races that do so on real threads; running counts of one that stores over its counters.
 */
import test from 'ava';
import { requireActors } from '../../lib/race/kinds.js';
import { contradiction } from '../../lib/harness/host/countsCheck.js';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { runRace, type RunHooks, type RunOutcome } from '../../lib/harness/host/run.js';
import { checkReset } from '../../lib/harness/strayStores.js';
import { plantCanaries } from '../../lib/machine/canary.js';
import { instanceAt } from '../../lib/machine/cpu.js';
import { machineFor } from '../../lib/race/bootMachine.js';
import { RaceFault } from '../../lib/race/raceFault.js';
import { allocateWords } from '../../lib/sharedarraybuffer-utils/index.js';
import { planOf } from '../stress/plan.js';

const NOTHING = { isSpoilt: true, trials: 0, failures: 0, outcomes: [], evidence: [], reports: {} };

async function run(variant: string, hooks: RunHooks = {}, trials = 64): Promise<RunOutcome> {
  const loaded = await loadRace(new URL('../fixtures/strays.js', import.meta.url).href);
  return await runRace(loaded.race, planOf(loaded, { variant, trials }), { noProgressMs: 60_000, ...hooks });
}

for (const [variant, place] of [
  ['behind', /word 1 of instance 0, which has 1, was 0x[0-9a-f]+ and is 0x7 \(machine 0\)/],
  ['word-0', /word 0 of the memory, in front of the machine, was /],
  ['everything', /word -1 of instance 0, which has 1, was 0x[0-9a-f]+ and is 0x7 /],
] as const)
  test(`a stray store is named: ${variant}`, async (t) => {
    const outcome = await run(variant);
    t.like(outcome, NOTHING);
    t.regex(outcome.harnessError ?? '', place);
    t.true(outcome.harnessError?.startsWith('race strays: stored outside of its instance: '));
  });

test('a reset that stores beyond its instance is named as that', async (t) => {
  const { harnessError, ...outcome } = await run('reset');
  t.like(outcome, NOTHING);
  t.regex(harnessError ?? '', /^race strays: .*word 1 of instance \d+, which has 1, was /);
  t.regex(harnessError ?? '', /reset\(\)/);
});

test('what is found before any actor has run is the fault of reset', async (t) => {
  const race = requireActors((await loadRace(new URL('../fixtures/strays.js', import.meta.url).href)).race);
  const map = machineFor(race, race.configure('reset', {}), { cpus: 2, instances: 3, orderTurns: 0 });
  const mem = allocateWords(map.words);
  plantCanaries(mem, map);
  race.reset(mem, instanceAt(map, 1), race.configure('behind', {}));
  t.notThrows(() => checkReset('strays', mem, map));
  race.reset(mem, instanceAt(map, 1), race.configure('reset', {}));
  t.throws(() => checkReset('strays', mem, map), {
    instanceOf: RaceFault,
    message:
      /^race strays: reset\(\) stored outside of its instance: word 1 of instance 1, which has 1, was 0x\w+ and is 0x0$/,
  });
});

test('nobody is shown counts that contradict each other', async (t) => {
  const shown: number[] = [];
  const outcome = await run(
    'counters',
    { onProgress: ({ trials }) => shown.push(trials), durationMs: 60_000 },
    Infinity,
  );
  t.like(outcome, NOTHING);
  t.regex(outcome.harnessError ?? '', /^race strays: the counts of machine 0 were stored over: /);
  t.true(shown.every((trials) => trials < 1e6));
});

test('of counts that are read while the CPUs run, a round may be partly counted', (t) => {
  const counts = { trials: 640, rounds: 10, nearMisses: 0, failures: 0, signatures: [0], firstFailureMs: null };
  t.is(contradiction({ ...counts, rounds: 9 }, Infinity, 64, 1), null);
  t.is(contradiction({ ...counts, failures: 714, signatures: [713] }, Infinity, 64, 1), null);
  for (const over of [{ rounds: 8 }, { failures: 715 }, { signatures: [1] }, { nearMisses: 705 }, { trials: -1 }])
    t.not(contradiction({ ...counts, ...over }, Infinity, 64, 1), null, JSON.stringify(over));
});
