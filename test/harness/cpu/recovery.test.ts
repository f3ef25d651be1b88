/**
 * Goal: what a failed trial leaves behind is brought back by the CPU that it belongs to, and the trial is counted once.
 * Method: two CPUs of one thread recover one after the other; each finds the other at the meeting already.
 */
import test from 'ava';
import { Counters, LINE_WORDS } from '../../../lib/sharedarraybuffer-utils/index.js';
import { COUNTER, HEADER, MACHINE } from '../../../lib/machine/layout.js';
import { fail } from '../../../lib/machine/outcome.js';
import { recover } from '../../../lib/harness/cpu/recovery.js';
import { boot } from '../../machine/boot.js';

const MEETING = 5;

for (const failing of [0, 1])
  for (const order of [
    [0, 1],
    [1, 0],
  ])
    test(`a trial that CPU ${failing} has failed is no near miss, CPU ${order[0]} recovering first`, (t) => {
      const { cpus, mem, map, at } = boot();
      for (const c of [0, 1]) mem[map.progress + c * LINE_WORDS] = MEETING;
      mem[at - HEADER.WORDS + HEADER.near] = 1;
      fail(cpus[failing], 'bang', 'a failure');
      const outcome = mem[cpus[0].outcome];
      for (const c of order) recover(cpus[c], outcome, MEETING, undefined);
      t.is(mem[at - HEADER.WORDS + HEADER.near], 0);
      t.is(mem[cpus[0].outcome], 0);
      t.is(new Counters(mem, map.counters).read(COUNTER.failures), 1);
    });

test('the host that wants the end is heard behind the next trial that fails', (t) => {
  const { cpus, mem, map } = boot();
  const over = map.machine + MACHINE.roundOver;
  for (const stop of [0, 1, 1]) {
    for (const c of [0, 1]) mem[map.progress + c * LINE_WORDS] = MEETING;
    mem[map.machine + MACHINE.stop] = stop;
    fail(cpus[1], 'bang', 'a failure');
    recover(cpus[0], mem[cpus[0].outcome], MEETING, undefined);
    t.is(mem[over], stop);
  }
});
