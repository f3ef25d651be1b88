/**
 * Goal: a run whose counting words come round counts what one counts whose words begin at 0: meetings, trials, tags, openings of
 * gates, waits, counters, generations of locks; trials have numbers of 53 bits, and the time of the first failure has no end.
 * Method: the words of fresh machines are set to just below where they come round, before their CPUs begin.
 */
import test from 'ava';
import { HostMachine } from '../../lib/harness/host/machine.js';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { makePlan } from '../../lib/harness/makePlan.js';
import type { Sync } from '../../lib/harness/plan.js';
import type { RunOutcome } from '../../lib/harness/host/run.js';
import { chanceOf, seedOf } from '../../lib/harness/draws.js';
import { blockOf } from '../../lib/machine/cpu.js';
import { firstFailureMs, noteFirstFailure } from '../../lib/machine/firstFailure.js';
import { COUNTER, CPU, MACHINE, PROGRESS } from '../../lib/machine/layout.js';
import { highOf, lowOf, roundFrom, trialNumber } from '../../lib/machine/trialNumber.js';
import { Counters, GATE, LINE_WORDS } from '../../lib/sharedarraybuffer-utils/index.js';
import { boot } from '../machine/boot.js';
import { runRace } from './keptThreads.js';

const loaded = await loadRace(new URL('../fixtures/counting.js', import.meta.url).href);
const withLines = await loadRace(new URL('../fixtures/countingLines.js', import.meta.url).href);
const TRIALS = 2000;
/** A wait record's sequence: 13 bits from bit 19 on. */
const LAST_WAIT = 0x1fff << 19;

interface Start {
  /** Number of the newest meeting, as a word. */
  readonly meeting: number;
  readonly trial: number;
  readonly generation: number;
}

function fastForward({ mem, map }: HostMachine, { meeting, trial, generation }: Start): void {
  mem[map.machine + MACHINE.roundFirst] = lowOf(trial);
  mem[map.machine + MACHINE.roundHigh] = highOf(trial);
  mem[map.machine + MACHINE.gate + GATE.generation] = generation;
  for (let c = 0; c < map.shape.cpus; c++) {
    mem[map.progress + c * LINE_WORDS + PROGRESS.meeting] = meeting;
    mem[blockOf(map, c) + CPU.wait] = LAST_WAIT;
  }
}

async function run(sync: Sync, start?: Start): Promise<RunOutcome> {
  const plan = makePlan(loaded, { variant: 'counts', sync, trials: TRIALS, keep: 1 });
  return runRace(loaded.race, plan, {
    noProgressMs: 60_000,
    onMachines: (machines) => machines.forEach((machine) => start !== undefined && fastForward(machine, start)),
  });
}

const STARTS: Readonly<Record<string, Start>> = {
  'at 2^31': { meeting: 2 ** 31 - 300, trial: 2 ** 31 - 300, generation: 2 ** 31 - 30 },
  'at 2^32': { meeting: -300, trial: 2 ** 32 - 300, generation: -30 },
  'far behind 2^32': { meeting: 5, trial: 9 * 2 ** 32 - 300, generation: 7 },
};

for (const [where, start] of Object.entries(STARTS)) {
  test.serial(`rendezvous, numbers come round ${where}`, async (t) => {
    const [plain, forward] = [await run('rendezvous'), await run('rendezvous', start)];
    for (const outcome of [plain, forward]) {
      t.is(outcome.harnessError, null);
      t.deepEqual(
        [outcome.trials, outcome.outcomes.map(({ signature, count }) => [signature, count])],
        [TRIALS, [['fourth', TRIALS / 4]]],
      );
    }
    t.deepEqual(forward.gaps, plain.gaps);
    t.true(forward.facts.fourth.trial >= start.trial, String(forward.facts.fourth.trial));
    t.is(forward.evidence[0].trial, forward.facts.fourth.trial);
  });
}

test.serial('interrupts come in every trial, wherever the tags of words that carry a trial come round', async (t) => {
  // A word of lines has the low 15 bits of it, that of a tasklet 19: both are looked at in each quarter.
  for (const trial of [1, 2 ** 13, 2 ** 14, 3 * 2 ** 13, 2 ** 17, 2 ** 18, 3 * 2 ** 17].map((n) => n - 5)) {
    const plan = makePlan(withLines, { variant: 'counts', trials: 200 });
    const outcome = await runRace(withLines.race, plan, {
      noProgressMs: 60_000,
      onMachines: (machines) =>
        machines.forEach((machine) => fastForward(machine, { meeting: 5, trial: Math.max(1, trial), generation: 7 })),
    });
    t.like(outcome, { harnessError: null, trials: 200, failures: 200 }, `from trial ${trial}`);
  }
});

for (const sync of ['stride', 'free'] as const) {
  test.serial(`${sync}, numbers come round at 2^31 and 2^32`, async (t) => {
    for (const start of [STARTS['at 2^31'], STARTS['at 2^32']]) {
      const { harnessError, trials, failures, outcomes } = await run(sync, start);
      t.is(harnessError, null);
      t.true(trials >= TRIALS && failures > 0, `${trials} trials, ${failures} failures`);
      t.deepEqual(
        outcomes.map(({ signature }) => signature),
        ['fourth'],
      );
    }
  });
}

test('a trial number is what its two words say, and a round has one high word', (t) => {
  for (const trial of [1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32 + 1, 2 ** 45 + 7]) {
    const words = Int32Array.of(highOf(trial), lowOf(trial));
    t.is(trialNumber(words[0], words[1]), trial);
  }
  t.is(roundFrom(1, 64), 1);
  t.is(roundFrom(2 ** 32 - 64, 64), 2 ** 32 - 64);
  t.is(roundFrom(2 ** 32 - 63, 64), 2 ** 32 + 1);
  t.is(roundFrom(2 ** 32, 64), 2 ** 32 + 1);
});

test('what a trial draws does not come again with the low word of its number', (t) => {
  t.is(seedOf(7, 0), 7);
  const draws = [0, 1, 2, 3].map((high) => chanceOf(7, 0, 1, high * 2 ** 32 + 5));
  t.is(new Set(draws).size, draws.length);
});

test('counters come round where their low word does', (t) => {
  const { mem, map, cpus } = boot();
  const counters = new Counters(mem, map.counters);
  counters.add(COUNTER.trials, 2 ** 30 - 1);
  cpus[0].counters.add(COUNTER.trials, 3);
  t.is(counters.read(COUNTER.trials), 2 ** 30 + 2);
});

test('the first failure has its time, after half an hour and after a month', (t) => {
  for (const hours of [0.1, 0.6, 1, 1.2, 1000]) {
    const { mem, map, cpus } = boot();
    t.is(firstFailureMs(mem, map), null);
    const cpu = Object.assign(Object.create(cpus[0]) as (typeof cpus)[0], {
      hostStartMs: performance.timeOrigin + performance.now() - hours * 3_600_000,
    });
    noteFirstFailure(cpu);
    const ms = firstFailureMs(mem, map) ?? 0;
    t.true(ms >= hours * 3_600_000 - 1 && ms < hours * 3_600_000 + 60_000, `${hours} h: ${ms} ms`);
    noteFirstFailure(cpus[0]);
    t.is(firstFailureMs(mem, map), ms, 'the first one stays');
  }
});
