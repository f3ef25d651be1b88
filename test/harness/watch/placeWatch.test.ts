/**
 * Goal: a thread that loops or sleeps in the race's code outside a trial is found, wherever it is; one that comes there again and
 * again, that gets no processor there, or waits for the disk while it loads, is not.
 * Method: the words of a machine's threads, written by hand, on a host that the test makes up.
 */
import test from 'ava';
import { PlaceWatch } from '../../../lib/harness/watch/placeWatch.js';
import { PLACE, Whereabouts } from '../../../lib/harness/places.js';
import { boot } from '../../machine/boot.js';
import { MadeUpHost } from '../madeUpHost.js';

const TICK_MS = 50;
const CPUS = 4;

function stage(): {
  watch: PlaceWatch;
  host: MadeUpHost;
  threads: Whereabouts[];
  runs: (ms: number, busy?: number) => boolean;
} {
  const { mem, map, cpus } = boot({ cpus: CPUS });
  const host = new MadeUpHost(mem, map.progress, CPUS);
  const watch = new PlaceWatch({ mem, map }, TICK_MS, host);
  const threads = cpus.map(({ progress }) => new Whereabouts(mem, progress));
  watch.tick();
  const runs = (ms: number, busy = 0): boolean => {
    for (let passed = 0; passed < ms; passed += TICK_MS) {
      host.pass(TICK_MS, busy);
      if (watch.tick()) return true;
    }
    return false;
  };
  return { watch, host, threads, runs };
}

for (const place of [PLACE.CONFIGURING, PLACE.RESETTING, PLACE.RECOVERING, PLACE.CATCHING]) {
  for (const wants of [0, Infinity]) {
    test(`a thread that stays at place ${place} is found, ${wants === 0 ? 'asleep' : 'awake'}`, (t) => {
      const { watch, host, threads, runs } = stage();
      threads[2].enter(place);
      host.threads[2].wants = wants;
      t.false(runs(900));
      t.true(runs(200));
      const { thread, threadId, place: where } = watch.longest ?? {};
      t.deepEqual([thread, threadId, where], [2, 3, place]);
    });
  }
}

test('a thread that loads is found when it has had the processor', (t) => {
  const { watch, host, threads, runs } = stage();
  threads[0].enter(PLACE.LOADING);
  host.threads[0].wants = Infinity;
  t.false(runs(1900));
  t.true(runs(200));
  t.is(watch.longest?.mostMs, 2000);
});

test('a thread that sleeps while it loads is found, but not while others who load run: they may share what reads their files', (t) => {
  const { watch, host, threads, runs } = stage();
  for (const thread of threads.slice(0, 2)) thread.enter(PLACE.LOADING);
  for (let round = 0; round < 150; round++) {
    host.threads[1].wants = 8;
    t.false(runs(TICK_MS));
  }
  threads[1].leave();
  t.false(runs(3900));
  t.true(runs(200));
  t.deepEqual([watch.longest?.thread, watch.longest?.mostMs], [0, 4000]);
});

test('a thread that comes there again and again is not found, nor one that has left', (t) => {
  const { watch, host, threads, runs } = stage();
  host.threads[1].wants = Infinity;
  for (let round = 0; round < 60; round++) {
    threads[1].enter(PLACE.RESETTING);
    t.false(runs(TICK_MS));
  }
  threads[1].leave();
  t.false(runs(3000));
  t.is(watch.longest, null);
});

test('a thread that gets no processor there is not found', (t) => {
  const { host, threads, runs } = stage();
  threads[0].enter(PLACE.RESETTING);
  host.threads[0].wants = 500;
  t.false(runs(5000, 2));
});
