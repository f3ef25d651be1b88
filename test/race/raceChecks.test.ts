/**
 * Goal: whatever is wrong with a race's declaration is told in one line that names race, field, what was found and what is allowed.
 * Method: a sound race with one mistake after the other, and the line that each gets.
 */
import test from 'ava';
import { SIGNATURES_MAX, WINDOWS_MAX } from '../../lib/machine/layout.js';
import { instanceWordsMax } from '../../lib/machine/map.js';
import { HANGS, signaturesOf } from '../../lib/machine/signatures.js';
import { machineFor } from '../../lib/race/bootMachine.js';
import { defineRace } from '../../lib/race/defineRace.js';
import type { ActorRace } from '../../lib/race/race.js';
import { LINE, struct } from '../../lib/sharedarraybuffer-utils/index.js';
import { RaceFault } from '../../lib/race/raceFault.js';
import pgdLock from '../../stress/pgd-lock/race.js';
import { fixtureRace } from '../fixtures/fixtureRace.js';

const variant = { about: 'v', source: 'tests', expects: [{}] };
const sound = fixtureRace({ name: 'sound', signatures: {}, merged: 'v', variants: { v: variant } }, () => {});
const knob = { values: ['small', 'large'], default: 'small', about: 'a' };
const row = { name: 'r', variant: 'v' };
const state = struct({ count: LINE });
const STATE_FIELD = 'state: struct({ count: LINE })';

/** What defineRace() says of a definition. */
function said(definition: unknown): string {
  try {
    defineRace(definition as ActorRace);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'nothing';
}

const withVariant = (part: object): object => ({ variants: { v: { ...variant, ...part } } });
const withKnob = (part: object): object => ({ knobs: { size: { ...knob, ...part } } });
const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `n${i}`);
const table = (n: number): object => Object.fromEntries(names(n).map((name) => [name, 'about']));
const OWN = signaturesOf([]).length;
/** As many as a race can declare. */
const SIGNATURES = SIGNATURES_MAX - OWN;
const TOO_MANY = `signatures has ${SIGNATURES + 1} names, at most ${SIGNATURES} are allowed beside the machine's ${OWN}`;
const inherited: unknown = Object.create({ first() {} });
const own = (name: string, value: unknown): object => Object.fromEntries([[name, value]]);

