// Goal: a machine that stands still is noticed, one that starts slowly or has ended is not. Method: machines that are nothing
// but what the watch looks at, ticked by hand.

import test from 'ava';
import type { HostMachine } from '../../../lib/harness/host/machine.js';
import { ProgressWatch } from '../../../lib/harness/watch/progressWatch.js';

interface Figures {
  begun: boolean;
  ending: boolean;
  progress: number;
}

function machineOf(figures: Figures): HostMachine {
  const seen: Partial<HostMachine> = {
    hasBegun: () => figures.begun,
    isEnding: () => figures.ending,
    progressOf: () => figures.progress,
    map: { shape: { cpus: 2 } } as HostMachine['map'],
  };
  return seen as HostMachine;
}

test('a machine that stands still for the limit is stuck, one that moves is not', (t) => {
  const still: Figures = { begun: true, ending: false, progress: 1 };
  const moving: Figures = { begun: true, ending: false, progress: 1 };
  const watch = new ProgressWatch([machineOf(moving), machineOf(still)], 500, 100);
  const stuckMs = Array.from({ length: 6 }, () => {
    moving.progress++;
    return watch.stuckMs();
  });
  t.deepEqual(stuckMs, [0, 0, 0, 0, 0, 500]);
  still.progress++;
  t.is(watch.stuckMs(), 0);
});

test('a machine whose threads are being made has a minute, and then its whole limit', (t) => {
  const machine: Figures = { begun: false, ending: false, progress: 0 };
  const watch = new ProgressWatch([machineOf(machine)], 500, 100);
  for (let tick = 1; tick < 600; tick++) t.is(watch.stuckMs(), 0);
  machine.begun = true;
  for (let tick = 0; tick < 5; tick++) t.is(watch.stuckMs(), 0);
  t.is(watch.stuckMs(), 500);
  const never = new ProgressWatch([machineOf({ begun: false, ending: false, progress: 0 })], 500, 100);
  for (let tick = 1; tick < 600; tick++) never.stuckMs();
  t.is(never.stuckMs(), 60_000);
});

test('a machine that the host gives no processor has longer, but not for ever', (t) => {
  const still: Figures = { begun: true, ending: false, progress: 1 };
  const watch = new ProgressWatch([machineOf(still)], 500, 100, () => true);
  for (let tick = 1; tick <= 600; tick++) t.is(watch.stuckMs(), 0);
  t.is(watch.stuckMs(), 60_000);
});

test('a machine that has ended may stand still', (t) => {
  const watch = new ProgressWatch([machineOf({ begun: true, ending: true, progress: 1 })], 500, 100);
  for (let tick = 0; tick < 20; tick++) t.is(watch.stuckMs(), 0);
});
