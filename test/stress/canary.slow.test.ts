/**
 * Goal: every kind of hang is named right, wherever the CPUs are, and the run goes on with nothing lost: all trials are
 * counted, the workers are kept or replaced. What holds is not accused.
 * Method: the canaries, each of which does what it is named for in one of a thousand trials, without meetings and with.
 */
import test from 'ava';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import type { Sync } from '../../lib/harness/plan.js';
import { expectedOutcome } from '../../lib/race/expectation.js';
import { knobsFor } from '../../lib/race/knobs.js';
import { planOf } from './plan.js';
import { runRace } from '../harness/keptThreads.js';

const loaded = await loadRace(raceUrl('canary') ?? 'no such race');
const { race } = loaded;
const TRIALS = 2000;
/** Two ticks of the watchdog: what hangs by time burns both cores for so long. A CPU that is served answers within microseconds. */
const WATCHDOG_MS = 100;
/** What names the hang that `undeclared-hang` does not own up to. */
const OBSERVED: Readonly<Record<string, string>> = { 'undeclared-hang': 'deadlock' };

async function run(
  variant: string,
  cpus: number,
  sync: Sync,
  { hangs, trials }: { readonly hangs: number; readonly trials: number },
): Promise<Awaited<ReturnType<typeof runRace>>> {
  const knobs = variant === 'lock' ? {} : { every: String(trials / hangs) };
  return runRace(race, planOf(loaded, { variant, knobs, cpus, sync, trials }), { watchdogMs: WATCHDOG_MS });
}

/** Seen in one form: what is special about them is seen on the host's side, or is the same wherever the CPUs are. */
const ONCE = ['stuck-asleep', 'exit-handler', 'undeclared-hang'];

/** What a report says beside the name of the hang. */
const SAYS: Readonly<Record<string, readonly RegExp[]>> = {
  'stuck-worker': [/at loopForEver \(stress\/canary\/race\.ts:\d+:\d+\)/],
  'stuck-asleep': [
    /^STUCK WORKER: the thread of CPU 0 \(first\) was asleep in the kernel/m,
    /^INFO: task first:\d+ blocked for ever\.$/m,
    /at sleepForEver \(stress\/canary\/race\.ts:\d+:\d+\)/,
  ],
  'exit-handler': [
    /^STARVATION: CPU 0 \(first\) waits, and nobody runs who could end that; \d+ ms and the trial has not ended$/m,
    /CPU 0 waits at A1 for CPU 1 to acknowledge its call, which does not run any more$/m,
  ],
};

// The second hang finds what the first has left behind. Where CPUs take turns on the cores, fewer trials lead up to a hang.
for (const [cpus, sync, hangs, trialsOfHanging] of [
  [2, 'rendezvous', 2, TRIALS],
  [2, 'stride', 1, TRIALS],
  [5, 'rendezvous', 1, 200],
] as const) {
  for (const variant of Object.keys(race.variants)) {
    if (variant === 'broken-lock' || (ONCE.includes(variant) && (cpus !== 2 || sync !== 'rendezvous'))) continue;
    const expected = OBSERVED[variant] ?? expectedOutcome(race, variant, knobsFor(race, variant, {}));
    test.serial(`${variant}, ${cpus} CPUs, ${sync}: ${expected ?? 'holds'}`, async (t) => {
      const trials = expected === null ? TRIALS : trialsOfHanging;
      const outcome = await run(variant, cpus, sync, { hangs, trials });
      t.is(outcome.harnessError, null);
      t.deepEqual(
        outcome.outcomes.map(({ signature, count }) => [signature, count]),
        expected === null ? [] : [[expected, hangs]],
      );
      t.is(outcome.trials, trials);
      t.is(outcome.watchdog?.workersReplaced, variant.startsWith('stuck-') ? hangs : 0);
      const reports = Object.values(outcome.reports);
      t.is(reports.length, expected === null ? 0 : 1);
      for (const words of SAYS[variant] ?? []) t.regex(reports[0].join('\n'), words);
    });
  }
}

test.serial('the broken lock locks nobody out', async (t) => {
  const plan = planOf(loaded, { variant: 'broken-lock', trials: 1_000_000, stopOnFirst: true });
  const { outcomes, harnessError } = await runRace(race, plan);
  t.is(harnessError, null);
  t.deepEqual(
    outcomes.map(({ signature }) => signature),
    ['two-inside'],
  );
});

test.serial('a run that is to stop with the first hang does', async (t) => {
  const plan = planOf(loaded, { variant: 'lock-cycle', knobs: { every: '100' }, trials: 100_000 });
  const { trials, outcomes } = await runRace(race, { ...plan, round: 64, onHang: 'stop' });
  t.deepEqual([trials, outcomes[0].count], [100, 1], 'the rest of its round is not run');
});

test.serial('a run whose every trial hangs ends when it is told to, not at the end of its round', async (t) => {
  const enough = new AbortController();
  const plan = { ...planOf(loaded, { variant: 'livelock', knobs: { every: '1' }, trials: 100_000 }), round: 64 };
  const outcome = await runRace(race, plan, {
    signal: enough.signal,
    watchdogMs: WATCHDOG_MS,
    onProgress: ({ failures }) => {
      if (failures > 0) enough.abort();
    },
  });
  t.is(outcome.harnessError, null);
  t.is(outcome.trials, outcome.failures);
  t.true(outcome.trials < 64);
});
