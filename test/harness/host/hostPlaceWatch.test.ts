/**
 * Goal: a main thread that stays in one place of a race is named, running or asleep; one that goes from place to place, that is in its own
 * code, or that the host gives no processor, is not.
 * Method: places shown as the main thread shows them, on a host that the test makes up.
 */
import test from 'ava';
import { HOST_PLACE, showHostPlace } from '../../../lib/harness/host/hostPlace.js';
import { HostPlaceWatch } from '../../../lib/harness/host/hostPlaceWatch.js';
import type { ThreadLook } from '../../../lib/harness/host/threadTime.js';

const TICK_MS = 100;

function stage(): { look: ThreadLook; named: (ms: number) => string | null } {
  const look = { ranMs: 0, waitedMs: 0, isAsleep: true };
  const watch = new HostPlaceWatch(HOST_PLACE, TICK_MS, { look: () => ({ ...look }), processMs: () => 0 });
  const named = (ms: number): string | null => {
    let name: string | null = null;
    for (let passed = 0; passed < ms && name === null; passed += TICK_MS) name = watch.tick();
    return name;
  };
  return { look, named };
}

test.serial('a thread that stays is named, one that leaves is not', (t) => {
  const { named } = stage();
  showHostPlace('race x: configure()');
  t.is(named(2000), null);
  t.is(named(400), 'race x: configure()');
  showHostPlace(null);
  t.is(named(10_000), null);
});

test.serial('a thread that goes from place to place, or comes to one again, is not named', (t) => {
  const { named } = stage();
  for (let call = 0; call < 50; call++) {
    showHostPlace('race x: symbol()');
    t.is(named(1000), null);
  }
  showHostPlace(null);
});

test.serial('a thread that is given no processor is not named', (t) => {
  const { look, named } = stage();
  showHostPlace('race x: role()');
  Object.assign(look, { isAsleep: false });
  for (let i = 0; i < 100; i++) {
    Object.assign(look, { waitedMs: look.waitedMs + TICK_MS, isAsleep: true });
    t.is(named(TICK_MS), null);
  }
  showHostPlace(null);
});

test.serial('a name may be long', (t) => {
  const { named } = stage();
  showHostPlace('é'.repeat(500));
  t.is(named(3000), 'é'.repeat(120));
  showHostPlace(null);
});
