/**
 * Goal: a CPU that executes memory instructions until it is stopped never counts as one that waits.
 * Method: one CPU of a crowd on this thread, whose CPU 0 has always arrived already.
 */
import test from 'ava';
import { crowdMachine } from '../../lib/bench/crowdMachine.js';
import { WORKS } from '../../lib/bench/crowdWork.js';
import { benchRace } from '../../lib/bench/benchRace.js';
import { loadInstructions } from '../../lib/harness/host/loadInstructions.js';
import { instanceAt } from '../../lib/machine/cpu.js';
import { LOOP_READS } from '../../lib/machine/readLoop.js';
import { bootCpu } from '../../lib/race/bootMachine.js';
import { allocateMemory } from '../../lib/sharedarraybuffer-utils/index.js';

test('who looks until CPU 0 has arrived is in no loop of reads', (t) => {
  const map = crowdMachine(2);
  const cpu = bootCpu(benchRace, null, {
    memory: allocateMemory(map.words),
    instructions: loadInstructions(),
    map,
    id: 1,
    machine: 0,
    budget: { min: 1, max: 1, parkMsMax: 1 },
    recording: true,
    lockdep: false,
    hostStartMs: 0,
  });
  cpu.instance = instanceAt(map, 0);
  const look = WORKS['shoot-running'](cpu);
  const tally = { done: 0, handovers: 0, meeting: 0 };
  for (; cpu.ring.written < 2 * LOOP_READS; tally.meeting++) {
    Atomics.store(cpu.mem, map.progress, tally.meeting + 1);
    look(tally);
  }
  t.false(cpu.loop.isFollowed);
});
