/**
 * Goal: a lock that needs a fence fails on a machine with store buffers, and its evidence explains and replays the failure; without
 * buffers, and with the fence, it holds. In lockstep a test says when a store becomes visible.
 * Method: the Peterson lock of the examples, on real threads and in lockstep.
 */
import test from 'ava';
import { timelineOf } from '../../lib/evidence/timeline.js';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import type { RunOutcome } from '../../lib/harness/host/run.js';
import { makePlan } from '../../lib/harness/makePlan.js';
import type { MemoryModel } from '../../lib/race/settings.js';
import { LockstepRun } from '../../lib/harness/replay/lockstepRun.js';
import { CpuPool } from '../../lib/harness/host/pool.js';
import { isProved, prove } from '../../lib/harness/replay/prove.js';
import { runRace } from './keptThreads.js';

const loaded = await loadRace(new URL('../../../examples/07-store-buffer.js', import.meta.url).href);
const pool = new CpuPool(2);
test.after.always(() => pool.destroy());

/** Trials that are enough: one in thirty fails. */
const TRIALS = 3000;

function hammer(variant: string, memory: MemoryModel): Promise<RunOutcome> {
  const keep = memory === 'tso' && variant === 'no-fence' ? 4 : 0;
  return runRace(loaded.race, makePlan(loaded, { variant, memory, trials: TRIALS, seed: 7, keep }));
}

test.serial(
  'without a fence it fails with store buffers; each failure is explained, and fails again in its replay',
  async (t) => {
    const { failures, evidence, harnessError } = await hammer('no-fence', 'tso');
    t.is(harnessError, null);
    t.true(failures > 0);
    t.true(evidence.length > 0);
    for (const one of evidence) {
      const proof = await prove(one, loaded, pool);
      t.true(isProved(proof), proof.reason);
      const rows = timelineOf(one, proof.explained!, proof.replay?.functions).rows;
      // The other CPU has made an access while a store was in its buffer: of `wants`, which it reads as 0, or of `turn`, which
      // then undoes that of the other CPU.
      const accesses = rows.filter(({ focus }) => focus).map(({ cpu, text }) => ({ cpu, text }));
      const late = accesses.filter(({ cpu, text }, at) => {
        const word = /^(?<word>\S+) .*becomes visible/.exec(text)?.groups?.['word'];
        const stored = accesses.findIndex((other) => other.cpu === cpu && other.text.startsWith(`${word} := `));
        return word !== undefined && stored >= 0 && accesses.slice(stored, at).some((other) => other.cpu !== cpu);
      });
      t.true(late.length > 0, accesses.map(({ cpu, text }) => `${cpu} ${text}`).join('\n'));
    }
  },
);

for (const [variant, memory] of [
  ['no-fence', 'sc'],
  ['fence', 'tso'],
  ['fence', 'sc'],
] as const) {
  test.serial(`${variant} under ${memory} holds`, async (t) => {
    const { trials, failures, harnessError } = await hammer(variant, memory);
    t.deepEqual({ trials, failures, harnessError }, { trials: TRIALS, failures: 0, harnessError: null });
  });
}

test.serial('in lockstep a store is visible when the test says so, and the order of turns replays', async (t) => {
  const setup = { loaded, variant: 'no-fence', memory: 'tso', pool } as const;
  const run = LockstepRun.start(setup);
  t.teardown(() => run.abort());
  await run.step(0);
  await run.step(0);
  t.is(run.word('wants[0]'), 0);
  t.is(run.stateOf(0).buffered.length, 2);
  await run.drain(0);
  t.deepEqual([run.word('wants[0]'), run.word('turn')], [1, 0]);
  await t.throwsAsync(run.drain(1), { name: 'RangeError', message: 'the store buffer of CPU 1 is empty' });
  await run.drain(0);
  t.is(run.word('turn'), 1);
  const outcome = await run.finish();
  t.is(outcome.signature, null);
  const again = await LockstepRun.replay(setup, outcome.order);
  t.deepEqual(
    again.cpus.map(({ records }) => records),
    outcome.cpus.map(({ records }) => records),
  );
});

test.serial(
  'in lockstep both CPUs enter if neither store is let out, and the end of an actor takes turns to drain',
  async (t) => {
    const run = LockstepRun.start({ loaded, variant: 'no-fence', memory: 'tso', pool });
    t.teardown(() => run.abort());
    for (const cpu of [0, 1, 0, 1, 0, 1]) await run.step(cpu);
    await run.step(0);
    await run.step(1);
    t.is(run.signature(), 'both-inside');
    // What CPU 0 does last is a plain store.
    await run.step(0);
    await run.step(0);
    t.false(run.hasEnded(0));
    t.deepEqual(
      run.stateOf(0).buffered.map(({ value }) => value),
      [0],
    );
    await run.drain(0);
    t.true(run.hasEnded(0));
    await run.finish();
  },
);
