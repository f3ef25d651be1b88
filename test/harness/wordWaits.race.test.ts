/**
 * Goal: waits for words that nobody ends are proved as what they are, explained, and hang again in a replay; the fixed forms
 * never hang. So they are where a race waits by a loop of its own.
 * Method: races after reports of kernel engineers at full speed, until some trials have hung, through capture, explanation and
 * replay; each beside its fixed form.
 */
import test from 'ava';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { WAITS } from '../fixtures/wordWaits.js';
import { failsProved, hammer, signaturesOf } from './hammered.js';

const loaded = await loadRace(new URL('../fixtures/wordWaits.js', import.meta.url).href);
const KEPT = 3;
/** Loops of which each hang is proved with store buffers, too. */
const UNDER_TSO = ['ack-under-lock', 'lost-bit'];

for (const wait of ['machine', 'loop'])
  for (const { variant, hang, cpus } of WAITS) {
    test.serial(`${variant}, wait=${wait}: ${hang} and nothing else, explained, and hanging again`, async (t) => {
      t.timeout(120_000);
      await failsProved(t, loaded, { variant, knobs: { wait }, cpus }, { signature: hang, wanted: KEPT });
    });

    test.serial(`${variant}, wait=${wait}, fixed: no trial fails`, async (t) => {
      t.timeout(120_000);
      const outcome = await hammer(loaded, { variant: `${variant}-fixed`, knobs: { wait }, cpus }, 0);
      t.deepEqual(signaturesOf(outcome), []);
    });
  }

for (const { variant, hang, cpus } of WAITS.filter(({ variant: one }) => UNDER_TSO.includes(one)))
  test.serial(`${variant}, wait=loop, with store buffers: ${hang}, proved; the fixed form holds`, async (t) => {
    t.timeout(120_000);
    const conditions = { knobs: { wait: 'loop' }, cpus, memory: 'tso' } as const;
    await failsProved(t, loaded, { ...conditions, variant }, { signature: hang, wanted: 1 });
    t.deepEqual(signaturesOf(await hammer(loaded, { ...conditions, variant: `${variant}-fixed` }, 0)), []);
  });
