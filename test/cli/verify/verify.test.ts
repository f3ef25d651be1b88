// Goal: what should fail comes first and ends when it has shown it; what should hold is judged against its twin and goes on until it
// is decided; nothing that is not decided passes. Method: whole verifications with a made-up hammer, whose trials fail at given rates.

import test from 'ava';
import { chooseRace } from '../../../lib/cli/chooseRace.js';
import type { RunRequest } from '../../../lib/run/request.js';
import { countsOf, hasFailedEnough, type Twin } from '../../../lib/run/twin.js';
import { Verification, type HammerRow } from '../../../lib/run/verify/verification.js';
import { defaultsOf } from '../../../lib/cli/options/command.js';
import { VERIFY } from '../../../lib/cli/verify/options.js';
import { rowsFor, verifyRequestOf } from '../../../lib/cli/verify/checkedFlags.js';
import type { ReadyRow } from '../../../lib/run/rows.js';
import { powerOf } from '../../../lib/statistics/power.js';
import { judge } from '../../../lib/statistics/verdict.js';
import { expectedOf } from '../../../lib/race/expectation.js';
import { knobsFor } from '../../../lib/race/knobs.js';
import type { RunDocument } from '../../../lib/report/run/document.js';
import type { RowDocument } from '../../../lib/report/verify/document.js';
import { HELD } from '../../report/run/madeUpRun.js';

const GOING_ON = (): boolean => false;
const TICKS_PER_SECOND = 10;

/** How many trials fail as expected, of how many a second. A fix fails at no rate, unless it is given one. */
interface Host {
  readonly perSecond: number;
  readonly rate: (request: RunRequest, run: number) => number;
}

/** What was hammered, in order. */
interface Hammered {
  readonly variant: string;
  readonly seconds: number;
  readonly twin: Twin | null;
}

function madeUp({ perSecond, rate }: Host, hammered: Hammered[]): HammerRow {
  return ({ race }, request, { known, isEnough, longestMs }, twin) => {
    const { variant, knobs } = request.plan;
    const expected = expectedOf(race, variant, knobs);
    const signature = expected.fails ?? 'oops-0003';
    const share = rate(request, hammered.length);
    let ticks = 0;
    let seconds = 0;
    const totals = { trials: 0, failures: 0, outcomes: [{ signature, count: 0 }] };
    do {
      seconds = ++ticks / TICKS_PER_SECOND;
      totals.trials = Math.round(seconds * perSecond);
      totals.failures = Math.floor(totals.trials * share);
      totals.outcomes[0].count = totals.failures;
    } while (seconds * 1000 < longestMs - 1 && !isEnough(totals, seconds));
    hammered.push({ variant, seconds, twin });
    const counted = { ...totals, harnessError: null };
    const verdict = judge(expected, counted, { known, claim: null });
    const power = known === null ? null : { ...known, ...powerOf(known, totals.trials) };
    const document: RunDocument = {
      ...HELD,
      ...request.plan,
      trials: totals.trials,
      failures: totals.failures,
      outcomes: totals.outcomes,
      expectedOutcome: expected.fails,
      alsoFails: expected.alsoFails,
      seconds,
      verdict,
      power,
    } as never;
    return Promise.resolve(document);
  };
}

async function verified(
  rows: readonly ReadyRow[],
  host: Host,
  isOver = GOING_ON,
  isQuick = false,
): Promise<{ done: (RowDocument | undefined)[]; hammered: Hammered[] }> {
  const hammered: Hammered[] = [];
  const verification = new Verification(isOver, madeUp(host, hammered), isQuick);
  return { done: await verification.run(rows, () => {}), hammered };
}

const REQUEST = verifyRequestOf(defaultsOf(VERIFY));

async function rowsNamed(...texts: string[]): Promise<ReadyRow[]> {
  return rowsFor(['xen-pin'], { ...REQUEST, row: texts, budgetMs: 1000, seed: 0xffff_ffff });
}

const FAILS = 'buggy, split PTE locks';
const HOLDS = 'merged fix, fork, flush by hypercall';
const BUGGY_FAILS: Host = { perSecond: 1000, rate: ({ plan }) => (plan.variant === 'buggy' ? 0.5 : 0) };

