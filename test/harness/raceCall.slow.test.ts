/**
 * Goal: what a race has to do on the host's thread returns and throws as always; what does not end is ended, and named with the
 * innermost function of the race that was under way and where that was. Nothing is left behind by it.
 * Method: calls that loop, sleep, and catch everything, with a limit of some milliseconds.
 */
import { Script } from 'node:vm';
import test from 'ava';
import { HostMachine } from '../../lib/harness/host/machine.js';
import { requireActors } from '../../lib/race/kinds.js';
import { RaceCalls, RaceHang, boundedRace, callRace } from '../../lib/harness/raceCall.js';
import { expectedOutcome } from '../../lib/race/expectation.js';
import type { ActorRace } from '../../lib/race/race.js';
import { fixtureRace } from '../fixtures/fixtureRace.js';
import { planOf } from '../stress/plan.js';

const LIMIT_MS = 30;

function loopForEver(): never {
  for (;;);
}

function sleepForEver(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function holdOn(): never {
  for (;;) {
    try {
      loopForEver();
    } finally {
      holdOn();
    }
  }
}

test('a call returns what it returns, and throws what it throws', (t) => {
  const thrown = new TypeError('as always');
  t.is(
    callRace('race x', () => 42),
    42,
  );
  const error = t.throws(() =>
    callRace('race x', () => {
      throw thrown;
    }),
  );
  t.is(error, thrown);
  t.throws(
    () =>
      callRace('race x', () => {
        throw null;
      }),
    { any: true },
  );
});

for (const [name, call] of Object.entries({ loopForEver, sleepForEver, holdOn })) {
  test(`a call that does not end is ended: ${name}`, (t) => {
    const error = t.throws(() => callRace('race x: role()', call, LIMIT_MS), { instanceOf: RaceHang });
    t.regex(error?.message ?? '', /^race x: role\(\) does not end, at /);
    t.regex(error?.message ?? '', new RegExp(`at ${name} \\(test/harness/raceCall\\.slow\\.test\\.ts:\\d+:\\d+\\)`));
    t.is(
      callRace('race x', () => 'and the next one is made'),
      'and the next one is made',
    );
  });
}

test('a call that was kept from its end, without CPU time, is made again', (t) => {
  const word = new Int32Array(new SharedArrayBuffer(4));
  let calls = 0;
  const call = (): number => {
    // As a process that is stopped, and goes on within twice the limit.
    if (++calls === 1) Atomics.wait(word, 0, 0, 2 * LIMIT_MS);
    return calls;
  };
  t.is(callRace('race x', call, 10 * LIMIT_MS), 1);
  calls = 0;
  t.is(callRace('race x', call, LIMIT_MS), 2);
});

test('a call within a call is named, and its name is gone when it has returned', (t) => {
  const within = (inner: () => void): string => {
    const outer = (): void => {
      callRace('race x: symbol()', () => 'a name');
      inner();
    };
    return t.throws(() => callRace('race x: report()', outer, LIMIT_MS), { instanceOf: RaceHang })?.message ?? '';
  };
  t.regex(
    within(() => callRace('race x: role()', loopForEver)),
    /^race x: role\(\) does not end/,
  );
  t.regex(within(loopForEver), /^race x: report\(\) does not end/);
});

test('a run whose race has not ended a call makes no other', (t) => {
  const calls = new RaceCalls('x', LIMIT_MS);
  t.throws(() => calls.make(loopForEver), { instanceOf: RaceHang });
  let made = 0;
  const again = t.throws(() => calls.make(() => made++), { instanceOf: RaceHang });
  t.regex(again?.message ?? '', /^race x does not end/);
  t.is(made, 0);
});

const FACTS = {
  name: 'plain',
  signatures: {},
  merged: 'v',
  variants: { v: { about: '-', source: '-', expects: [{}] } },
};

test('a machine asks for the names of all its words in one call', (t) => {
  const race = fixtureRace(FACTS, () => {}) as ActorRace;
  let asked = 0;
  const symbol = (offset: number): string => `word ${offset} of ${++asked}`;
  const bounded = boundedRace({ ...race, symbol, instanceWords: () => 100 });
  const plan = planOf({ race: bounded, url: 'file:///plain.js' }, { variant: 'v', trials: 1 });
  let calls = 0;
  const before = Object.getOwnPropertyDescriptor(Script.prototype, 'runInContext')!;
  const runInContext = before.value as Script['runInContext'];
  const counted: Script['runInContext'] = function (this: Script, ...args) {
    calls++;
    return runInContext.apply(this, args) as unknown;
  };
  Object.defineProperty(Script.prototype, 'runInContext', { ...before, value: counted });
  t.teardown(() => Object.defineProperty(Script.prototype, 'runInContext', before));
  const machine = new HostMachine(bounded, {}, plan, 0);
  t.true(asked >= 100 && machine.lockNames.length >= 100);
  t.true(calls < 10, `${calls} calls`);
});

test('a bounded race is the race', (t) => {
  const race = fixtureRace(FACTS, () => {}) as ActorRace;
  const bounded = requireActors(boundedRace(race));
  const config = bounded.configure('v', {});
  const mem = new Int32Array(64).fill(7);
  bounded.reset(mem, 3, config);
  t.is(mem[3], 0);
  t.deepEqual(bounded.role(1, 2, config), race.role(1, 2, config));
  t.is(bounded.instanceWords(config), race.instanceWords(config));
  t.is(bounded.symbol(0, config), 'word');
  t.is(expectedOutcome(bounded, 'v', {}), null);
  t.is(bounded.actors, race.actors);
});
