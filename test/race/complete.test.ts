/**
 * Goal: a race of a name, a state, actors, variants and a check is whole; its check sees every failure and no other; what
 * configure() gets has the types that the knobs declare.
 * Method: the parts that are filled in; races that run for some trials, one of them in lockstep so that it must fail.
 */
import test from 'ava';
import { LockstepRun } from '../../lib/harness/replay/lockstepRun.js';
import type { LoadedRace } from '../../lib/harness/host/loadRace.js';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { knobsFor } from '../../lib/race/knobs.js';
import type { Race } from '../../lib/race/race.js';
import { LINE, choice, defineRace, flag, oneOf, struct, words } from '../../lib/sdk/index.js';
import { planOf } from '../stress/plan.js';
import { runRace } from '../harness/keptThreads.js';

const STATE = struct({ count: LINE, seen: words(2) });

test('what is left out has a value that is right for a small race', (t) => {
  const race = defineRace({
    name: 'small',
    state: STATE,
    variants: { buggy: { fails: 'lost', alsoFails: ['torn'] }, held: {}, fixed: {} },
    actors: { first() {}, second() {}, third() {} },
    check() {},
  });
  t.deepEqual(Object.keys(race.signatures), ['lost', 'torn']);
  t.is(race.merged, 'held');
  t.deepEqual(
    race.rows.map(({ name, variant }) => [name, variant]),
    [
      ['buggy', 'buggy'],
      ['held', 'held'],
      ['fixed', 'fixed'],
    ],
  );
  t.deepEqual(race.cpus, { min: 3, default: 3 });
  const config = race.configure('held', {});
  t.deepEqual({ ...config }, { variant: 'held' });
  t.deepEqual(
    [3, 4].map((cpu) => race.role(cpu, 5, config)),
    [
      { actor: 'first', comm: 'first/3' },
      { actor: 'second', comm: 'second/4' },
    ],
  );
  t.deepEqual(
    [0, 16, 17, 32].map((offset) => race.symbol(offset, config)),
    ['count', 'seen[0]', 'seen[1]', 'actors_returned'],
  );
  t.is(race.instanceWords(config), 48);
  const mem = new Int32Array(64).fill(7);
  race.reset(mem, 0, config);
  t.deepEqual([...mem.subarray(0, 48)], new Array<number>(48).fill(0));
  t.is(mem[48], 7, 'another instance may begin there');
});

test('init gives words their first values', (t) => {
  const race = defineRace({
    name: 'small',
    state: STATE,
    variants: { v: { fails: 'x' } },
    actors: { first() {} },
    init: (mem, at) => void (mem[at + STATE.seen] = 9),
  });
  const mem = new Int32Array(32).fill(7);
  race.reset(mem, 0, race.configure('v', {}));
  t.deepEqual([mem[0], mem[STATE.seen], mem[STATE.seen + 1]], [0, 9, 0]);
});

test('configure() gets knobs of the types that they declare', (t) => {
  interface Config {
    readonly split: boolean;
    readonly pages: number;
    readonly op: 'zap' | 'young';
    readonly plain: 'a' | 'b';
    readonly is: 'v' | 'w';
  }
  const race: Race<Config> = defineRace({
    name: 'typed',
    state: STATE,
    variants: { v: { fails: 'x' }, w: {} },
    knobs: {
      split: flag(true, 'a'),
      pages: oneOf([1, 2, 4], 'a', 2),
      op: choice(['zap', 'young'], 'a'),
      plain: { values: ['a', 'b'], default: 'b', about: 'a' },
    },
    configure: (variant, { split, pages, op, plain }): Config => ({ split, pages, op, plain, is: variant }),
    actors: { first() {} },
  });
  t.deepEqual(race.configure('v', {}), { split: true, pages: 2, op: 'zap', plain: 'b', is: 'v' });
  t.deepEqual(race.configure('w', { split: '0', pages: '4', op: 'young' }), {
    split: false,
    pages: 4,
    op: 'young',
    plain: 'b',
    is: 'w',
  });
  t.deepEqual(knobsFor(race, 'v', {}), { split: '1', pages: '2', op: 'zap', plain: 'b' });
});

const example = async (): Promise<LoadedRace> =>
  loadRace(new URL('../../../examples/01-lost-update.js', import.meta.url).href);

test('the smallest race fails where it must, and its check is called once in each trial that has not failed', async (t) => {
  const loaded = await example();
  const run = LockstepRun.start({ loaded, variant: 'buggy' });
  await run.step(0);
  await run.runUntil(1, 'end');
  await run.runUntil(0, 'end');
  const { signature, cpus } = await run.finish();
  t.is(signature, 'lost-update');
  const looks = cpus.map(({ records }) => records.filter(({ op }) => op === 'fetch_add').map(({ before }) => before));
  t.deepEqual(looks, [[1], [0]], 'CPU 0 returned last, and checked');
});

test('the smallest race in turn holds, fixed or not', async (t) => {
  const loaded = await example();
  for (const variant of ['buggy', 'atomic']) {
    const run = LockstepRun.start({ loaded, variant });
    await run.runUntil(0, 'end');
    await run.runUntil(1, 'end');
    t.is((await run.finish()).signature, null);
  }
});

test.serial('on real threads every trial is judged', async (t) => {
  const loaded = await example();
  const outcome = await runRace(loaded.race, planOf(loaded, { variant: 'atomic', trials: 2000 }));
  t.deepEqual([outcome.harnessError, outcome.trials, outcome.outcomes], [null, 2000, []]);
});

test('a race that declares its own signatures need not declare those of the machine that it fails as', (t) => {
  const race = defineRace({
    name: 'own',
    state: struct({ word: LINE }),
    variants: { buggy: { fails: 'deadlock', alsoFails: ['starvation'] }, torn: { fails: 'torn' }, fixed: {} },
    mutants: { m: { of: 'fixed', change: { breaks: true }, about: 'a', fails: 'orphaned-lock' } },
    signatures: { torn: 'half of it', livelock: 'meant' },
    configure: () => ({ breaks: false }),
    actors: { first() {} },
  });
  t.deepEqual(Object.keys(race.signatures).toSorted(), ['deadlock', 'livelock', 'orphaned-lock', 'starvation', 'torn']);
  t.is(race.signatures.livelock, 'meant');
  const usual = defineRace({
    name: 'usual',
    state: struct({ word: LINE }),
    variants: { buggy: { fails: 'torn' }, fixed: {} },
    mutants: { m: { of: 'fixed', change: { breaks: true }, about: 'a', fails: 'deadlock' } },
    configure: () => ({ breaks: false }),
    actors: { first() {} },
  });
  t.deepEqual(Object.keys(usual.signatures).toSorted(), ['deadlock', 'torn']);
  const { message } = t.throws(() =>
    defineRace({
      name: 'own',
      state: struct({ word: LINE }),
      variants: { buggy: { fails: 'tron' } },
      signatures: { torn: 'half of it' },
      actors: { first() {} },
    }),
  );
  t.is(message, 'race own: variant buggy fails as tron, which is no signature');
});
