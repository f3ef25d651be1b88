/**
 * Goal: what public reports describe is met by hammer(), proved where it is a sleep without an end, explained, and fails again in a replay;
 * the fixed forms never fail.
 * Method: each protocol at full speed until some trials have failed, through capture, its file, explanation and replay; and its fixed form.
 */
import test from 'ava';
import { encodeEvidence } from '../../lib/evidence/evidenceFile.js';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { EvidenceReader } from '../../lib/run/evidence/decodeEvidence.js';
import { PROTOCOLS } from '../fixtures/sharedMemory.js';
import { failsProved, hammer, signaturesOf } from '../harness/hammered.js';

const loaded = await loadRace(new URL('../fixtures/sharedMemory.js', import.meta.url).href);
const reader = new EvidenceReader();
const KEPT = 3;

for (const [variant, { fails, also = [], plain = false }] of Object.entries(PROTOCOLS)) {
  test.serial(`${variant}: ${fails}${plain ? '' : ', explained, and failing again'}`, async (t) => {
    t.timeout(120_000);
    if (plain) {
      t.deepEqual(signaturesOf(await hammer(loaded, { variant }, KEPT)), [fails]);
      return;
    }
    const { evidence } = await failsProved(t, loaded, { variant }, { signature: fails, wanted: KEPT, also });
    t.deepEqual(reader.decode(encodeEvidence(evidence[0])), evidence[0]);
  });

  test.serial(`${variant}, fixed: no trial fails`, async (t) => {
    t.timeout(120_000);
    t.deepEqual(signaturesOf(await hammer(loaded, { variant: `${variant}-fixed` }, 0)), []);
  });
}
