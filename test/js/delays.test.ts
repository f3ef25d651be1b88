/**
 * Goal: delays come at each operation of a trial, at several of one trial as well, and in some trials nowhere: so that an order is met in
 * which threads stand at places of their own. In a replay nothing is delayed.
 * Method: trials of one thread, counted down as the seam does; no time passes.
 */
import test from 'ava';
import { Delays } from '../../lib/js/delays.js';
import { CPU } from '../../lib/machine/layout.js';
import type { Cpu } from '../../lib/machine/cpu.js';
import { boot } from '../machine/boot.js';

const OPERATIONS = 24;
const TRIALS = 4000;

/** Returns the operations that are delayed, by trial. */
function delayedIn(cpu: Cpu, trials: number): number[][] {
  cpu.drawDelay = () => 0;
  const delays = new Delays(cpu);
  let left = -1;
  return Array.from({ length: trials }, (_, trial) => {
    cpu.mem[cpu.block + CPU.chance] = Math.imul(trial + 1, 0x9e3779b1);
    const delayed: number[] = [];
    left = delays.begin(left);
    for (let k = 0; k < OPERATIONS; k++) {
      if (--left !== 0) continue;
      delayed.push(k);
      left = delays.pass();
    }
    return delayed;
  });
}

test('none, about one, or many: each operation is delayed, and every two of one trial', (t) => {
  const [cpu] = boot({ cpus: 1 }).cpus;
  const trials = delayedIn(cpu, TRIALS).slice(TRIALS / 8);
  const share = (is: (delayed: readonly number[]) => boolean): number => trials.filter(is).length / trials.length;
  for (const [name, found] of Object.entries({
    none: share(({ length }) => length === 0),
    few: share(({ length }) => length >= 1 && length <= 3),
    many: share(({ length }) => length > 3),
  }))
    t.true(found > 0.15 && found < 0.7, `${name}: ${found}`);
  for (let a = 0; a < OPERATIONS; a++)
    for (let b = a + 1; b < OPERATIONS; b++)
      t.true(
        trials.some((delayed) => delayed.includes(a) && delayed.includes(b)),
        `${a} and ${b}`,
      );
});

test('in a replay nothing is delayed', (t) => {
  const [cpu] = boot({ cpus: 1 }).cpus;
  cpu.lockstep = { boundary() {}, finish() {} };
  t.true(delayedIn(cpu, 100).every(({ length }) => length === 0));
});
