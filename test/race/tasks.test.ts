/**
 * Goal: each CPU of a race with tasks has a task of its own at first, on which it may run; what cannot be so is refused in one line
 * when the race is defined.
 * Method: definitions, and the places of their actors.
 */
import test, { type ExecutionContext } from 'ava';
import { allowedCpus, placedActors, placesOf } from '../../lib/race/tasks.js';
import { WORD, defineRace, struct, type RaceDefinition, type VerifyRow } from '../../lib/sdk/index.js';

type Fields = Partial<RaceDefinition<{ any: object }, never, unknown>>;

const raceOf = (fields: Fields & Record<string, unknown>) =>
  defineRace({
    name: 'tasked',
    state: struct({ word: WORD }),
    variants: { any: {} },
    signatures: { wrong: 'something' },
    actors: { a: () => {}, b: () => {}, c: () => {} },
    ...fields,
  });

const refused = (t: ExecutionContext, fields: Record<string, unknown>, message: string): void => {
  t.throws(() => raceOf(fields), { message: `race tasked: ${message}` });
};

test('each actor is one task, and begins on a CPU that it may run on', (t) => {
  const race = raceOf({ tasks: { a: 1, c: 0 } });
  t.deepEqual(race.cpus, { min: 2, default: 2, max: 3 });
  t.is(placesOf(race, 2), 3);
  const roles = [0, 1, 2].map((place) => race.role(place, 2, {}).actor);
  t.deepEqual(roles, ['c', 'a', 'b']);
  t.deepEqual(
    [0, 1, 2].map((place) => allowedCpus(race, place, 2)),
    [0b01, 0b10, -1],
  );
});

test('a race without tasks has a thread for each CPU', (t) => {
  const race = raceOf({});
  t.is(placesOf(race, 5), 5);
  t.is(allowedCpus(race, 4, 5), -1);
});

test('tasks that may run anywhere: one CPU is enough, and two are usual', (t) => {
  t.deepEqual(raceOf({ tasks: {} }).cpus, { min: 1, default: 2, max: 3 });
  t.deepEqual(raceOf({ tasks: {}, cpus: { min: 1, default: 1 } }).cpus, { min: 1, default: 1, max: 3 });
  t.deepEqual(placedActors(['a', 'b', 'c'], { b: 'any' }, 1), ['a', 'b', 'c']);
});

test('all tasks on one CPU: the machine has no more', (t) => {
  t.deepEqual(raceOf({ tasks: { a: 0, b: 0, c: 0 } }).cpus, { min: 1, default: 1, max: 1 });
});

test('what is no placement of tasks', (t) => {
  refused(t, { tasks: [] }, "tasks is a list, and must be an object: { waker: 0, sleeper: 'any' }");
  refused(t, { tasks: { d: 0 } }, 'tasks: d is no actor (known: a, b, c)');
  for (const on of [-1, 1.5, 32, 'all'])
    refused(
      t,
      { tasks: { a: on } },
      `tasks: a is ${typeof on === 'string' ? `"${on}"` : on}, and must be the number of a CPU, from 0 to 31, or 'any'`,
    );
});

test('a CPU without a task that may run on it', (t) => {
  refused(t, { tasks: { a: 3, b: 3 } }, 'tasks: one stays on CPU 3, and only 2 CPUs have a task that may run on them');
  const cpus = (count: number) => ({ min: 2, default: count });
  refused(
    t,
    { tasks: { a: 1, b: 1 }, cpus: cpus(3) },
    'cpus.default is 3, and must be from 2 to 2: each CPU needs a task that may run on it',
  );
  refused(
    t,
    { tasks: { a: 1 }, cpus: { min: 1, default: 2 } },
    'cpus.min is 1, and must be from 2 to 3: each CPU needs a task that may run on it',
  );
});

test('what tasks do not go with', (t) => {
  refused(
    t,
    { tasks: {}, role: () => ({ actor: 'a', comm: 'a' }) },
    'role goes without tasks: each actor is one task, which begins where tasks says',
  );
  refused(
    t,
    { tasks: {}, free: { knobs: {}, allowed: [{}] } },
    'free goes without tasks: a task begins and ends with its trial',
  );
  const rows: VerifyRow[] = [{ name: 'one', variant: 'any', sync: 'stride' }];
  refused(
    t,
    { tasks: {}, rows },
    'row "one": sync is stride, and a race with tasks only has rendezvous: they begin and end with a trial',
  );
});