const MISTAKES: readonly (readonly [part: object, says: string])[] = [
  [{ name: 7 }, 'name is 7, and must be a string'],
  [{ windws: [] }, 'the definition has an unknown field "windws": did you mean windows?'],
  [{ actors: undefined, variants: undefined }, 'the definition lacks actors, variants'],
  [{ reset: undefined }, `the definition lacks reset, or in its place ${STATE_FIELD}`],
  [{ instanceWords: undefined, reset: undefined, symbol: undefined }, `the definition lacks ${STATE_FIELD}`],
  [{ state: { count: 0 } }, `state is an object, and must be made by struct(): ${STATE_FIELD}`],
  [{ init() {} }, 'init goes with the usual reset: give one of the two'],
  [{ check() {} }, 'check goes with state and init: this race has its own instanceWords'],
  [{ check() {}, instanceWords: undefined, state }, 'check goes with state and init: this race has its own reset'],
  [
    { check() {}, instanceWords: undefined, reset: undefined, state, free: { knobs: {}, allowed: [{}] } },
    'check looks at an instance when all actors have returned, which never happens in free mode: remove free',
  ],
  [
    { signatures: undefined },
    'nothing is checked: it has no check(), no signatures that its actors fail() with, and no variant that fails',
  ],
  [{ question: 1 }, 'question is 1, and must be a string'],
  [{ commits: 'abc' }, 'commits is "abc", and must be a list'],
  [{ commits: [1] }, 'commits[0] is 1, and must be a string'],
  [{ explain: ['text'] }, 'explain is a list, and must be a string'],
  [{ report: 'text' }, 'report is "text", and must be a function'],
  [{ recover: {} }, 'recover is an object, and must be a function'],
  [{ steps: 'A1' }, 'steps is "A1", and must be a list'],
  [{ steps: ['A1', 'A1'] }, 'steps[1] is "A1", which is in the list already'],
  [{ steps: [undefined] }, 'steps[0] is undefined, and must be a string'],
  [{ steps: ['A\u001B'] }, String.raw`steps[0] is "A\u001b": it must be visible characters`],
  [{ windows: ['W_HERE', 'W_HERE'] }, 'windows[1] is "W_HERE", which is in the list already'],
  [{ windows: names(WINDOWS_MAX + 1) }, 'windows has 9 names, at most 8 are allowed'],
  [{ signatures: { clean: 'a' } }, 'signature clean: the name is reserved for the table of outcomes'],
  [{ signatures: { unexpected: 'a' } }, 'signature unexpected: the name is reserved for the table of outcomes'],
  [
    { signatures: { 'a/b': 'a' } },
    String.raw`a name in signatures is "a/b": it must be visible characters without "/" and "\"`,
  ],
  [{ signatures: { lost: 1 } }, 'signature lost is 1, and must be a string'],
  [{ signatures: table(SIGNATURES + 1) }, TOO_MANY],
  [
    {
      signatures: undefined,
      variants: { v: { ...variant, expects: [{ fails: 'n0', alsoFails: names(SIGNATURES + 1) }] } },
    },
    TOO_MANY,
  ],
  [{ signatures: table(SIGNATURES), hotplug: { ipi: 'refused', at: 0 } }, TOO_MANY],
  [
    { knobs: { 'a b': knob } },
    'a name in knobs is "a b": it must be letters, digits, "_", "$" and "-", a letter first',
  ],
  [withKnob({ values: [] }), 'knob size: values is empty, and must name one value or more'],
  [withKnob({ values: ['small', ''] }), 'knob size: values[1] is "", and must be a string of visible characters'],
  [withKnob({ values: ['small', 'small'] }), 'knob size: values[1] is "small", which is in the list already'],
  [withKnob({ default: 'huge' }), 'knob size: its default huge is none of its values'],
  [withKnob({ abuot: 'a' }), 'knob size has an unknown field "abuot": did you mean about?'],
  [{ variants: {} }, 'variants is empty, and must have one variant or more'],
  [{ variants: [] }, 'variants is a list, and must be an object'],
  [{ variants: { v: null } }, 'variant v is null, and must be an object'],
  [withKnob({ kind: 'bool' }), 'knob size: kind is "bool", and must be one of: choice, flag, number'],
  [{ knobs: { variant: knob } }, 'knob variant: configure() gets the variant under this name'],
  [withVariant({ source: 1 }), 'variant v: source is 1, and must be a string'],
  [withVariant({ fails: 'x' }), 'variant v has fails and expects: fails belongs into the entries of expects'],
  [{ variants: { v: { fails: 3 } } }, 'variant v.fails is 3, and must be a string'],
  [{ variants: { v: { fials: 'x' } } }, 'variant v has an unknown field "fials": did you mean fails?'],
  [withVariant({ about: 3 }), 'variant v: about is 3, and must be a string'],
  [withVariant({ expects: {} }), 'variant v: expects is an object, and must be a list'],
  [withVariant({ expects: [] }), 'variant v: expects is empty; what always holds is [{}]'],
  [withVariant({ expects: [{ fail: 'x' }] }), 'variant v: expects[0] has an unknown field "fail": did you mean fails?'],
  [withVariant({ expects: [{ fails: 'toString' }] }), 'variant v fails as toString, which is no signature'],
  [withVariant({ needs: { toString: 'x' } }), 'variant v: toString=x is no knob value'],
  [withVariant({ needs: 'size=small' }), 'variant v: needs is "size=small", and must be an object'],
  [withVariant({ expects: [{ twin: { variant: 'valueOf' } }] }), 'variant v: its twin valueOf is no variant'],
  [{ merged: 'toString' }, 'merged names no variant: toString'],
  [{ actors: {} }, 'actors is empty, and must have one actor or more'],
  [{ actors: { first: 1 } }, 'actor first is 1, and must be a function'],
  [{ actors: inherited }, 'actors must be a plain object; this one has another prototype'],
  ...['__proto__', 'constructor', 'prototype', 'toString'].flatMap((name): [object, string][] => [
    [{ actors: own(name, () => {}) }, `a name in actors is "${name}", a name that JavaScript has taken`],
    [{ variants: own(name, variant) }, `a name in variants is "${name}", a name that JavaScript has taken`],
    [{ knobs: own(name, knob) }, `a name in knobs is "${name}", a name that JavaScript has taken`],
    [{ signatures: own(name, 'a') }, `a name in signatures is "${name}", a name that JavaScript has taken`],
    [{ steps: [name] }, `steps[0] is "${name}", a name that JavaScript has taken`],
    [{ windows: [name] }, `windows[0] is "${name}", a name that JavaScript has taken`],
  ]),
  [{ interrupts: [1] }, 'interrupts[0] is 1, and must be a function'],
  [{ interrupts: [() => {}] }, 'interrupts[0] is a function without a name: reports show it'],
  [{ interrupts: [said, said] }, 'interrupts[1] is said, which is in the list already'],
  [{ cpus: 2 }, 'cpus is 2, and must be an object'],
  [{ cpus: { min: 2 } }, 'cpus lacks default'],
  [{ cpus: { min: 0, default: 2 } }, 'cpus.min is 0, and must be a whole number from 1 to 64'],
  [{ cpus: { min: 1, default: 1.5 } }, 'cpus.default is 1.5, and must be a whole number from 1 to 64'],
  [{ cpus: { min: 1, default: 2, max: 65 } }, 'cpus.max is 65, and must be a whole number from 1 to 64'],
  [{ cpus: { min: 3, default: 2, max: 4 } }, 'cpus is min 3, default 2, max 4: min <= default <= max must hold'],
  [{ phases: { third: { min: 0, max: 1 } } }, 'phases third: actors has no such name (known: first, second)'],
  [{ delays: { W_THERE: { min: 0, max: 1 } } }, 'delays W_THERE: windows has no such name (known: W_HERE)'],
  [{ phases: { first: { min: 0 } } }, 'phases first lacks max'],
  [
    { phases: { first: { min: -1, max: 1 } } },
    'phases first: min is -1, and must be a whole number from 0 to 2147483647',
  ],
  [{ delays: { W_HERE: { min: 2, max: 1 } } }, 'delays W_HERE: min 2 is more than max 1'],
  [{ rows: {} }, 'rows is an object: rows must be a list, empty if the race is no part of verify'],
  [{ rows: [{ name: 'r' }] }, 'rows[0] lacks variant'],
  [{ rows: [{ ...row, cpus: 2.5 }] }, 'rows[0].cpus is 2.5, and must be a whole number from 1 to 64'],
  [{ rows: [{ ...row, sync: 'none' }] }, 'rows[0].sync is "none", and must be one of: rendezvous, stride, free'],
  [{ rows: [{ ...row, memory: 'arm' }] }, 'rows[0].memory is "arm", and must be sc or tso'],
  [withVariant({ expects: [{ memory: 'x86' }] }), 'variant v: expects[0].memory is "x86", and must be sc or tso'],
  [{ rows: [{ ...row, variant: 'toString' }] }, 'row "r": toString is no variant'],
  [{ free: { knobs: {} } }, 'free lacks allowed'],
  [{ free: { knobs: {}, allowed: [] } }, 'free.allowed is empty: no knobs would be allowed; any are by [{}]'],
  [{ failsAtLeast: '1e-4' }, 'failsAtLeast is "1e-4", and must be a number between 0 and 1'],
  [{ failsAtLeast: 1 }, 'failsAtLeast 1: must be between 0 and 1'],
];

