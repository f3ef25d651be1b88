/**
 * Goal: the delays of a trial depend on its seed, its number and its CPU alone, whichever windows open in it.
 * Method: trials are begun on one CPU of one thread; the delays that are drawn are compared with the streams of draws.ts.
 */
import test from 'ava';
import { beginTrial, drawDelays, type TrialWork } from '../../../lib/harness/cpu/trial.js';
import { windowStream } from '../../../lib/harness/draws.js';
import { CPU } from '../../../lib/machine/layout.js';
import { drawBetween } from '../../../lib/machine/random.js';
import { raceWindow } from '../../../lib/machine/windows.js';
import { boot } from '../../machine/boot.js';

test('a window that opens has the delay that the trial draws for it, again in the next trial', (t) => {
  const { cpus, mem, at } = boot();
  const cpu = cpus[1];
  const windows = [
    { min: 3, max: 3 },
    { min: 0, max: 1000 },
  ];
  const work: TrialWork = {
    cpu,
    who: 'test',
    actor: () => {},
    config: null,
    sampler: null,
    seed: 5,
    promises: { place: null, forget: () => {} },
    phase: { min: 0, max: 0 },
    windows,
  };
  drawDelays(work);
  const delays = cpu.block + CPU.delays;
  for (const trial of [7, 8]) {
    beginTrial(work, trial, trial, at);
    raceWindow(cpu, 1);
    raceWindow(cpu, 0);
    t.deepEqual([mem[delays], mem[delays + 1]], [3, drawBetween(5, windowStream(0, 1, 1), trial, 0, 1000)]);
  }
});