test('a hundred failures of the expected kind are enough, of another kind never', (t) => {
  const seen = (signature: string, count: number) => ({ outcomes: [{ signature, count }] });
  t.true(hasFailedEnough('lost', seen('lost', 100)));
  t.false(hasFailedEnough('lost', seen('lost', 99)));
  t.false(hasFailedEnough('lost', seen('other', 1000)));
  t.false(hasFailedEnough(null, seen('lost', 1000)));
  t.false(hasFailedEnough('lost', { outcomes: [] }));
});

test('what fails comes first, ends early, and is the twin of what holds', async (t) => {
  const rows = (await rowsNamed(FAILS, HOLDS)).toReversed();
  const { done, hammered } = await verified(rows, BUGGY_FAILS);
  t.deepEqual(
    hammered.map(({ variant, seconds, twin }) => [variant, Math.round(seconds * 10), twin]),
    [
      ['buggy', 2, null],
      ['pte-lock', 10, null],
    ],
  );
  t.like(done[0], {
    row: HOLDS,
    verdict: 'HELD',
    power: { source: 'twin', name: 'buggy', failures: 100, trials: 200 },
  });
  t.like(done[1], { row: FAILS, verdict: 'REPRODUCED', firstTry: null });
});

test('failures that nobody expects of a twin are not its rate', (t) => {
  const outcomes = [
    { signature: 'oops-0003', count: 40 },
    { signature: 'bad-pte', count: 5 },
    { signature: 'actor-threw', count: 900, declared: false },
  ];
  const twin = { ...HELD, trials: 1000, failures: 945, expectedOutcome: 'oops-0003', alsoFails: ['bad-pte'], outcomes };
  t.deepEqual(countsOf(twin as never), { trials: 1000, failures: 45, blocks: [] });
});

test('a twin that is no row is hammered in front of the first row that needs it, and once', async (t) => {
  const rows = await rowsNamed('merged fix, 40 PTE pages', HOLDS);
  const { done, hammered } = await verified([...rows, ...rows], BUGGY_FAILS);
  t.deepEqual(
    hammered.map(({ variant, twin }) => [variant, twin?.name]),
    [
      ['buggy', 'buggy'],
      ['pte-lock', undefined],
      ['buggy', 'buggy'],
      ['pte-lock', undefined],
      ['pte-lock', undefined],
      ['pte-lock', undefined],
    ],
  );
  t.deepEqual(
    done.map((row) => row?.verdict),
    ['HELD', 'HELD', 'HELD', 'HELD'],
  );
});

test('a row goes on beyond its budget until it is decided, at most for three more where nothing is left over', async (t) => {
  const rows = await rowsNamed(HOLDS);
  // 20 of 1,000: some 2,000 trials without a failure are asked for.
  const seldom = (perSecond: number): Host => ({
    perSecond,
    rate: ({ plan }) => (plan.variant === 'buggy' ? 0.02 : 0),
  });
  const decided = await verified(rows, seldom(1000));
  t.is(decided.done[0]?.verdict, 'HELD');
  t.true(decided.hammered[1].seconds > 1.5 && decided.hammered[1].seconds < 4);
  const open = await verified(rows, seldom(100));
  t.is(open.done[0]?.verdict, 'INCONCLUSIVE');
  t.is(Math.round(open.hammered[1].seconds), 4);
});

test('quick: what holds ends as soon as it is decided, and goes on until then with a tiny budget', async (t) => {
  const rows = await rowsFor(['xen-pin'], { ...REQUEST, row: [FAILS, HOLDS], budgetMs: 100, seed: 7 });
  const quick = (host: Host) => verified(rows, host, GOING_ON, true);
  const { done, hammered } = await quick({ ...BUGGY_FAILS, perSecond: 10_000 });
  t.deepEqual(
    done.map((row) => row?.verdict),
    ['REPRODUCED', 'HELD'],
  );
  t.deepEqual(
    hammered.map(({ seconds }) => seconds),
    [0.1, 0.1],
  );
  // 2 of 100 in the budget: the twin goes on to its tenth failure, and some 4,000 trials without one are asked for.
  const seldom = await quick({ perSecond: 1000, rate: ({ plan }) => (plan.variant === 'buggy' ? 0.02 : 0) });
  const held = seldom.done[1];
  t.is(held?.verdict, 'HELD');
  t.true(seldom.hammered.at(-1)!.seconds > 1);
  t.true(held!.trials >= (held?.power?.trialsNeeded ?? Infinity));
  const open = await quick({ perSecond: 10, rate: ({ plan }) => (plan.variant === 'buggy' ? 0.02 : 0) });
  t.is(open.done[1]?.verdict, 'INCONCLUSIVE');
});

