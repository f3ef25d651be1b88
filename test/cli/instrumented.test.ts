// Goal: what cannot be instrumented is refused in a line; a test is loaded by another address. Method: a built-in race, and a test.

import test from 'ava';
import { instrumentedRace } from '../../lib/cli/instrumented.js';
import { loadRace, raceUrl } from '../../lib/harness/host/loadRace.js';
import { isInstrumented } from '../../lib/instrument/marked.js';

test('a race of the machine is refused', async (t) => {
  const loaded = await loadRace(raceUrl('canary') ?? '');
  t.throws(() => instrumentedRace(loaded), {
    name: 'UsageError',
    message: '--instrument: canary is no test that hammer() has made, and its accesses are seen as they are',
  });
});

test('a test of JavaScript code has another address, of the same file', async (t) => {
  const loaded = await loadRace(new URL('../fixtures/sharedMemory.js', import.meta.url).href);
  const { url } = instrumentedRace(loaded);
  t.true(isInstrumented(url));
  t.false(isInstrumented(loaded.url));
  t.is(new URL(url).pathname, new URL(loaded.url).pathname);
});
