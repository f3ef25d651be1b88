/**
 * Goal: what is expected of a litmus test follows the architecture, its words lie where no two meet, and a test that is declared
 * wrong is refused. Method: a made-up test and the built-in ones, defined for several architectures.
 */
import test from 'ava';
import { defaultsOf } from '../../lib/cli/options/command.js';
import { racesToTune } from '../../lib/cli/tune/checkedFlags.js';
import { TUNE } from '../../lib/cli/tune/options.js';
import type { Evidence } from '../../lib/evidence/evidence.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { misfitOf } from '../../lib/harness/replay/evidenceClaims.js';
import { LockstepRun } from '../../lib/harness/replay/lockstepRun.js';
import { defineLitmus, type LitmusDefinition } from '../../lib/race/defineLitmus.js';
import { expectedOutcome } from '../../lib/race/expectation.js';
import { configOf, partsOf, requireActors, roleOf } from '../../lib/race/kinds.js';
import {
  RELAXED,
  SPREAD,
  SWEEP_TRIALS,
  gradeOf,
  memoryModelOf,
  outcomeOf,
  outcomesOf,
  placesAt,
  startAt,
  sweepWords,
  tallyAt,
  valuesOf,
  type HostedLitmus,
} from '../../lib/race/litmus.js';
import { RaceFault } from '../../lib/race/raceFault.js';

const nothing = (): void => {};
const SB: LitmusDefinition = {
  name: 'made-up',
  short: 'SB',
  question: 'q',
  source: 's',
  explain: 'e',
  locations: ['x', 'y'],
  registers: ['0:r0', '1:r0'],
  threads: [
    { program: ['x = 1', 'r0 = y'], plain: nothing, atomic: nothing },
    { program: ['y = 1', 'r0 = x'], plain: nothing, atomic: nothing },
  ],
  relaxed: [0, 0],
  plain: { tso: 'shows', weak: 'allowed' },
  about: {},
};

test('the architecture decides what is expected', (t) => {
  t.deepEqual(['x64', 'ia32', 'arm64', 'ppc64', 'never heard of'].map(memoryModelOf), [
    'tso',
    'tso',
    'weak',
    'weak',
    'weak',
  ]);
  const expected = (arch: string, variant: string): string | null =>
    expectedOutcome(defineLitmus(SB, arch), variant, {});
  t.is(expected('x64', 'plain'), RELAXED);
  t.is(expected('arm64', 'plain'), null);
  t.is(expected('x64', 'atomic'), null);
});

test('only the relaxed outcome is not acceptable: what it is then depends on the variant', (t) => {
  const { test: litmus } = defineLitmus(SB, 'x64');
  t.deepEqual(
    [0, 1, 2, 3].map((outcome) => gradeOf(litmus, 'plain', outcome)),
    ['interesting', 'acceptable', 'acceptable', 'acceptable'],
  );
  t.is(gradeOf(litmus, 'atomic', 0), 'forbidden');
});

test('an outcome and its values', (t) => {
  const four = { ...SB, registers: ['0:r0', '0:r1', '1:r0', '1:r1'], relaxed: [1, 0, 1, 0] };
  t.is(outcomesOf(four), 16);
  for (let outcome = 0; outcome < 16; outcome++) t.is(outcomeOf(valuesOf(four, outcome)), outcome);
  t.is(outcomeOf([1, 0, 1, 0]), 5);
});

test('no two words of a test are one', (t) => {
  const { locations, registers } = placesAt(SB, 100);
  const words = [...locations, ...registers].flatMap((at) =>
    Array.from({ length: SWEEP_TRIALS }, (_, i) => at + i * SPREAD),
  );
  for (const thread of [0, 1]) {
    for (let o = 0; o < outcomesOf(SB); o++) words.push(tallyAt(SB, 100, thread) + o);
    words.push(startAt(SB, 100, thread));
  }
  t.is(new Set(words).size, words.length);
  t.true(Math.min(...words) >= 100 && Math.max(...words) < 100 + sweepWords(SB));
});

test('a wrong declaration is refused by its field', (t) => {
  const [thread] = SB.threads;
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{ threads: SB.threads.slice(1) }, /^litmus race made-up: threads must be 2 to \d+, not 1$/],
    [{ threads: undefined }, /the definition lacks threads/],
    [{ threads: [thread, { ...thread, plain: 7 }] }, /threads\[1\]\.plain is 7, and must be a function/],
    [
      { threads: [thread, { ...thread, atomic: async () => {} }] },
      /the atomic program of thread 1 is an async function/,
    ],
    [{ threads: [thread, { ...thread, program: 'x = 1' }] }, /threads\[1\]\.program is "x = 1", and must be a list/],
    [{ thread: [] }, /unknown field "thread": did you mean threads\?/],
    [{ plain: { tso: 'shows' } }, /plain lacks weak/],
    [
      { plain: { tso: 'shows', weak: 'seldom' } },
      /plain\.weak is "seldom", and must be one of: forbidden, allowed, shows/,
    ],
    [{ question: 3 }, /question is 3, and must be a string/],
    [{ locations: ['x', 'x'] }, /locations\[1\] is "x", which is in the list already/],
    [{ locations: [] }, /locations/],
    [{ registers: ['0:a', '0:b', '1:a', '1:b', '1:c'] }, /registers must be 1 to 4/],
    [{ registers: ['0:r0', '2:r0'] }, /register 2:r0 must name its thread/],
    [{ relaxed: [0] }, /relaxed/],
    [{ relaxed: [0, 2] }, /relaxed/],
    [{ about: { '0 0 1': 'x' } }, /about "0 0 1"/],
    [{ name: 'Made Up' }, /kebab-case/],
  ];
  for (const [change, message] of wrong) t.throws(() => defineLitmus({ ...SB, ...change }), { message });
  t.throws(() => defineLitmus(null as never), {
    message: 'litmus race: the definition is null, and must be an object',
  });
});

