/**
 * Is it this interleaving that fails? A trial in lockstep is taken forward access by access, on real threads: the same order of turns
 * gives the same values and the same outcome, in every run. No luck is needed, and no second trial.
 * Run: npx vitest run --dir examples 06
 */
import { expect, test } from 'vitest';
import { lockstep, replayLockstep } from 'racehammer/lockstep';
import race from './01-lost-update.js';

/** CPU 0 reads; CPU 1 adds; CPU 0 goes on. */
async function addInBetween(variant) {
  const run = await lockstep(race, { variant });
  await run.step(0);
  await run.runUntil(1, 'end');
  expect(run.word('count')).toBe(variant === 'buggy' ? 1 : 2);
  return run.finish();
}

test('an update between read and write is lost', async () => {
  const { signature, order } = await addInBetween('buggy');
  expect(signature).toBe('lost-update');
  expect(await replayLockstep(race, order, { variant: 'buggy' })).toMatchObject({ signature, order });
});

test('there is no between in an atomic operation', async () => {
  expect(await addInBetween('atomic')).toMatchObject({ signature: null });
});
