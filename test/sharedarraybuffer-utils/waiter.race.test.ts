/**
 * Goal: a waiting thread spins, then parks, and no bell is ever lost.
 * Method: on one thread, the turns until the bell is armed show the spin budget (a sleep is avoided by ringing first).
 * On several threads, a token goes round thousands of times between waiters that park at once and, without a bell,
 * for a minute: one lost bell and the test runs into its deadline.
 */
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import {
  PARKED,
  PARTY,
  Waiter,
  allocateWords,
  wake,
  spinBudget,
  type Baton,
} from '../../lib/sharedarraybuffer-utils/index.js';
import { NEVER_WITHOUT_BELL, meet, runParties } from './start.js';

const cores = availableParallelism();
const isParked = (mem: Int32Array, party = 0) => Atomics.load(mem, party + PARTY.parked) === 1;

/** One wait: turns until the bell was armed. With `sleeps`, the wait ends in a sleep that a bell has already ended. */
function turnsUntilArmed(mem: Int32Array, waiter: Waiter, sleeps: boolean): number {
  let turns = 0;
  waiter.begin();
  for (; !isParked(mem); turns++) waiter.pause();
  if (sleeps) {
    wake(mem, 0);
    waiter.pause();
  }
  waiter.end();
  return turns - 1;
}

test('more threads than cores spin less', (t) => {
  t.deepEqual(spinBudget(2, 2), { min: 1000, max: 20_000, parkMsMax: 20 });
  t.true(spinBudget(3, 2).max < spinBudget(2, 2).max);
  t.true(spinBudget(3, 2).min < spinBudget(2, 2).min);
});

test('spins shrink down to the minimum while waits end in a sleep, and grow up to the maximum when they do not', (t) => {
  const mem = allocateWords(PARTY.WORDS);
  const waiter = new Waiter(mem, 0, { min: 4, max: 64, parkMsMax: 20 });
  const shrinking = Array.from({ length: 6 }, () => turnsUntilArmed(mem, waiter, true));
  t.deepEqual(shrinking, [64, 16, 4, 4, 4, 4]);
  t.is(waiter.parks, 6);
  const growing = Array.from({ length: 10 }, () => turnsUntilArmed(mem, waiter, false));
  t.deepEqual(
    growing,
    growing.toSorted((a, b) => a - b),
  );
  t.is(growing[0], 4);
  t.is(growing.at(-1), 64);
  t.is(waiter.parks, 6);
});

test('an iteration that takes as long as several counts as so many', (t) => {
  const mem = allocateWords(PARTY.WORDS);
  const waiter = new Waiter(mem, 0, { min: 4, max: 64, parkMsMax: 20 });
  let iterations = 0;
  waiter.begin();
  for (; !waiter.armed; iterations++) waiter.pause(4);
  waiter.end();
  t.is(iterations, 64 / 4 + 1);
});

test('a budget that has shrunk is tried out now and then', (t) => {
  const mem = allocateWords(PARTY.WORDS);
  const waiter = new Waiter(mem, 0, { min: 4, max: 64, parkMsMax: 20 });
  const limits = Array.from({ length: 18 }, () => turnsUntilArmed(mem, waiter, true));
  // The waits behind the 8th and the 16th sleep spin as long as they may.
  t.deepEqual(
    limits.map((turns) => turns > 16),
    limits.map((_, i) => i === 0 || i === 8 || i === 16),
  );
});

test('a wait that is over at once neither parks nor spins', (t) => {
  const mem = allocateWords(PARTY.WORDS);
  const waiter = new Waiter(mem, 0, { min: 1, max: 1, parkMsMax: 20 });
  waiter.begin();
  waiter.end();
  t.false(isParked(mem));
  t.is(waiter.parks, 0);
});

test('end() disarms, so that later bells cost a load only', (t) => {
  const mem = allocateWords(PARTY.WORDS);
  turnsUntilArmed(mem, new Waiter(mem, 0, { min: 1, max: 1, parkMsMax: 20 }), false);
  t.false(isParked(mem));
  wake(mem, 0);
  t.is(Atomics.load(mem, PARTY.bell), 0);
});

test('a bell is rung once for each sleep, however many ring it', (t) => {
  const mem = allocateWords(PARTY.WORDS);
  const waiter = new Waiter(mem, 0, { min: 1, max: 1, parkMsMax: 20 });
  waiter.begin();
  while (!waiter.armed) waiter.pause();
  wake(mem, 0);
  wake(mem, 0);
  t.is(mem[PARTY.bell], 1);
  t.false(isParked(mem));
});

/** A baton whose other threads are as the test says. */
class Told implements Baton {
  others = false;
  hasWaiting = false;
  readonly calls: string[] = [];

  wanted(): boolean {
    return this.others;
  }

  sleeps(): boolean {
    this.calls.push('sleeps');
    return this.hasWaiting;
  }

  woke(): void {
    this.calls.push('woke');
  }
}

