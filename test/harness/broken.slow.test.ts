// Goal: whatever a worker does, the run ends as a harness error with its samples kept and its threads gone. Method: fixtures
// whose worker exits, runs out of memory or loops, with or without touching shared memory, run by the harness itself with a
// short limit; on Linux the threads of this process are counted before and after.

import { existsSync, readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { configOf } from '../../lib/race/kinds.js';
import { PROGRESS } from '../../lib/machine/layout.js';
import { HostMachine } from '../../lib/harness/host/machine.js';
import { loadInstructions } from '../../lib/harness/host/loadInstructions.js';
import { CpuPool } from '../../lib/harness/host/pool.js';
import type { Plan } from '../../lib/harness/plan.js';
import { runRace } from '../../lib/harness/host/run.js';
import { threadRanMs } from '../../lib/harness/host/threadTime.js';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { SEEMS_HUNG_MS } from '../../lib/harness/watch/machineWatch.js';
import { planOf } from '../stress/plan.js';

const loaded = await loadRace(new URL('../fixtures/broken.js', import.meta.url).href);
const { race } = loaded;

/** Of 2000 trials that go well the last that are counted are 1984: what breaks, breaks in the round behind them. */
const ROUND = 64;

function planFor(variant: string, trials = Infinity): Plan {
  return { ...planOf(loaded, { variant, trials }), round: ROUND };
}

/** Threads of this process, or 0 where that cannot be told. */
function threads(): number {
  return existsSync('/proc/self/task') ? readdirSync('/proc/self/task').length : 0;
}

/** Threads left once those that have ended are gone: the system takes a moment after they have been joined. */
async function threadsLeft(before: number): Promise<number> {
  for (let look = 0; look < 5000 && threads() > before; look++) await setTimeout(5);
  return threads();
}

/** How long nothing may happen: running out of memory takes a while. */
const LIMIT_MS: Readonly<Record<string, number>> = { spins: 1000 };

const CAUSES = {
  exits: /^worker of CPU 0 on machine 0: it ended with exit code 7: /m,
  'out-of-memory': /^worker of CPU 0 on machine 0: .*memory/m,
  spins: /^machine 0 CPU 0: one in first at -: runs/m,
};

test.before('one run makes the threads that stay', async () => {
  await runRace(race, planFor('spins', 100));
});

for (const [variant, cause] of Object.entries(CAUSES)) {
  test.serial(`a worker that breaks the run: ${variant}`, async (t) => {
    const before = threads();
    const outcome = await runRace(race, planFor(variant), {
      watchdogMs: null,
      noProgressMs: LIMIT_MS[variant] ?? 60_000,
      durationMs: 600_000,
    });
    t.regex(outcome.harnessError ?? '', cause);
    t.true(outcome.trials > 1000 && outcome.trials < 2000, `${outcome.trials} trials`);
    t.is(outcome.failures, 0);
    t.false(outcome.interrupted);
    const left = await threadsLeft(before);
    t.true(left <= before, `${left} threads, ${before} before`);
  });
}

test.serial('CPUs that move and end no trial do not keep the run from ending', async (t) => {
  const before = threads();
  let isInLastRound = false;
  const outcome = await runRace(race, planFor('livelock'), {
    watchdogMs: null,
    get durationMs() {
      return isInLastRound ? 1 : 600_000;
    },
    onProgress({ trials }) {
      isInLastRound = trials > 1950;
    },
  });
  t.regex(outcome.harnessError ?? '', /^asked to end, but the trial does not end: /);
  t.regex(outcome.harnessError ?? '', /^machine 0 CPU 0: one in first at -: runs/m);
  t.true(outcome.trials > 1000 && outcome.trials < 2000, `${outcome.trials} trials`);
  const left = await threadsLeft(before);
  t.true(left <= before, `${left} threads, ${before} before`);
});

test.serial('what is given up while its trial hangs has not passed', async (t) => {
  const giveUp = new AbortController();
  let machine: HostMachine | undefined;
  let ranMs = Infinity;
  const outcome = await runRace(race, planFor('spins'), {
    giveUp: giveUp.signal,
    watchdogMs: null,
    noProgressMs: 60_000,
    onMachines: ([only]) => (machine = only),
    onProgress({ trials }) {
      if (trials < 1950) return;
      // In the last round. Nobody can say that it hangs before it has had a while of processor there.
      const nowMs = threadRanMs(machine?.tids()[0] ?? 0) ?? performance.now();
      ranMs = Math.min(ranMs, nowMs);
      if (nowMs - ranMs > SEEMS_HUNG_MS + 400) giveUp.abort();
    },
  });
  t.regex(outcome.harnessError ?? '', /^given up, but the trial does not end: /);
  t.regex(outcome.harnessError ?? '', /^machine 0 CPU 0: one in first at -: runs/m);
});

test.serial('what is given up while its trials end has counted what it counted', async (t) => {
  const giveUp = new AbortController();
  const patient = await loadRace(new URL('../fixtures/patient.js', import.meta.url).href);
  const outcome = await runRace(patient.race, planOf(patient, { variant: 'first', trials: Infinity }), {
    giveUp: giveUp.signal,
    onProgress({ trials }) {
      if (trials > 0) giveUp.abort();
    },
  });
  t.is(outcome.harnessError, null);
  t.true(outcome.trials > 0);
});

test.serial('an interrupt ends the run and keeps what was counted', async (t) => {
  const controller = new AbortController();
  const patient = await loadRace(new URL('../fixtures/patient.js', import.meta.url).href);
  const outcome = await runRace(patient.race, planOf(patient, { variant: 'first', trials: Infinity }), {
    signal: controller.signal,
    onProgress(totals) {
      if (totals.trials > 0) controller.abort();
    },
  });
  t.true(outcome.interrupted);
  t.is(outcome.harnessError, null);
  t.true(outcome.trials > 0);
});

test.serial('what the code behind a timer throws is why the run fails', async (t) => {
  const patient = await loadRace(new URL('../fixtures/patient.js', import.meta.url).href);
  const outcome = await runRace(patient.race, planOf(patient, { variant: 'first', trials: Infinity }), {
    onProgress({ trials }) {
      if (trials > 0) throw new TypeError('the display is broken');
    },
  });
  t.regex(outcome.harnessError ?? '', /^the display is broken/);
  t.true(outcome.trials > 0);
});

test.serial('a worker that runs out of memory while it is waited for is gone, and nothing else', async (t) => {
  const plan = planFor('out-of-memory');
  const machine = new HostMachine(race, configOf(race, plan.variant, plan.knobs), plan, 0);
  const pool = new CpuPool(plan.cpus);
  t.teardown(() => pool.destroy());
  const { memory, map, percpu } = machine;
  const task = { plan, memory, instructions: loadInstructions(), words: map.words, percpu, machine: 0 };
  const tasks = Array.from({ length: plan.cpus }, (_, cpu) => pool.run({ ...task, cpu }));
  const ended = Promise.allSettled(tasks);
  while (machine.mem[map.progress + PROGRESS.threadId] === 0) await setTimeout(1);
  await t.notThrowsAsync(pool.goneOf(machine.mem[map.progress + PROGRESS.threadId]));
  await pool.destroy();
  t.true((await ended).every(({ status }) => status === 'rejected'));
});
