/**
 * Goal: a run in lockstep goes exactly as far as it is told, says why when it cannot, ends its threads in any case, and
 * takes interrupts where the order has them, so that it can be repeated.
 * Method: the calls of test/fixtures/scf.ts, in orders drawn at random, and orders that lead nowhere.
 */
import test from 'ava';
import { loadRace } from '../../../lib/harness/host/loadRace.js';
import { LockstepRun, type LockstepOutcome } from '../../../lib/harness/replay/lockstepRun.js';
import { CpuPool } from '../../../lib/harness/host/pool.js';
import { draw } from '../../../lib/machine/random.js';

const loaded = await loadRace(new URL('../../fixtures/scf.js', import.meta.url).href);
const setup = { loaded, variant: 'calls', cpus: 3, orderTurns: 30_000 };

function account({ signature, cpus }: LockstepOutcome): unknown {
  return { signature, records: cpus.map((cpu) => cpu.records) };
}

test.serial('calls between CPUs come to their end in any order, and again in the same', async (t) => {
  const pool = new CpuPool(3);
  t.teardown(() => pool.destroy());
  for (let seed = 0; seed < 3; seed++) {
    const run = LockstepRun.start({ ...setup, pool });
    for (let i = 0; i < 500; i++) {
      const cpu = draw(seed, 0, i) % 3;
      if (!run.hasEnded(cpu)) await run.step(cpu);
    }
    const first = await run.finish();
    t.is(first.signature, null);
    t.true(first.cpus.some((cpu) => cpu.records.some((r) => r.op === 'irq_enter')));
    t.deepEqual(account(await LockstepRun.replay({ ...setup, pool }, first.order)), account(first));
  }
});

test.serial('no CPU has a turn before every other stands in front of its first access', async (t) => {
  const late = await loadRace(new URL('../../fixtures/lateStart.js', import.meta.url).href);
  const run = LockstepRun.start({ loaded: late, variant: 'late' });
  t.teardown(() => run.abort());
  await run.step(1);
  t.is(run.word('word'), 1);
  t.is((await run.finish()).signature, null);
});

test.serial('turns that a CPU has no use for pass', async (t) => {
  const outcome = await LockstepRun.replay({ ...setup, cpus: 2 }, [
    ...new Array<number>(600).fill(1),
    ...new Array<number>(9).fill(0),
  ]);
  t.is(outcome.signature, null);
  t.deepEqual(outcome.order.slice(0, 3), [1, 1, 1]);
});

test.serial('a CPU that waits for others is not stepped for ever', async (t) => {
  const run = LockstepRun.start(setup);
  t.teardown(() => run.abort());
  const error = await t.throwsAsync(run.runUntil(0, 'end'));
  t.regex(error?.message ?? '', /^CPU 0 waits for acknowledgements before its end$/);
  await run.runUntilItWaits(1);
  t.is(run.waitsFor(1), 'acknowledgements');
});

test.serial('an order that is full ends the run and its threads', async (t) => {
  const run = LockstepRun.start({ ...setup, orderTurns: 20 });
  await t.throwsAsync(run.finish(), { instanceOf: RangeError, message: /20 turns at most/ });
  t.true(run.isOver);
});

test.serial('what the race or the machine does not have is refused', async (t) => {
  const run = LockstepRun.start(setup);
  t.teardown(() => run.abort());
  await t.throwsAsync(run.runUntil(0, { step: 'Z9' }), { message: /Z9 is no step/ });
  await t.throwsAsync(run.runUntil(0, { window: 'W_NONE' }), { message: /W_NONE is no window/ });
  await t.throwsAsync(run.step(3), { message: /the machine has 3/ });
  t.throws(() => run.word('nothing'), { message: /nothing is no word/ });
  t.deepEqual(run.order(), []);
});

test.serial('a thread that fails is reported, not waited for', async (t) => {
  const broken = { ...loaded, url: new URL('../../fixtures/no-such-race.js', import.meta.url).href };
  const run = LockstepRun.start({ ...setup, loaded: broken });
  await t.throwsAsync(run.step(0), { message: /worker of CPU \d on machine 0/ });
  await run.abort();
  t.true(run.isOver);
});
