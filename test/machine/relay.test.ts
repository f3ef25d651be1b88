/**
 * Goal: where CPUs share cores, each core has one thread awake, and none that can go on is left asleep.
 * Method: one thread plays five CPUs on two cores, 0 2 4 and 1 3, whose sleep it writes down itself. Real threads, whose
 * sleeps only a bell can end, are in test/kernel/smp.torture.race.test.ts.
 */
import test from 'ava';
import { partyOf, type Cpu } from '../../lib/machine/cpu.js';
import { CPU, MACHINE } from '../../lib/machine/layout.js';
import { meet } from '../../lib/machine/meeting.js';
import type { Relay } from '../../lib/machine/relay.js';
import { raceWindow } from '../../lib/machine/windows.js';
import { PARKED, PARTY } from '../../lib/sharedarraybuffer-utils/index.js';
import { boot } from './boot.js';

interface Stage {
  readonly cpus: readonly Cpu[];
  /** The CPU sleeps in the meeting, or for a lock without one. */
  sleep(id: number, meeting?: number): void;
  /** The CPUs that have been woken since this was asked last. */
  woken(): number[];
}

function stage(): Stage {
  const { cpus, mem, map } = boot({ cpus: 5, sharedCores: 2 });
  const rung = cpus.map(() => 0);
  return {
    cpus,
    sleep(id, meeting) {
      mem[partyOf(map, id) + PARTY.parked] = meeting === undefined ? PARKED.ALONE : PARKED.IN_RELAY;
      mem[partyOf(map, id) + PARTY.awaited] = meeting ?? 0;
    },
    woken() {
      return cpus.flatMap(({ id }) => {
        const bell = mem[partyOf(map, id) + PARTY.bell];
        const isNew = bell !== rung[id];
        rung[id] = bell;
        return isNew ? [id] : [];
      });
    },
  };
}

function relayOf({ cpus }: Stage, id: number): Relay {
  const { relay } = cpus[id];
  if (relay === null) throw new Error(`CPU ${id} has no relay`);
  return relay;
}

test('a CPU with a core of its own has no relay', (t) => {
  t.is(boot({ cpus: 2 }).cpus[0].relay, null);
});

test('who sleeps wakes the next of its core that the meeting has let go', (t) => {
  const s = stage();
  for (const id of [0, 1, 3, 4]) s.sleep(id, 7);
  relayOf(s, 2).passed(7);
  t.true(relayOf(s, 2).sleeps());
  t.deepEqual(s.woken(), [4]);
  t.true(relayOf(s, 2).sleeps());
  t.deepEqual(s.woken(), [0]);
  t.false(relayOf(s, 2).sleeps(), 'both have been woken');
  t.deepEqual(s.woken(), []);
});

test('who waits for a lock, or in a meeting that is not over, is not passed the baton', (t) => {
  const s = stage();
  s.sleep(0, 8);
  s.sleep(4);
  relayOf(s, 2).passed(7);
  t.false(relayOf(s, 2).sleeps());
  t.deepEqual(s.woken(), []);
});

test('meetings may come round', (t) => {
  const s = stage();
  s.sleep(0, 2 ** 31 - 1);
  s.sleep(4, -(2 ** 31) + 1);
  relayOf(s, 2).passed(-(2 ** 31));
  t.true(relayOf(s, 2).sleeps());
  t.deepEqual(s.woken(), [0]);
});

test('the end of a meeting wakes one thread of each core that has none awake', (t) => {
  const s = stage();
  for (const id of [0, 2, 4, 1]) s.sleep(id, 7);
  relayOf(s, 3).release();
  t.deepEqual(s.woken(), [0]);
  relayOf(s, 3).release();
  t.deepEqual(s.woken(), [], 'CPU 0 is awake');
  relayOf(s, 0).release();
  t.deepEqual(s.woken(), [], 'CPU 3 is awake');
});

test('a core is wanted while one of its threads is awake or waits for the baton', (t) => {
  const s = stage();
  const relay = relayOf(s, 1);
  t.true(relay.wanted(), 'CPU 3 is awake');
  s.sleep(3, 7);
  t.false(relay.wanted());
  relay.passed(7);
  t.true(relay.wanted());
  s.sleep(3);
  t.false(relay.wanted());
});

test('a baton that nobody gives back holds nobody up', (t) => {
  const s = stage();
  const { mem, map } = s.cpus[0];
  mem[map.machine + MACHINE.baton] = 2;
  s.sleep(2, 7);
  relayOf(s, 0).passed(7);
  t.true(relayOf(s, 0).sleeps());
  t.deepEqual(s.woken(), [2]);
  relayOf(s, 2).woke();
  t.is(mem[map.machine + MACHINE.baton], 0);
});

test('a core changes the order of its threads now and then', (t) => {
  const s = stage();
  const passed = Array.from({ length: 16_000 }, (_, meeting) => relayOf(s, 0).passed(meeting)).filter(Boolean).length;
  t.true(passed > 125 && passed < 500, `${passed}`);
});

test('a thread in a window lends its core to others that can go on', (t) => {
  const s = stage();
  const [cpu] = s.cpus;
  s.sleep(2, 7);
  s.sleep(4);
  relayOf(s, 0).passed(7);
  raceWindow(cpu, 0);
  t.deepEqual(s.woken(), [], 'the window lies open for no time in this trial');
  cpu.mem[cpu.block + CPU.delays] = 1;
  raceWindow(cpu, 0);
  t.deepEqual(s.woken(), [2]);
  t.is(cpu.waiter.parks, 1);
  raceWindow(cpu, 0);
  t.is(cpu.waiter.parks, 1, 'nobody waits for the core any more');
  s.sleep(2, 7);
  cpu.become(1);
  cpu.mem[cpu.block + CPU.delays] = 1;
  raceWindow(cpu, 0);
  t.deepEqual(s.woken(), [], 'on the CPU of another thread it would sleep where nobody looks for it');
});

test('the last of a core waits awake and goes on when all have come', (t) => {
  const s = stage();
  const { mem } = s.cpus[0];
  for (const id of [0, 2]) s.sleep(id, 1);
  let looks = 0;
  const { waiter } = s.cpus[4];
  const pause = waiter.pause.bind(waiter);
  for (const id of [0, 2, 1]) mem[s.cpus[id].progress] = 1;
  Object.assign(waiter, {
    pause() {
      t.is(waiter.parks, 0);
      if (++looks === 500) mem[s.cpus[3].progress] = 1;
      pause();
    },
  });
  meet(s.cpus[4], 1);
  t.is(looks, 500);
});