test('what other rows leave over goes to the one that needs it', async (t) => {
  const all = await rowsFor(['xen-pin'], { ...REQUEST, budgetMs: 1000 });
  const rows = all.filter(({ row, twin }) => twin === null || row === HOLDS);
  const { done, hammered } = await verified(rows, {
    perSecond: 1000,
    rate: ({ plan: { variant, knobs } }) => {
      if (variant === 'pte-lock') return knobs['pgt_lock'] === '0' ? 0.9 : 0;
      const isSeldom = variant === 'buggy' && knobs['pae'] === '0' && knobs['hypervisor'] === 'xen';
      return isSeldom && knobs['path'] === 'fork' && knobs['pte_pages'] === '1' ? 0.011 : 0.9;
    },
  });
  t.is(done[rows.findIndex(({ row }) => row === HOLDS)]?.verdict, 'HELD');
  t.true(Math.max(...hammered.map(({ seconds }) => seconds)) > 4);
});

test('a twin that does not fail leaves its row open, and no time is wasted on it', async (t) => {
  const { done, hammered } = await verified(await rowsNamed(HOLDS), { perSecond: 1000, rate: () => 0 });
  t.like(done[0], { verdict: 'INCONCLUSIVE', power: { trialsNeeded: null } });
  t.deepEqual(
    hammered.map(({ seconds }) => Math.round(seconds)),
    [4, 1],
  );
});

test('a fix that fails is violated, and does not go on', async (t) => {
  const { done, hammered } = await verified(await rowsNamed(HOLDS), { perSecond: 1000, rate: () => 0.01 });
  t.is(done[0]?.verdict, 'VIOLATED');
  t.is(Math.round(hammered[1].seconds), 1);
});

test('a row that should fail and did not has another, longer try with other delays, whose first is kept', async (t) => {
  const rows = await rowsNamed(FAILS);
  const seeds: number[] = [];
  const inTry = (n: number): Host => ({
    perSecond: 1000,
    rate: ({ plan }, run) => {
      seeds.push(plan.seed);
      return run === n ? 0.5 : 0;
    },
  });
  const second = await verified(rows, inTry(1));
  t.like(second.done[0], { verdict: 'REPRODUCED', firstTry: { verdict: 'INCONCLUSIVE', trials: 1000 } });
  t.deepEqual(seeds, [0xffffffff, 0]);
  const never = await verified(rows, inTry(9));
  t.is(never.done[0]?.verdict, 'INCONCLUSIVE');
  t.deepEqual(
    never.hammered.map(({ seconds }) => Math.round(seconds)),
    [1, 4],
  );
});

test('trials that would have shown it condemn a row that should fail', async (t) => {
  const { done } = await verified(await rowsNamed(FAILS), { perSecond: 50_000, rate: () => 0 });
  t.like(done[0], { verdict: 'NOT_REPRODUCED', power: { source: 'floor' } });
});

test('an interrupt leaves out what has not run', async (t) => {
  const rows = await rowsNamed(FAILS, HOLDS);
  const { done } = await verified(rows, BUGGY_FAILS, () => true);
  t.deepEqual(done, [undefined, undefined]);
  let looks = 0;
  const between = await verified(rows, BUGGY_FAILS, () => looks++ > 0);
  t.deepEqual(
    between.done.map((row) => row?.verdict),
    ['REPRODUCED', undefined],
  );
});

test('every row of a built-in race runs under the conditions that it names', async (t) => {
  const { race } = await chooseRace('xen-pin');
  const rows = await rowsFor(['xen-pin'], REQUEST);
  t.deepEqual(
    rows.map(({ row }) => row),
    race.rows.map(({ name }) => name),
  );
  for (const [i, { request }] of rows.entries()) {
    const { variant, knobs = {}, cpus = race.cpus.default, sync = 'rendezvous' } = race.rows[i];
    t.like(request.plan, { variant, cpus, machines: 1, sync, trials: Infinity, recording: true, stopOnFirst: false });
    t.deepEqual(request.plan.knobs, knobsFor(race, variant, knobs));
    t.is(request.durationMs, 2000);
    t.is(request.plan.seed, rows[0].request.plan.seed);
  }
});