test('a litmus race is a kind of its own: nothing of a race with actors stands in it', (t) => {
  const race = defineLitmus(SB, 'x64');
  const facts = [
    'name',
    'question',
    'mail',
    'commits',
    'explain',
    'group',
    'signatures',
    'knobs',
    'variants',
    'merged',
    'rows',
    'cpus',
  ];
  t.deepEqual(Object.keys(race).toSorted(), [...facts, 'kind', 'test'].toSorted());
  t.deepEqual(partsOf(race), { actors: ['P0', 'P1'], steps: [], windows: [], delays: {}, interrupts: [], lines: [] });
  t.deepEqual(roleOf(race, 1, 2, configOf(race, 'plain', {})), { actor: 'P1', comm: 'P1' });
  t.throws(() => requireActors(race), { instanceOf: RaceFault, message: /^race made-up: is a litmus race/ });
});

test('what works with actors alone refuses a litmus race by its name', async (t) => {
  const loaded = await loadRace(raceUrl('store-buffer')!);
  t.throws(() => LockstepRun.start({ loaded, variant: 'plain' }), { message: /^race store-buffer: is a litmus race/ });
  t.regex(
    misfitOf({ race: 'store-buffer' } as Evidence, loaded.race) ?? '',
    /a litmus race, of which nothing is recorded/,
  );
  const flags = { ...defaultsOf(TUNE), budget: 5000 };
  await t.throwsAsync(racesToTune(['store-buffer'], flags), {
    message: /^store-buffer: is a litmus race: .* to tune$/,
  });
});

/** The test of a built-in race. */
async function testOf(name: string): Promise<HostedLitmus> {
  const { race } = await loadRace(raceUrl(name)!);
  if (race.kind !== 'litmus') throw new Error(`${name} is no litmus race`);
  return race.test;
}

/** Whether some interleaving of the threads' programs, as they are shown to people, gives the values. */
function isSequential(programs: readonly (readonly string[])[], registers: readonly string[], wanted: string): boolean {
  const go = (at: readonly number[], words: Readonly<Record<string, number>>): boolean => {
    const ready = programs.map((_, p) => p).filter((p) => at[p] < programs[p].length);
    if (ready.length === 0) return registers.map((register) => words[register]).join(' ') === wanted;
    return ready.some((p) => {
      const [target, source] = programs[p][at[p]].split(' = ');
      const next = at.map((index, q) => (q === p ? index + 1 : index));
      const name = target.startsWith('r') ? `${p}:${target}` : target;
      return go(next, { ...words, [name]: source === '1' ? 1 : (words[source] ?? 0) });
    });
  };
  return go(
    programs.map(() => 0),
    {},
  );
}

for (const name of ['store-buffer', 'message-passing', 'load-buffer', 'iriw']) {
  test(`${name}: no interleaving of its programs gives the relaxed outcome, and one gives each other`, async (t) => {
    const litmus = await testOf(name);
    const programs = litmus.threads.map(({ program }) => program);
    for (let outcome = 0; outcome < outcomesOf(litmus); outcome++) {
      const wanted = valuesOf(litmus, outcome);
      const relaxed = outcome === outcomeOf(litmus.relaxed);
      t.is(isSequential(programs, litmus.registers, wanted.join(' ')), !relaxed, wanted.join(' '));
    }
  });

  test(`${name}: run one thread after the other, its sweeps do what its programs say`, async (t) => {
    const litmus = await testOf(name);
    const places = placesAt(litmus, 0);
    for (const variant of ['plain', 'atomic'] as const) {
      const mem = new Int32Array(new SharedArrayBuffer(4 * sweepWords(litmus))).fill(-1);
      for (const at of places.locations) mem.fill(0, at, at + SWEEP_TRIALS * SPREAD);
      const before = mem.slice();
      for (const thread of litmus.threads) thread[variant](mem, places, 3, 5);
      const words: Record<string, number> = {};
      litmus.threads.forEach(({ program }, p) => {
        for (const line of program) {
          const [target, source] = line.split(' = ');
          words[target.startsWith('r') ? `${p}:${target}` : target] = source === '1' ? 1 : (words[source] ?? 0);
        }
      });
      for (const i of [3, 4]) {
        litmus.locations.forEach((x, l) => (before[places.locations[l] + i * SPREAD] = words[x]));
        litmus.registers.forEach((r, k) => (before[places.registers[k] + i * SPREAD] = words[r]));
      }
      t.deepEqual(mem, before, variant);
    }
  });
}