test('a thread whose core has no other awake waits awake, beyond its budget, but not for ever', (t) => {
  const mem = allocateWords(PARTY.WORDS);
  const baton = new Told();
  const waiter = new Waiter(mem, 0, { min: 4, max: 4, parkMsMax: 20 }, baton);
  waiter.begin();
  let turns = 0;
  for (; !waiter.armed && turns < 1e6; turns++) waiter.pause();
  t.true(turns > 10_000 && turns < 1e6, `${turns}`);
  waiter.end();
  baton.others = true;
  t.true(turnsUntilArmed(mem, waiter, false) <= 16);
  t.deepEqual(baton.calls, ['sleeps', 'sleeps']);
});

test('one that waits in turn sleeps at once where others want the core, and says for what', (t) => {
  const mem = allocateWords(PARTY.WORDS);
  const baton = new Told();
  baton.others = true;
  const waiter = new Waiter(mem, 0, { min: 100, max: 100, parkMsMax: 20 }, baton);
  waiter.beginFor(7);
  waiter.pause();
  t.deepEqual([mem[PARTY.parked], mem[PARTY.awaited]], [PARKED.IN_RELAY, 7]);
  wake(mem, 0);
  waiter.pause();
  waiter.end();
  t.deepEqual(baton.calls, ['sleeps', 'woke']);
  t.is(mem[PARTY.parked], PARKED.NO);
  t.is(waiter.parks, 1);
});

test('the baton is passed on by sleeping, and not to nobody', (t) => {
  const mem = allocateWords(PARTY.WORDS);
  const baton = new Told();
  const waiter = new Waiter(mem, 0, { min: 1, max: 1, parkMsMax: 1 }, baton);
  waiter.letPass(1);
  t.deepEqual(baton.calls, ['sleeps']);
  t.is(waiter.parks, 0);
  baton.hasWaiting = true;
  waiter.letPass(1);
  t.is(waiter.parks, 1);
  t.is(mem[PARTY.parked], PARKED.NO);
});

test.serial('a bell between arming and sleeping ends the sleep before it begins', async (t) => {
  const { meeting } = meet(1, NEVER_WITHOUT_BELL, {});
  const [report] = await runParties(t, [{ ...meeting, me: 0, kind: 'early-bell', rounds: 1000 }]);
  t.is(report.parks, 1000);
});

for (const parties of new Set([2, 3, Math.min(2 * cores + 1, 9)])) {
  test.serial(`no bell is lost: a token round ${parties} threads that park at once`, async (t) => {
    const rounds = Math.ceil(12_000 / parties);
    const { meeting, at } = meet(parties, NEVER_WITHOUT_BELL, { token: 1 });
    const jobs = Array.from({ length: parties }, (_, me) => {
      return { ...meeting, me, kind: 'token', token: at.token, rounds, bells: true } as const;
    });
    const reports = await runParties(t, jobs);
    t.is(meeting.mem[at.token], rounds * parties);
    t.true(reports.reduce((sum, { parks }) => sum + parks, 0) > 0, 'nobody ever parked: this run showed nothing');
  });
}

test.serial('no bell is lost with the budgets that programs use', async (t) => {
  for (const parties of [2, 3]) {
    const rounds = 2000;
    const budget = { ...spinBudget(parties, cores), parkMsMax: NEVER_WITHOUT_BELL.parkMsMax };
    const { meeting, at } = meet(parties, budget, { token: 1 });
    const jobs = Array.from({ length: parties }, (_, me) => {
      return { ...meeting, me, kind: 'token', token: at.token, rounds, bells: true } as const;
    });
    await runParties(t, jobs);
    t.is(meeting.mem[at.token], rounds * parties);
  }
});

test.serial('a bell that nobody rings costs one bounded sleep, never a hang', async (t) => {
  const rounds = 20;
  const { meeting, at } = meet(2, { min: 1, max: 1, parkMsMax: 5 }, { token: 1 });
  const jobs = [0, 1].map((me) => ({ ...meeting, me, kind: 'token', token: at.token, rounds, bells: false }) as const);
  const reports = await runParties(t, jobs);
  t.is(meeting.mem[at.token], rounds * 2);
  t.true(reports[0].parks + reports[1].parks > 0);
});

test.serial('a thread that is known to be parked wakes at the bell', async (t) => {
  const rounds = 200;
  const { meeting, at } = meet(1, NEVER_WITHOUT_BELL, { go: 1, woken: 1 });
  const { mem, partyBase } = meeting;
  const report = runParties(t, [{ ...meeting, me: 0, kind: 'sleeper', ...at, rounds }]);
  const wakes = async () => {
    for (let round = 1; round <= rounds; round++) {
      while (!isParked(mem, partyBase)) await setImmediate();
      Atomics.store(mem, at.go, round);
      wake(mem, partyBase);
      while (Atomics.load(mem, at.woken) !== round) await Atomics.waitAsync(mem, at.woken, round - 1).value;
    }
  };
  await Promise.race([wakes(), report]);
  const [{ parks }] = await report;
  t.true(parks > 0 && parks <= rounds, `${parks} sleeps`);
});
