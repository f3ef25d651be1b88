/**
 * Goal: what cannot be instrumented is refused in a line; a test is loaded by another address, of the same file, by every command, and
 * what it is tuned to is found for its own kind.
 * Method: a built-in race, and a test; nothing is hammered.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { chooseRace } from '../../lib/cli/chooseRace.js';
import { defaultsOf } from '../../lib/cli/options/command.js';
import { beginFleet } from '../../lib/cli/fleet/begin.js';
import { FLEET_HUB } from '../../lib/cli/fleet/options.js';
import { racesToTune, runOfPoint } from '../../lib/cli/tune/checkedFlags.js';
import { TUNE } from '../../lib/cli/tune/options.js';
import { rowsFor, verifyRequestOf } from '../../lib/cli/verify/checkedFlags.js';
import { VERIFY } from '../../lib/cli/verify/options.js';
import { loadRace, moduleOf, raceUrl } from '../../lib/harness/host/loadRace.js';
import { instrumented, isInstrumented } from '../../lib/instrument/marked.js';
import { instrumentedRace } from '../../lib/run/instrumented.js';
import { repeatCommand } from '../../lib/run/repeat.js';
import { fixture } from '../e2e/cli.js';
import { folder } from '../soak/rows.js';

const FILE = fixture('sharedMemory');
const REFUSAL = '--instrument: canary is no test that hammer() has made, and its accesses are seen as they are';

test('a race of the machine is refused', async (t) => {
  const loaded = await loadRace(raceUrl('canary') ?? '');
  t.throws(() => instrumentedRace(loaded), { name: 'UsageError', message: REFUSAL });
  await t.throwsAsync(chooseRace('canary', { instrument: true }), { name: 'UsageError', message: REFUSAL });
});

test('a test of JavaScript code has another address, of the same file', async (t) => {
  const loaded = await loadRace(new URL('../fixtures/sharedMemory.js', import.meta.url).href);
  const { url } = instrumentedRace(loaded);
  t.true(isInstrumented(url));
  t.false(isInstrumented(loaded.url));
  t.is(new URL(url).pathname, new URL(loaded.url).pathname);
});

test('code that is loaded once more stays instrumented', (t) => {
  const url = moduleOf(instrumented('file:///a.js'), 'beef');
  t.true(isInstrumented(url));
  t.is(new URL(url).searchParams.get('code'), 'beef');
});

test('verify and tune have it instrumented, in their commands too', async (t) => {
  const flags = { ...defaultsOf(VERIFY), instrument: true, seed: 1 };
  const rows = await rowsFor([FILE], verifyRequestOf(flags));
  t.true(rows.length > 1);
  for (const { request, twin } of rows) {
    t.true(isInstrumented(request.plan.raceUrl));
    t.true(twin === null || isInstrumented(twin.request.plan.raceUrl));
  }
  const [race] = await racesToTune([FILE], { ...defaultsOf(TUNE), instrument: true, seed: 1 });
  t.regex(repeatCommand(runOfPoint(race, race.request.start)), / --instrument$/);
});

test('built-in races are none', async (t) => {
  await t.throwsAsync(rowsFor([], verifyRequestOf({ ...defaultsOf(VERIFY), instrument: true })), {
    name: 'UsageError',
    message: '--instrument: name the tests of hammer() to verify: no built-in race is one',
  });
});

test('a fleet refuses what it would not instrument', async (t) => {
  const cwd = folder(t);
  const campaign = join(cwd, 'plain.yaml');
  writeFileSync(campaign, `rows:\n  - race: ${FILE}\n    instrument: true\n`);
  const flags = { ...defaultsOf(FLEET_HUB), campaign, store: join(cwd, 's.db'), slice: 10_000 };
  await t.throwsAsync(beginFleet([], flags), {
    name: 'UsageError',
    message: /plain\.yaml": instrument: a fleet does not instrument; soak does on one host$/,
  });
  t.deepEqual(readdirSync(cwd), ['plain.yaml']);
});
