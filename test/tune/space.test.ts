// Goal: every step stays in what a run can be given. Method: many drawn and stepped points; shapes and processor time by example.

import test from 'ava';
import fc from 'fast-check';
import { SPINS } from '../../lib/tune/domains.js';
import { machineSeconds } from '../../lib/harness/host/machineTime.js';
import { Random } from '../../lib/tune/random.js';
import { shapesFor } from '../../lib/tune/shapes.js';
import { PARAMETERS, drawPoint, spaceOf } from '../../lib/tune/space.js';
import { START } from './madeUpHost.js';

test('points are ones that a run can have, and one actor waits for nothing', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 }), fc.integer({ min: 1, max: 600 }), (seed, roundMax) => {
      const random = new Random(seed);
      const space = spaceOf({ start: START, parameters: PARAMETERS, syncs: ['rendezvous'], roundMax });
      let point = drawPoint(space, random);
      if (Math.min(...Object.values(point.phases).map(({ min }) => min)) !== 0) return false;
      for (let i = 0; i < 30; i++) point = random.pick(space.dimensions).step(point, random);
      const ranges = [point.spin, ...Object.values(point.phases), ...Object.values(point.windows)];
      return (
        ranges.every(({ min, max }) => Number.isInteger(min) && Number.isInteger(max) && min >= 0 && max >= min) &&
        Number.isInteger(point.round) &&
        point.round >= 1
      );
    }),
  );
  t.pass();
});

test('a step from a range whose middle lies between two spins stays whole', (t) => {
  const random = new Random(1);
  for (let i = 0; i < 200; i++) {
    const { min, max } = SPINS.step({ min: 0, max: 63 }, random);
    t.true(Number.isInteger(min) && Number.isInteger(max), `${min}..${max}`);
  }
});

test('a mode is searched only where there are two', (t) => {
  const names = (syncs: ('rendezvous' | 'stride')[]): string[] =>
    spaceOf({ start: START, parameters: PARAMETERS, syncs, roundMax: 64 }).dimensions.map(({ name }) => name);
  t.false(names(['rendezvous']).includes('sync'));
  t.true(names(['rendezvous', 'stride']).includes('sync'));
});

test('shapes begin where the cores are used, and go beyond them', (t) => {
  const two = shapesFor(2, 2, () => true);
  t.deepEqual(two[0], { cpus: 2, machines: 1 });
  t.deepEqual(Math.max(...two.map(({ cpus, machines }) => cpus * machines)), 8);
  t.true(shapesFor(64, 2, () => true).some(({ cpus, machines }) => cpus === 2 && machines === 32));
  t.true(shapesFor(2, 3, (cpus) => cpus !== 4).every(({ cpus }) => cpus >= 3 && cpus !== 4));
});

test('a machine runs while all its CPUs do; CPUs that share cores add up', (t) => {
  t.is(machineSeconds([0.5, 0.2], 1, 2), 0.2);
  t.is(machineSeconds([0.5, 0.5, 0.5, 0.3], 1, 2), 0.9);
  t.is(machineSeconds([0.5, null], 1, 2), 1);
  t.is(machineSeconds([], 1, 2), 1);
});
