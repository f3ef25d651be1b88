/**
 * Goal: a program takes a race forward access by access without knowing how races are loaded; wrong options are one line each.
 * Method: the example of a lost update, by hand and by a known order; every wrong option.
 */
import test from 'ava';
import type { RaceGiven } from '../../lib/api/options.js';
import { lockstep, replayLockstep } from '../../lib/lockstep.js';

const URL_OF_RACE = new URL('../../../examples/01-lost-update.js', import.meta.url);
const race = ((await import(URL_OF_RACE.href)) as { default: RaceGiven }).default;

test.serial('the name of a race, its knobs and its CPUs are enough to step it', async (t) => {
  const run = await lockstep('pgd-lock', { variant: 'plain-lock', knobs: { split_ptl: false }, cpus: 3 });
  try {
    t.is(run.machine.cpusNow().length, 3);
    await run.step(2);
    t.deepEqual(run.order(), [2]);
  } finally {
    await run.abort();
  }
});

test.serial('a process that has loaded races with per-CPU variables of their own runs each of them', async (t) => {
  const [first, second] = ['misuses', 'unwinding'].map((name) => new URL(`../fixtures/${name}.js`, import.meta.url));
  await import(first.href);
  await import(second.href);
  for (const url of [first, second]) {
    const run = await lockstep(url);
    try {
      await run.step(0);
      t.deepEqual(run.order(), [0]);
    } finally {
      await run.abort();
    }
  }
});

test.serial('an order that was taken is taken again', async (t) => {
  const run = await lockstep(race, { variant: 'buggy' });
  await run.step(0);
  await run.runUntil(1, 'end');
  t.is(run.word('count'), 1);
  const { signature, order } = await run.finish();
  t.is(signature, 'lost-update');
  t.like(await replayLockstep(race, order, { variant: 'buggy' }), { signature });
});

const WRONG: readonly (readonly [says: RegExp, call: () => Promise<unknown>])[] = [
  [/^unknown option "varint" for lockstep\(\)/, async () => lockstep(race, { varint: 'x' } as object)],
  [/^unknown variant "bugy" for lost-update: did you mean "buggy"\?/, async () => lockstep(race, { variant: 'bugy' })],
  [/^unknown value "2" for knob split_ptl/, async () => lockstep('xen-pin', { knobs: { split_ptl: 2 } })],
  [/^cpus 1: must be 2 or more/, async () => lockstep(race, { cpus: 1 })],
  [/^turns 0: must be a whole number from 1 to /, async () => lockstep(race, { turns: 0 })],
  [/^order\[1\] 2: must be a whole number from 0 to 1$/, async () => replayLockstep(race, [0, 2])],
  [/^race store-buffer: is a litmus race/, async () => lockstep('store-buffer')],
  [/^unknown race "xen-pn"/, async () => lockstep('xen-pn')],
];

for (const [says, call] of WRONG) {
  test(`refused: ${says.source}`, async (t) => {
    const error = await t.throwsAsync(call(), { name: 'UsageError' });
    t.regex(error?.message ?? '', says);
    t.notRegex(error?.message ?? '', /\n/);
  });
}
