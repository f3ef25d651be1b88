/**
 * Goal: on real threads every variant does what it says of itself under the knobs that it needs, and for no combination of
 * knobs is anything counted for a variant that is expected to hold.
 * Method: bounded runs; one that must fail stops when it has, one that must hold goes to its end. Then short runs of many
 * combinations, in threads that are started once. What is expected to fail may get through a short run: that is chance.
 */
import test from 'ava';
import { HostMachine } from '../../lib/harness/machine.js';
import { loadInstructions } from '../../lib/harness/loadInstructions.js';
import { loadRace, raceUrl } from '../../lib/harness/loadRace.js';
import { CpuPool } from '../../lib/harness/pool.js';
import { runRace } from '../../lib/harness/run.js';
import { expectedOutcome, type Knobs } from '../../lib/race/expectation.js';
import { knobsFor } from '../../lib/race/knobs.js';
import { planOf } from './plan.js';

const loaded = await loadRace(raceUrl('hash-batch') ?? 'no such race');
const { race } = loaded;

/** Trials within which a variant must fail, far more than it takes; and those that it must hold. */
const FAILING_TRIALS = 2_000_000;
const HOLDING_TRIALS = 20_000;
const SWEEP_TRIALS = 512;

/** What a broken variant may show beside what it is expected to fail as. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  'machine-check': ['duplicate-hpte', 'freed-frame'],
  'batch-pending': ['machine-check'],
};

for (const variant of Object.keys(race.variants)) {
  const expected = expectedOutcome(race, variant, knobsFor(race, variant, {}));
  test.serial(`${variant}: ${expected ?? 'holds'}`, async (t) => {
    if (expected === null) {
      const outcome = await runRace(race, planOf(loaded, { variant, trials: HOLDING_TRIALS }));
      t.is(outcome.harnessError, null);
      t.deepEqual([outcome.trials, outcome.outcomes], [HOLDING_TRIALS, []]);
      return;
    }
    const plan = planOf(loaded, { variant, trials: FAILING_TRIALS, stopOnFirst: true });
    const allowed = [expected, ...(BESIDE[expected] ?? [])];
    const seen = new Set<string>();
    for (let seed = 1; seed <= 50 && !seen.has(expected); seed++) {
      const outcome = await runRace(race, { ...plan, seed });
      t.is(outcome.harnessError, null);
      for (const { signature } of outcome.outcomes) {
        seen.add(signature);
        t.true((outcome.reports[signature] ?? []).length > 0);
      }
    }
    t.true(seen.has(expected));
    t.deepEqual(
      [...seen].filter((signature) => !allowed.includes(signature)),
      [],
    );
  });
}

function combinations(names: readonly string[]): Knobs[] {
  return names.reduce<Knobs[]>(
    (all, name) => all.flatMap((knobs) => race.knobs[name].values.map((value) => ({ ...knobs, [name]: value }))),
    [{}],
  );
}

const SWEEPS: readonly { readonly cpus: number; readonly of: readonly string[]; readonly fixed: Knobs }[] = [
  { cpus: 2, of: ['rights', 'access', 'group', 'fill', 'page_free'], fixed: {} },
  { cpus: 3, of: ['rights', 'fill', 'tlb'], fixed: { pte_pages: '2' } },
  { cpus: 2, of: ['rights', 'access', 'group', 'tlb'], fixed: { op: 'mprotect' } },
  { cpus: 3, of: ['rights', 'fill', 'tlb'], fixed: { op: 'mprotect', pte_pages: '2' } },
  { cpus: 2, of: ['preempt_at', 'rights', 'access'], fixed: { op: 'kernel' } },
  { cpus: 3, of: ['preempt_at', 'rights'], fixed: { op: 'kernel', pte_pages: '2' } },
];

for (const { cpus, of, fixed } of SWEEPS) {
  const given = Object.entries(fixed).map(([knob, value]) => `${knob}=${value}, `);
  test.serial(`${cpus} CPUs, ${given.join('')}all ${of.join(', ')}: what is expected to hold holds`, async (t) => {
    const pool = new CpuPool(cpus);
    t.teardown(() => pool.destroy());
    const instructions = loadInstructions();
    let seed = 0;
    for (const combination of combinations(of)) {
      const knobs = { ...fixed, ...combination };
      for (const variant of Object.keys(race.variants)) {
        if (expectedOutcome(race, variant, knobsFor(race, variant, knobs)) !== null) continue;
        const plan = planOf(loaded, { variant, knobs, trials: SWEEP_TRIALS, cpus, seed: ++seed });
        const machine = new HostMachine(race, race.configure(variant, plan.knobs), plan, 0);
        const { memory, map } = machine;
        const task = { plan, memory, instructions, words: map.words, machine: 0 };
        await Promise.all(Array.from({ length: cpus }, (_, cpu) => pool.run({ ...task, cpu })));
        const { trials, failures } = machine.counts();
        t.deepEqual([trials, failures], [SWEEP_TRIALS, 0], `${variant} ${JSON.stringify(knobs)}`);
      }
    }
  });
}
