// Goal: a typed duration is never misread, and a wrong one gets one line that helps. Method: tables of good and bad texts, then the
// round trip through formatDuration() and arbitrary junk by property.

import test from 'ava';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../lib/run/duration.js';
import { UsageError } from '../../lib/run/usageError.js';

const YEAR_MS = 365 * 86_400_000;

test('parseDuration reads every unit, sums and fractions', (t) => {
  const good = {
    '250ms': 250,
    '90s': 90_000,
    '2h': 7_200_000,
    '1d': 86_400_000,
    '10m': 600_000,
    '1h30m': 5_400_000,
    '1.5s': 1500,
    '1d2h3m4s5ms': 93_784_005,
    '1m5ms': 60_005,
    '0.5h': 1_800_000,
    '0h5s': 5000,
    '365d': YEAR_MS,
    '1ms': 1,
    '0.6ms': 1,
    '007s': 7000,
  };
  for (const [text, ms] of Object.entries(good)) t.is(parseDuration(text), ms, text);
});

test('parseDuration refuses the rest in one line that names field, value and what is allowed', (t) => {
  const bad = [
    '',
    ' ',
    '0',
    '0s',
    '0h0m',
    '-5s',
    '+5s',
    's',
    'ms',
    '.',
    '5',
    '1h30',
    '30m1h',
    '5s5s',
    '1e3s',
    '1..5s',
    '1.s',
    '.5s',
    '5S',
    '5 s',
    'Infinity',
    'NaN',
    '366d',
    '99999999999999999999s',
    `${'9'.repeat(400)}d`,
    '0.1ms',
    '5w',
    '1h\n',
    '0x10s',
    '٣s',
  ];
  for (const text of bad) {
    const error = t.throws(() => parseDuration(text, '--duration'), { instanceOf: UsageError }, text);
    t.regex(error.message, /^--duration ".*": must be .*such as 90s.*from 1ms to 365d/, text);
    t.false(error.message.includes('\n'));
    t.is(error.exitCode, 2);
  }
});

test('parseDuration says what was meant', (t) => {
  const meant = {
    '10': '10s',
    '1.5': '1.5s',
    '10 s': '10s',
    '10S': '10s',
    '10sec': '10s',
    '2 hours': '2h',
    '5min': '5m',
    '1 day': '1d',
    '.5s': '0.5s',
    '1h 30m': '1h30m',
    '1 hour and 30 minutes': '1h30m',
    '20 milliseconds': '20ms',
    '3hrs': '3h',
  };
  for (const [text, word] of Object.entries(meant)) {
    const error = t.throws(() => parseDuration(text), { instanceOf: UsageError }, text);
    t.true(error.message.endsWith(`; did you mean ${word}?`), error.message);
  }
  for (const text of ['0', '0s', '-5s', 'x', '400d', '5w']) {
    t.false(t.throws(() => parseDuration(text)).message.includes('did you mean'), text);
  }
});

test('parseDuration throws UsageError or returns whole milliseconds, whatever the text', (t) => {
  const pieces = fc
    .array(fc.constantFrom('1', '0', '30', '.', 'ms', 's', 'm', 'h', 'd', ' ', '-', 'e', 'min'))
    .map((parts) => parts.join(''));
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.oneof(pieces, fc.string()), (text) => {
        try {
          const ms = parseDuration(text);
          return Number.isInteger(ms) && ms >= 1 && ms <= YEAR_MS;
        } catch (error) {
          return error instanceof UsageError && !/[\n\r]/.test(error.message);
        }
      }),
      { numRuns: 1000 },
    ),
  );
});

test('a suggestion can itself be parsed', (t) => {
  const texts = fc
    .array(fc.constantFrom('1', '30', '.', 's', ' min', 'Hours', 'd', ' ', ' and '))
    .map((parts) => parts.join(''));
  t.notThrows(() =>
    fc.assert(
      fc.property(texts, (text) => {
        try {
          return parseDuration(text) > 0;
        } catch (error) {
          const word = /did you mean (.*)\?$/.exec((error as Error).message)?.[1];
          return word === undefined || parseDuration(word) > 0;
        }
      }),
      { numRuns: 1000 },
    ),
  );
});

test('formatDuration is short', (t) => {
  const texts: readonly (readonly [number, string])[] = [
    [0, '0ms'],
    [0.25, '0.25ms'],
    [1, '1ms'],
    [999, '999ms'],
    [1000, '1s'],
    [1500, '1.5s'],
    [90_000, '1m30s'],
    [60_005, '1m0.005s'],
    [999.7, '1s'],
    [7_200_000, '2h'],
    [86_400_000, '1d'],
    [93_784_005, '1d2h3m4.005s'],
    [-1500, '-1.5s'],
    [Infinity, '-'],
    [Number.NaN, '-'],
  ];
  for (const [ms, text] of texts) t.is(formatDuration(ms), text);
});

test('parseDuration reads back what formatDuration prints', (t) => {
  t.notThrows(() =>
    fc.assert(fc.property(fc.integer({ min: 1, max: YEAR_MS }), (ms) => parseDuration(formatDuration(ms)) === ms)),
  );
});
