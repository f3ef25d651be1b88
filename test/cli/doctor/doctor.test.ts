/**
 * Goal: the doctor shows what it has measured, and leaves out what it has not; how soon a lost wake-up is proved is measured at all.
 * Method: made-up facts; and the measurement itself, on this host.
 */
import test from 'ava';
import { doctorLines } from '../../../lib/cli/doctor/doctor.js';
import { measureLostWakeUps } from '../../../lib/doctor/examine.js';
import type { DoctorFacts } from '../../../lib/doctor/facts.js';
import { hostFacts } from '../../../lib/run/hostFacts.js';
import { PLAIN } from '../../../lib/report/format/screen.js';

const shown = (facts: Partial<DoctorFacts>): string =>
  doctorLines({ facts, host: hostFacts(), verdict: 'good', limitations: [], notes: [] }, PLAIN).join('\n');

test('a lost wake-up is shown by the median and the slowest of a hundred', (t) => {
  t.regex(
    shown({ lostWakeUp: { p50Ns: 3000, p99Ns: 41_000 } }),
    /^lost wake-up +proved after 3\.0 µs, 99 % within 41\.0 µs$/m,
  );
  t.regex(shown({ lostWakeUp: null }), /^lost wake-up +none was proved meanwhile$/m);
  t.notRegex(shown({}), /lost wake-up/);
});

test.serial('it is measured', async (t) => {
  const found = await measureLostWakeUps();
  t.true(found !== null && found.p50Ns > 0 && found.p99Ns >= found.p50Ns);
});
