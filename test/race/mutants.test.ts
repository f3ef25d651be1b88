/**
 * Goal: a mutant that is declared wrongly is told in one line; a sound one is configured as its variant with the change, everywhere by its name.
 * Method: a race with one mistake after the other; what its configure() returns.
 */
import test from 'ava';
import { LINE, defineRace, flag, struct, type ActorRace } from '../../lib/sdk/index.js';
import { mutantsOf, withMutants } from '../../lib/race/mutants.js';
import { knobsFor } from '../../lib/race/knobs.js';

const MUTANT = { of: 'fixed', change: { locks: false }, about: 'no lock', fails: 'bad' };

function raceWith(mutants: unknown): ActorRace {
  return defineRace({
    name: 'sound',
    state: struct({ word: LINE }),
    knobs: { early: flag(false, 'something comes early') },
    signatures: { bad: 'a' },
    variants: { buggy: { fails: 'bad' }, fixed: { needs: { early: '1' } } },
    configure: (variant, { early }) => Object.freeze({ locks: variant === 'fixed', early, passes: 1 }),
    actors: { first() {} },
    mutants: mutants as Record<string, never>,
  }) as ActorRace;
}

const MISTAKES: readonly (readonly [mutants: object, says: RegExp])[] = [
  [{ m: { ...MUTANT, of: 'fixd' } }, /^race sound: mutant m: fixd is no variant \(known: buggy, fixed\)$/],
  [{ fixed: MUTANT }, /^race sound: mutant fixed: a variant has this name$/],
  [{ m: { ...MUTANT, knobs: { late: '1' } } }, /mutant m: late=1 is no knob value$/],
  [{ m: { ...MUTANT, knobs: { early: '2' } } }, /mutant m: early=2 is no knob value$/],
  [{ m: { ...MUTANT, fails: 'worse' } }, /mutant m fails as worse, which is no signature$/],
  [
    { m: { ...MUTANT, fails: undefined } },
    /mutant m: must have either fails, with the signature, or survives, with the reason$/,
  ],
  [{ m: { ...MUTANT, survives: 'so' } }, /mutant m: must have either fails/],
  [
    { m: { ...MUTANT, change: { lock: false } } },
    /configure\(\) returns no field "lock" to change \(known: locks, early, passes\)$/,
  ],
  [{ m: { ...MUTANT, change: { locks: 'no' } } }, /mutant m: change.locks is "no", and true in fixed$/],
  [{ m: { ...MUTANT, change: { locks: true } } }, /mutant m: its change leaves everything as it is in fixed$/],
  [{ m: { ...MUTANT, change: {} } }, /mutant m: its change leaves everything as it is in fixed$/],
  [{ m: { ...MUTANT, cpus: 1 } }, /mutant m: 1 CPUs are fewer than the race's actors$/],
  [{ m: { ...MUTANT, memory: 'pso' } }, /mutant m: memory is "pso", and must be sc or tso$/],
  [{ m: { of: 'fixed', change: {} } }, /mutant m lacks about$/],
  [{ m: { ...MUTANT, wehn: 1 } }, /mutant m has an unknown field "wehn"/],
  [[], /mutants is a list, and must be an object$/],
];

for (const [mutants, says] of MISTAKES) {
  test(`refused: ${JSON.stringify(mutants)}`, (t) => {
    const error = t.throws(() => raceWith(mutants));
    t.regex(error?.message ?? '', says);
    t.false(error?.message.includes('\n'));
  });
}

test('a mutant is configured as its variant, with the change', (t) => {
  const race = raceWith({ m: MUTANT });
  const all = withMutants(race);
  const knobs = knobsFor(all, 'm', {});
  t.deepEqual(knobs, { early: '1' });
  t.deepEqual(race.configure('m', knobs), { locks: false, early: true, passes: 1 });
  t.true(Object.isFrozen(race.configure('m', knobs)));
  t.deepEqual(all.variants['m'].expects, [{ fails: 'bad', alsoFails: [] }]);
  t.deepEqual(Object.keys(race.variants), ['buggy', 'fixed']);
  t.deepEqual(Object.keys(mutantsOf(race)), ['m']);
});