test('each mistake gets its line', (t) => {
  for (const [part, says] of MISTAKES)
    t.is(said({ ...sound, ...part }), `race${'name' in part ? '' : ' sound'}: ${says}`);
});

test('what is no definition, and a definition without most of its fields', (t) => {
  for (const [found, words] of [
    [undefined, 'undefined'],
    [null, 'null'],
    [[], 'a list'],
    ['race', '"race"'],
  ] as const)
    t.is(said(found), `race: the definition is ${words}, and must be an object`);
  t.is(said({ name: 'missing' }), 'race missing: the definition lacks actors, variants');
  t.is(said({ ...sound, name: 'x'.repeat(65) }).split(': it has ')[1], '65 characters, at most 64 are allowed');
});

test("what is at a limit, and the machine's own signatures, are taken", (t) => {
  t.is(said({ ...sound, windows: names(WINDOWS_MAX) }), 'nothing');
  t.is(said({ ...sound, signatures: table(SIGNATURES) }), 'nothing');
  t.is(said({ ...sound, signatures: Object.fromEntries(HANGS.map((hang) => [hang, 'meant'])) }), 'nothing');
  t.is(said({ ...sound, cpus: { min: 64, default: 64, max: 64 } }), 'nothing');
});

test('an instance must fit into the machine', (t) => {
  const order = { cpus: 2, instances: 64, orderTurns: 0 };
  const config = { variant: 'v', begun: { trials: 0 } };
  const raceOf = (words: number): typeof sound => defineRace({ ...sound, instanceWords: () => words });
  for (const words of [NaN, -64, 0, 1.5, 2 ** 28, Infinity])
    t.throws(() => raceOf(words).instanceWords(config), {
      instanceOf: RaceFault,
      message: `race sound: instanceWords() returned ${words}: it must be a whole number from 1 to ${instanceWordsMax(1)}, what fits into a machine of 1 CPU`,
    });
  const max = instanceWordsMax(64);
  t.notThrows(() => machineFor(raceOf(max), config, { ...order, cpus: 64 }));
  t.throws(() => machineFor(raceOf(max + 1), config, { ...order, cpus: 64 }), {
    instanceOf: RaceFault,
    message: `race sound: instanceWords() returned ${max + 1}: it must be a whole number from 1 to ${max}, what fits into a machine of 64 CPUs`,
  });
});

test('a variant with an rwlock is told how many CPUs that serves', (t) => {
  const rwlock = pgdLock.configure('rwlock', {});
  t.is(typeof pgdLock.role(31, 32, rwlock).actor, 'string');
  t.throws(() => pgdLock.role(0, 33, rwlock), {
    instanceOf: RaceFault,
    message: 'race pgd-lock: variant rwlock can have 32 CPUs at most, not 33',
  });
});
