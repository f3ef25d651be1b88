/**
 * Goal: in whatever order the accesses of tasks come that share CPUs, the fixed forms hold, the buggy ones hang as what they are, and
 * the same order leads to the same end, record by record.
 * Method: orders of turns in lockstep, drawn from a seed, each run twice; what an order leaves over comes alternately.
 */
import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { CpuPool } from '../../lib/harness/host/pool.js';
import { LockstepRun, type LockstepOutcome, type Until } from '../../lib/harness/replay/lockstepRun.js';
import { draw } from '../../lib/machine/random.js';
import { explainFailure } from '../../lib/race/hang.js';

const loaded = await loadRace(new URL('../fixtures/taskRaces.js', import.meta.url).href);
const TASKS = 4;
const pool = new CpuPool(TASKS);
test.after.always(() => pool.destroy());

const ORDERS = 6;
const TURNS = 60;

/** Returns the n-th order: a place has some turns at a time. */
function orderOf(n: number): number[] {
  return Array.from({ length: TURNS }, (_, turn) => draw(n, 1, Math.floor(turn / (1 + (n % 4)))) % TASKS);
}

const recordsOf = ({ cpus }: LockstepOutcome): string[] =>
  cpus.map(
    ({ comm, records }) => `${comm}: ${records.map((r) => `${r.op} ${r.address} ${r.before} ${r.after}`).join('; ')}`,
  );

for (const [variant, hang] of [
  ['two-orders', 'deadlock'],
  ['two-orders-fixed', null],
  ['if-cond-schedule', 'lost-wake-up'],
  ['if-cond-schedule-fixed', null],
] as const)
  test.serial(`${variant}: ${ORDERS} orders, each twice`, async (t) => {
    for (let n = 0; n < ORDERS; n++) {
      const first = await LockstepRun.replay({ loaded, variant, pool }, orderOf(n));
      t.true(first.signature === null || first.signature === hang, String(first.signature));
      const again = await LockstepRun.replay({ loaded, variant, pool }, first.order);
      t.is(again.signature, first.signature);
      t.deepEqual(recordsOf(again), recordsOf(first));
    }
  });

test.serial('a task without a CPU waits for one until another sleeps', async (t) => {
  const run = LockstepRun.start({ loaded, variant: 'if-cond-schedule-fixed', pool });
  try {
    await run.runUntil(0, { step: 'LOOK' });
    await run.step(2);
    await run.step(3);
    t.deepEqual([run.waitsFor(2), run.waitsFor(3)], ['a CPU', 'a CPU']);
    await run.runUntil(0, { step: 'SLEEP' });
    await run.runUntil(0, () => run.stateOf(0).task !== 0);
    t.is(run.stateOf(0).task, 2);
    t.is(run.stateOf(2).task, 0);
    await run.step(2);
    t.is(run.waitsFor(2), 'state');
    t.is((await run.finish()).signature, null);
  } finally {
    await run.abort();
  }
});

/** The waker has stored and woken when the sleeper has looked, in vain, and does not sleep yet. */
async function wokenBetween(variant: string, looked: Until): Promise<LockstepRun> {
  const run = LockstepRun.start({ loaded, variant, pool });
  await run.runUntil(0, looked);
  await run.runUntil(1, () => run.stateOf(1).records.some(({ op }) => op === 'xchg'));
  return run;
}

test.serial(
  'woken between the look and the sleep: the buggy form sleeps for ever, beside CPUs that idle',
  async (t) => {
    const { signature, snapshot } = await (await wokenBetween('if-cond-schedule', { window: 'W_LOOKED' })).finish();
    t.is(signature, 'lost-wake-up');
    const sleeper = snapshot!.cpus.find(({ comm }) => comm === 'first/0')!;
    t.false(sleeper.hasCpu);
    const [headline, , others] = explainFailure(snapshot!, () => 'its state', '');
    t.is(headline, 'LOST WAKE-UP: task first/0 waits for its state, and nobody who is left will store it');
    t.regex(
      others,
      /could have been stored by CPU 0 \((?:second|third)\/[23]\), which has ended; CPU 1 \(anywhere\/1\), which has ended/,
    );
  },
);

test.serial('the same order: the fixed form does not sleep', async (t) => {
  const { signature, cpus } = await (await wokenBetween('if-cond-schedule-fixed', { step: 'SLEEP' })).finish();
  t.is(signature, null);
  t.deepEqual(
    cpus.map(({ hasCpu }) => hasCpu),
    [true, true, false, false],
  );
});
