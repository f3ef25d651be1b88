/** Goal: time of the soak goes on while the process runs, whatever it was before, and not while it is stopped. */
import test from 'ava';
import { SoakClock } from '../../lib/soak/clock.js';

test('ticks add up, behind what earlier sessions have used', (t) => {
  const clock = new SoakClock(1000, 50);
  t.is(clock.tick(150), 0);
  t.is(clock.tick(4150), 0);
  t.is(clock.elapsedMs, 5100);
});

test('a stop is told and does not count', (t) => {
  const clock = new SoakClock(0, 0);
  clock.tick(100);
  t.is(clock.tick(3_600_100), 3_600_000);
  t.is(clock.tick(3_600_200), 0);
  t.is(clock.elapsedMs, 200);
});
