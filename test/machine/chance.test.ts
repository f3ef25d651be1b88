/**
 * Goal: what is drawn below a number is what is left of the sequence that a trial has drawn, so that replays find the same.
 * Method: two CPUs with the same first number; one draws the numbers, the other what is left of them.
 */
import test from 'ava';
import { chanceBelow, nextChance } from '../../lib/machine/chance.js';
import { CPU } from '../../lib/machine/layout.js';
import { boot } from './boot.js';

test('chanceBelow is nextChance, divided', (t) => {
  const [a, b] = boot().cpus;
  for (const cpu of [a, b]) cpu.mem[cpu.block + CPU.chance] = 12_345;
  for (const below of [2, 3, 8, 1, 7, 65_536]) t.is(chanceBelow(a, below), nextChance(b) % below);
});

test('chanceBelow refuses what it cannot draw', (t) => {
  const [cpu] = boot().cpus;
  for (const below of [0, -1, 1.5, 65_537, NaN])
    t.throws(() => chanceBelow(cpu, below), {
      instanceOf: RangeError,
      message: /a whole number from 1 to 65536 is needed/,
    });
});
