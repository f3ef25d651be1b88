/**
 * Goal: windows lie open for as long as suits the race while every CPU has a core, and long enough for a sleeping CPU to be
 * woken where they share cores.
 * Method: the delays of a race by what runs on how many cores.
 */
import test from 'ava';
import { usualDelay } from '../../lib/harness/plan.js';

const race = { delays: { W_A: { min: 100, max: 300 } } };

test('a core for each CPU: what suits the race', (t) => {
  t.deepEqual(usualDelay(race, 'W_A', { places: 2, machines: 2, cores: 4, bindCores: true }), { min: 100, max: 300 });
  t.deepEqual(usualDelay(race, 'W_B', { places: 2, machines: 1, cores: 2, bindCores: true }), { min: 0, max: 0 });
});

test('CPUs that take turns on cores: longer with each that shares one, up to a hundred times', (t) => {
  const at = (places: number) => usualDelay(race, 'W_A', { places, machines: 1, cores: 2, bindCores: true });
  t.deepEqual(at(4), { min: 1600, max: 4800 });
  t.deepEqual(at(8), { min: 3200, max: 9600 });
  t.deepEqual(at(64), { min: 10_000, max: 30_000 });
});

test('other threads that share cores: a hundred times as long, of all machines together', (t) => {
  t.deepEqual(usualDelay(race, 'W_A', { places: 3, machines: 1, cores: 2, bindCores: false }), {
    min: 10_000,
    max: 30_000,
  });
  t.deepEqual(usualDelay(race, 'W_A', { places: 2, machines: 2, cores: 3, bindCores: true }), {
    min: 10_000,
    max: 30_000,
  });
  t.deepEqual(usualDelay(race, 'W_B', { places: 64, machines: 1, cores: 2, bindCores: true }), { min: 0, max: 0 });
});
