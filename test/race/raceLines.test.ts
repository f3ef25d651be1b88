/**
 * Goal: a definition whose interrupt lines are wrong is refused with one line that names race, line, value and what is allowed.
 * Method: a race that is right but for one field.
 */
import test from 'ava';
import { defineRace } from '../../lib/sdk/index.js';
import { knobsUnder } from '../../lib/run/request.js';
import { partsOf } from '../../lib/race/kinds.js';
import { WORD, struct } from '../../lib/sdk/index.js';

function handler(): void {}

function raceWith(lines: unknown): ReturnType<typeof defineRace> {
  return defineRace({
    name: 'lined',
    state: struct({ word: WORD }),
    actors: { none() {} },
    variants: { buggy: { fails: 'never' }, fixed: {} },
    lines: lines as never,
  });
}

const WRONG: Readonly<Record<string, readonly [lines: unknown, message: string]>> = {
  'no table': [[], 'lines is a list, and must be an object'],
  'no kind': [{ timer: { handler } }, 'line timer lacks kind'],
  'no handler': [{ timer: { kind: 'nmi' } }, 'line timer lacks handler'],
  'unknown kind': [
    { timer: { kind: 'irq', handler } },
    'line timer: kind is "irq", and must be one of: hardirq, softirq, tasklet, nmi',
  ],
  'no function': [{ timer: { kind: 'nmi', handler: 1 } }, 'line timer: handler is 1, and must be a function'],
  'no name': [
    { timer: { kind: 'nmi', handler: (() => () => {})() } },
    'line timer: handler is a function without a name: reports show it',
  ],
  'a priority of a softirq': [
    { net: { kind: 'softirq', handler, priority: 2 } },
    'line net: priority is 2, and must be absent: the kind is softirq, and only a hardirq has it',
  ],
  'a priority out of range': [
    { disk: { kind: 'hardirq', handler, priority: 16 } },
    'line disk: priority is 16, and must be a whole number from 1 to 15',
  ],
  'a storm out of range': [
    { disk: { kind: 'hardirq', handler, storm: 1.5 } },
    'line disk: storm is 1.5, and must be a number from 0 to 1, or a function that returns one',
  ],
  'an unknown field': [
    { disk: { kind: 'hardirq', handler, prioritiy: 1 } },
    'line disk has an unknown field "prioritiy": did you mean priority?',
  ],
  'too many': [
    Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`line${i}`, { kind: 'nmi', handler }])),
    'lines has 17 names, at most 16 are allowed',
  ],
  'an asynchronous handler': [
    { timer: { kind: 'nmi', handler: async function late() {} } },
    'handler late is an async function: what stands behind an await never runs in a trial; actors, handlers, reset() and all that they call must be plain functions',
  ],
};

for (const [name, [lines, message]] of Object.entries(WRONG)) {
  test(`refused: ${name}`, (t) => {
    t.is(t.throws(() => raceWith(lines))?.message, `race lined: ${message}`);
  });
}

test('what a line leaves out gets its default, and a storm follows the configuration', (t) => {
  const race = raceWith({
    disk: { kind: 'hardirq', handler },
    timer: {
      kind: 'hardirq',
      handler,
      priority: 3,
      storm: (config: { variant: string }) => (config.variant === 'buggy' ? 0.5 : 2),
    },
  });
  const [disk, timer] = partsOf(race).lines;
  t.like(disk, { name: 'disk', priority: 1, kind: 'hardirq' });
  t.is(disk.storm({}), 0);
  t.is(timer.storm({ variant: 'buggy' }), 0.5);
  t.is(
    t.throws(() => timer.storm({ variant: 'fixed' }))?.message,
    'race lined: line timer: storm() returned 2: it must be a number from 0 to 1',
  );
});

test('a race with lines runs with a meeting before each trial, and not otherwise', (t) => {
  const race = raceWith({ disk: { kind: 'hardirq', handler } });
  t.deepEqual(knobsUnder(race, 'buggy', 'rendezvous', {}), {});
  for (const sync of ['stride', 'free'] as const)
    t.is(
      t.throws(() => knobsUnder(race, 'buggy', sync, {}))?.message,
      `--sync ${sync}: the interrupt lines of lined belong to a trial, so its CPUs meet before each: it only has --sync rendezvous`,
    );
});
