/**
 * Goal: functions of a race that throw, or return what they must not, are named; those that are asked once the counts are in
 * answer in any case; what is known to be asynchronous is refused when the race is defined.
 * Method: a race that holds, with one function after the other replaced.
 */
import test from 'ava';
import type { Snapshot } from '../../lib/machine/snapshotView.js';
import { defineRace } from '../../lib/race/defineRace.js';
import type { ActorRace } from '../../lib/race/race.js';
import { isMadeHere, resetEach } from '../../lib/race/guardedRace.js';
import { RaceFault } from '../../lib/race/raceFault.js';
import { fixtureRace } from '../fixtures/fixtureRace.js';

const sound = fixtureRace(
  { name: 'sound', signatures: {}, merged: 'v', variants: { v: { about: 'v', source: 'tests', expects: [{}] } } },
  () => {},
);
const config = { variant: 'v', begun: { trials: 0 } };
const snapshot = { message: 'lost' } as Snapshot;
type Wrong = Readonly<Record<string, unknown>>;

function wrong(part: Wrong): ActorRace<typeof config> {
  return defineRace({ ...sound, ...part });
}

const boom = (): never => {
  throw new TypeError('boom');
};

const CALLS: Readonly<Record<string, (race: ActorRace<typeof config>) => unknown>> = {
  configure: (race) => race.configure('v', {}),
  instanceWords: (race) => race.instanceWords(config),
  reset: (race) => race.reset(new Int32Array(16), 0, config),
  role: (race) => race.role(0, 2, config),
  recover: (race) => race.recover?.(null as never),
};
const RESETS: readonly ((race: ActorRace<typeof config>) => unknown)[] = [
  CALLS.reset,
  (race) => resetEach(race, new Int32Array(16), 0, 4, 3, config),
];

for (const [name, call] of Object.entries(CALLS)) {
  test(`${name}: an exception, and a promise, end the run`, (t) => {
    t.throws(() => call(wrong({ [name]: boom })), {
      instanceOf: RaceFault,
      message: new RegExp(
        `^race sound: ${name}\\(\\) threw TypeError: boom, at .*guardedRace\\.test\\.[jt]s:\\d+:\\d+\\)?$`,
      ),
    });
    t.throws(() => call(wrong({ [name]: () => Promise.resolve() })), {
      instanceOf: RaceFault,
      message: new RegExp(`^race sound: ${name}\\(\\) returned a promise: `),
    });
  });
}

test('reset: the same of many instances, each brought into its first state', (t) => {
  const mem = new Int32Array(16).fill(7);
  const seen: number[] = [];
  resetEach(
    wrong({ reset: (words: Int32Array, at: number) => void seen.push((words[at] = 0) + at) }),
    mem,
    1,
    5,
    3,
    config,
  );
  t.deepEqual(seen, [1, 6, 11]);
  t.deepEqual([...mem], [7, 0, 7, 7, 7, 7, 0, 7, 7, 7, 7, 0, 7, 7, 7, 7]);
  for (const reset of [boom, () => Promise.resolve()]) {
    const [one, many] = RESETS.map(
      (call) => t.throws(() => call(wrong({ reset })), { instanceOf: RaceFault })?.message,
    );
    t.is(one, many);
  }
});

test('role() must name an actor', (t) => {
  const message = 'race sound: role() gives CPU 0 the actor third, which the race does not have';
  t.throws(() => wrong({ role: () => ({ actor: 'third', comm: 'c' }) }).role(0, 2, config), { message });
});

test('names and reports are given in any case', (t) => {
  t.is(wrong({ symbol: boom }).symbol(3, config), 'word 3 (symbol() threw TypeError: boom)');
  t.is(wrong({ symbol: () => undefined }).symbol(3, config), 'word 3 (symbol() returned undefined)');
  t.regex(wrong({ report: boom }).report(snapshot, config)[0], /^race sound: report\(\) threw TypeError: boom, at /);
  for (const returned of [undefined, 'lost', [1], Promise.resolve(['lost'])])
    t.regex(
      wrong({ report: () => returned }).report(snapshot, config)[0],
      /^race sound: report\(\) must return a list/,
    );
  t.deepEqual(sound.report(snapshot, config), ['fixture: lost']);
});

test('functions are called on the race that they belong to', (t) => {
  const race = wrong({
    question: 'whose?',
    symbol(this: { question: string }) {
      return this.question;
    },
  });
  t.is(race.symbol(0, config), 'whose?');
});

async function returnsThis(this: unknown): Promise<unknown> {
  return this;
}
const boundAsync = returnsThis.bind(null);

const ASYNC: readonly (readonly [Wrong, RegExp])[] = [
  [
    { phases: {}, actors: { first: async () => {} } },
    /^race sound: actor first is an async function: .* plain functions$/,
  ],
  [{ phases: {}, actors: { first: boundAsync } }, /^race sound: actor first is an async function/],
  [{ phases: {}, actors: { *first() {} } }, /^race sound: actor first is a generator/],
  [{ interrupts: [async function handle() {}] }, /^race sound: handler handle is an async function/],
  [{ interrupts: [async function* handle() {}] }, /^race sound: handler handle is an async generator/],
  ...['configure', 'instanceWords', 'reset', 'role', 'recover', 'symbol', 'report'].map(
    (name): readonly [Wrong, RegExp] => [
      { [name]: async () => {} },
      new RegExp(`^race sound: ${name} is an async function`),
    ],
  ),
];

test('what is known to be asynchronous is refused when the race is defined', (t) => {
  for (const [part, message] of ASYNC) t.throws(() => wrong(part), { message });
});

test('a race is known by who has made it', (t) => {
  t.true(isMadeHere(sound));
  t.false(isMadeHere({ ...sound }));
});
