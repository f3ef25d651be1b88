/** Goal: the report says what is claimed, what was not as expected and how to repeat it, and whether memory grows. */
import test from 'ava';
import { soakReport, summaryOf } from '../../../lib/report/soak/text.js';
import { SOAK } from './madeUpSoak.js';
import { PLAIN } from '../../../lib/report/format/screen.js';

const text = soakReport(SOAK, PLAIN).join('\n');

for (const words of [
  '1 row held in 1,000,000 trials in total. For each row taken alone, the failure rate is below 6.9e-6 per trial (99.9 % confidence)',
  'In each of them a fix that fixes nothing would have failed',
  '1 of 2 rows that should fail did so to the end: failures are not found as they should be',
  'not as expected: xen-pin, hangs: VIOLATED\n1 of 1,000,000 trials failed.',
  'not as expected: xen-pin, stopped: NOT REPRODUCED (it has failed before, and has stopped)\nExpected to fail as oops: it did',
  '2 of 3 slices ended with a harness error, so its counts are no verdict.\nharness error, the first of 2: worker of CPU 0: it threw',
  '1 of 1,000,000 trials failed. Counted but not declared by the race: livelock.\nLIVELOCK',
  'repeat: racehammer run r:v',
  'at 2h 30m: stopped: the process was stopped for 10 s',
  'memory: ▁▃▆█ 100 to 103 MB between slices, at most 110 MB in one; +0.3 MB/h (-0.1 .. 0.5, 95 %) after the first minute',
]) {
  test(`the report says: ${words.split('\n')[0]}`, (t) => {
    t.true(text.includes(words), text);
  });
}

test('a host that starves a soak is said, of the campaign or of its rows', (t) => {
  const told = (shares: readonly (number | null)[], processorShare: number | null): string | undefined =>
    soakReport(
      { ...SOAK, processorShare, rows: SOAK.rows.map((row, i) => ({ ...row, processorShare: shares[i] ?? null })) },
      PLAIN,
    ).find((line) => line.startsWith('the host gave'));
  t.regex(
    told([0.4, 0.3], 0.35) ?? '',
    /^the host gave the threads 35\.0 % of the CPU time that they wanted: expect .*; with all of it an estimated \S+ \S+ trials$/,
  );
  t.regex(told([0.9, 0.6], 0.8) ?? '', /^the host gave the threads of xen-pin, fails, 60\.0 % less than 70 % of the/);
  t.regex(told([0.5, 0.6], 0.8) ?? '', /the threads of 2 rows \(the least: xen-pin, holds, 50\.0 %\) less than 70 %/);
  t.is(told([0.9, 0.7], 0.8), undefined);
  t.is(told([], null), undefined);
});

test('near misses have a column where a row has windows', (t) => {
  const table = (rows: typeof SOAK.rows): string => soakReport({ ...SOAK, rows }, PLAIN)[0];
  const [first, ...others] = SOAK.rows;
  t.regex(table([{ ...first, code: 'javascript' }, ...others]), /trials\/s +near misses +observed/);
  t.regex(table(SOAK.rows.map((row) => ({ ...row, code: 'javascript' as const }))), /trials\/s +observed/);
});

test('one line says how a soak stands', (t) => {
  t.is(
    summaryOf(SOAK),
    'campaign weekend: 5h 00m of 10h 00m, 6 rows, 2 as expected, 1 HARNESS ERROR, 1 VIOLATED, 1 NOT REPRODUCED, 1 not run yet',
  );
});
