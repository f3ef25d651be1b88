/** Goal: nothing of a message is used that is not as it should be. Method: one thing at a time is made wrong. */
import test from 'ava';
import { MessageError, checked, parsed } from '../../lib/fleet/messages.js';
import { ENTRY, INTERVAL, JOB, PRINT, ROW } from './madeUp.js';

test('what is right is taken as it is', (t) => {
  t.deepEqual(checked('sliceJob', JOB), JOB);
  t.deepEqual(checked('result', INTERVAL), INTERVAL);
  t.deepEqual(checked('sliceJob', TUNED), TUNED);
});

const TUNED = {
  ...JOB,
  version: 2,
  classes: true,
  tunings: [{ path: 'a.json', host: PRINT }],
  row: { ...ROW, tuned: [{ file: 0, entry: ENTRY }] },
};

/** Returns the job with other settings. */
function withSettings(change: object): unknown {
  const entry = { ...ENTRY, settings: { ...ENTRY.settings, ...change } };
  return { ...TUNED, row: { ...ROW, tuned: [{ file: 0, entry }] } };
}

const WRONG: Readonly<Record<string, unknown>> = {
  nothing: null,
  'a list': [],
  'a text': 'x'.repeat(2 ** 20),
  'no campaign': { ...JOB, campaign: 'x' },
  'a field more': { ...JOB, command: 'rm' },
  'a path as a race': { ...JOB, row: { ...ROW, race: '../../etc/passwd' } },
  'a path as a variant': { ...JOB, row: { ...ROW, variant: 'a/b' } },
  'a long name': { ...JOB, row: { ...ROW, race: 'x'.repeat(201) } },
  'a line feed in a name': { ...JOB, row: { ...ROW, race: 'a\nb' } },
  'a terminal sequence in a name': { ...JOB, row: { ...ROW, name: '\u001b[2J' } },
  'no time': { ...JOB, lengthMs: 0 },
  'an endless slice': { ...JOB, lengthMs: 1e9 },
  'a seed that is none': { ...JOB, seed: -1 },
  'settings that are none': withSettings({ round: 0 }),
  'settings with a range the wrong way round': withSettings({ spin: { min: 2, max: 1 } }),
  'settings with a field more': withSettings({ command: 'rm' }),
  'settings for a path': withSettings({ windows: { 'a/b': { min: 0, max: 0 } } }),
  'too many CPUs': { ...JOB, row: { ...ROW, cpus: 1e6 } },
  'a prototype': JSON.parse(JSON.stringify(JOB).replace('"campaign"', '"__proto__":{"x":1},"campaign"')),
};

for (const [what, job] of Object.entries(WRONG)) {
  test(`a job that is refused in one line: ${what}`, (t) => {
    const { message, isNewer } = t.throws(() => checked('sliceJob', job), { instanceOf: MessageError });
    t.false(isNewer);
    t.true(message.length < 400 && !message.includes('\n'));
  });
}

test('counts that no trial can have', (t) => {
  for (const wrong of [
    { trials: -1 },
    { failures: 0.5 },
    { seconds: NaN },
    { trials: 2 ** 60 },
    { outcomes: [{ signature: 'a' }] },
  ]) {
    t.throws(() => checked('result', { ...INTERVAL, ...wrong }), { instanceOf: MessageError }, JSON.stringify(wrong));
  }
});

test('a newer version is told from one that is broken', (t) => {
  t.true(t.throws(() => checked('sliceJob', { version: 3, anything: 1 }), { instanceOf: MessageError }).isNewer);
  t.true(t.throws(() => checked('result', { ...INTERVAL, version: 2 }), { instanceOf: MessageError }).isNewer);
});

test('what others have left in Redis is read as nothing', (t) => {
  t.is(parsed('control', 'no JSON'), null);
  t.is(parsed('control', '{"state":"dancing"}'), null);
  t.is(parsed('lease', null), null);
});
