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

test('each figure is judged beside it, and none where not all are known', (t) => {
  const facts = { canBind: true, stolenShare: 0.2, loadavg1: 1 } as Partial<DoctorFacts>;
  const finding = (name: string) => ({ name, because: 'so', advice: 'do that' });
  const limited = { verdict: 'limited', limitations: [finding('steal')], notes: [finding('no-binding')] } as const;
  const text = doctorLines({ facts, host: hostFacts(), ...limited }, PLAIN).join('\n');
  t.regex(text, /^binding +note +each thread/m);
  t.regex(text, /^stolen +limits +20\.0 %$/m);
  t.regex(text, /^load average +1\.00$/m);
  t.regex(shown(facts), /^stolen +good +20\.0 %$/m);
  const open = { verdict: null, limitations: [], notes: [] };
  t.regex(doctorLines({ facts, host: hostFacts(), ...open }, PLAIN).join('\n'), /^stolen +20\.0 %$/m);
});

test.serial('it is measured', async (t) => {
  const found = await measureLostWakeUps();
  t.true(found !== null && found.p50Ns > 0 && found.p99Ns >= found.p50Ns);
});
