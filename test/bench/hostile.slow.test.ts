// Goal: the bench's judge of hostile races is no rubber stamp: a race that holds counts as passed, one that ends late as late, a process
// that is left as left; and hostile races are none of these. Method: its own way to run them, with the shortest budgets.

import test from 'ava';
import { hostileFigures, runHostile, type HostileEnd, type HostileRun } from '../../lib/bench/hostile.js';
import { HOSTILE_CASES } from '../../lib/bench/hostileCases.js';

const PATIENT_MS = 600_000;

async function ended(what: string, how: Partial<HostileRun> = {}): Promise<HostileEnd> {
  return await runHostile({ command: 'run', what, budgetMs: 0, graceMs: PATIENT_MS, trials: 200, ...how });
}

function countsOf(end: HostileEnd): Record<string, number> {
  const figures = hostileFigures([end]).filter(({ against }) => against !== undefined);
  return Object.fromEntries(figures.map(({ name, value }) => [name.replace('hostile.', ''), value]));
}

test('there are thirty, each once', (t) => {
  t.is(HOSTILE_CASES.length, 30);
  t.is(new Set(HOSTILE_CASES).size, 30);
});

test.serial('a race that holds has passed, and one that ends behind its time is late', async (t) => {
  const end = await ended('nowhere nothing', { graceMs: 0 });
  t.is(end.how, '0', end.stderr);
  t.deepEqual(countsOf(end), { passed: 1, late: 1, left_running: 0 });
});

test.serial('a process that is left running is found, and ended', async (t) => {
  const end = await ended('configure spawn');
  t.is(countsOf(end).left_running, 1, end.stderr);
});

for (const [what, code] of [
  ['module exit', '70'],
  ['configure exit', '70'],
  ['reset throw', '70'],
  ['actor throw', '1'],
  ['actor promise', '1'],
] as const) {
  test.serial(`it does not pass, and ends: ${what}`, async (t) => {
    const end = await ended(what);
    t.is(end.how, code, end.stderr);
    t.deepEqual(countsOf(end), { passed: 0, late: 0, left_running: 0 });
  });
}
