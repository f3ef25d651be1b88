// Goal: a number on the command line is taken as meant or refused in one line that helps. Method: tables of good and bad texts, then
// the round trip and arbitrary junk by property.

import test from 'ava';
import fc from 'fast-check';
import { parseCount, parseSeed, parseSpinRange } from '../../../lib/cli/options/numbers.js';
import { UsageError } from '../../../lib/run/usageError.js';

const message = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'no error';
};

test('parseCount reads digits, groups and suffixes', (t) => {
  const good = {
    '0': 0,
    '64': 64,
    '007': 7,
    '1_000': 1000,
    '1_0': 10,
    '10k': 10_000,
    '10K': 10_000,
    '2M': 2_000_000,
    '3G': 3e9,
    '9007199254740991': 2 ** 53 - 1,
  };
  for (const [text, count] of Object.entries(good)) t.is(parseCount('trials', text), count, text);
  t.is(parseCount('cpus', '1', { min: 1, max: 64 }), 1);
  t.is(parseCount('cpus', '64', { min: 1, max: 64 }), 64);
});

test('parseCount refuses the rest, naming field, value and what is allowed', (t) => {
  const bad = [
    '',
    ' ',
    '0',
    '65',
    '-1',
    '1.5',
    'x',
    '1e9',
    '_1',
    '1_',
    '1__0',
    'k',
    '1kk',
    '1 k',
    '0x10',
    '1n',
    '٣',
    'NaN',
    'Infinity',
    '9'.repeat(400),
  ];
  for (const text of bad) {
    t.regex(
      message(() => parseCount('cpus', text, { min: 1, max: 64 })),
      /^cpus ".*": must be a whole number, from 1 to 64(?:$|; did)/,
      text,
    );
  }
  t.is(
    message(() => parseCount('cpus', '3', { min: 2, max: 2 })),
    'cpus "3": must be a whole number, which can only be 2',
  );
  t.is(
    message(() => parseCount('trials', 'x', { min: 1 })),
    'trials "x": must be a whole number, 1 or more (1_000, 10k, 2M are understood)',
  );
  t.true(message(() => parseCount('trials', '9007199254740992')).startsWith('trials "9007199254740992"'));
});

test('parseCount says what was meant, where that is allowed', (t) => {
  const meant = {
    '1e3': '1000',
    '1.5k': '1500',
    '1,000,000': '1000000',
    '2m': '2M',
    ' 5': '5',
    '10 k': '10k',
    '+7': '7',
    '1 000': '1000',
  };
  for (const [text, word] of Object.entries(meant))
    t.true(message(() => parseCount('n', text)).endsWith(`; did you mean ${word}?`), text);
  for (const text of ['1.5', '-1', 'x', '', '1,5', '12e400'])
    t.false(message(() => parseCount('n', text)).includes('did you mean'), text);
  t.false(message(() => parseCount('n', '1e3', { min: 1, max: 64 })).includes('did you mean'));
});

test('parseSeed reads 32 bits in decimal or hexadecimal', (t) => {
  const good = {
    '0': 0,
    '1': 1,
    '4294967295': 0xffffffff,
    '0xffffffff': 0xffffffff,
    '0XdeadBEEF': 0xdeadbeef,
    '0x00000000001': 1,
  };
  for (const [text, seed] of Object.entries(good)) t.is(parseSeed(text), seed, text);
  for (const text of ['', '-1', '4294967296', '0x100000000', '0x', '1.5', '1e3', 'seed', '0b1', ' 1']) {
    t.regex(
      message(() => parseSeed(text)),
      /^seed ".*": must be a whole number from 0 to 4294967295, or 0x0 to 0xffffffff(?:$|; did)/,
      text,
    );
  }
  t.true(message(() => parseSeed('deadbeef')).endsWith('; did you mean 0xdeadbeef?'));
  t.true(message(() => parseSeed('x', '--seed')).startsWith('--seed "x"'));
});

test('parseSpinRange reads a fixed number or a range', (t) => {
  t.deepEqual(parseSpinRange('phase', '200'), { min: 200, max: 200 });
  t.deepEqual(parseSpinRange('phase', '0..200'), { min: 0, max: 200 });
  t.deepEqual(parseSpinRange('phase', '5..5'), { min: 5, max: 5 });
  t.deepEqual(parseSpinRange('phase', '1_000..10k'), { min: 1000, max: 10_000 });
  t.deepEqual(parseSpinRange('phase', '0..2147483647'), { min: 0, max: 2_147_483_647 });
});

test('parseSpinRange refuses the rest and says what was meant', (t) => {
  for (const text of [
    '',
    '..',
    '0..',
    '..5',
    '0..1..2',
    '-1',
    '-5..5',
    '1.5',
    '0..1.5',
    'x',
    '2147483648',
    '0..3G',
    '1e3',
  ]) {
    t.regex(
      message(() => parseSpinRange('phase', text)),
      /^phase ".*": must be a number of spins such as 200, or a range such as 0\.\.200, from 0 to 2147483647/,
      text,
    );
  }
  for (const text of ['0-200', '0...200', '0:200', '0,200', '0 .. 200', '200..0', '0 to 200']) {
    t.true(message(() => parseSpinRange('phase', text)).endsWith('; did you mean 0..200?'), text);
  }
});

test('every number in range is read back', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(0x7fffffff), fc.nat(0x7fffffff), (count, a, b) => {
        const [min, max] = [Math.min(a, b), Math.max(a, b)];
        const range = parseSpinRange('phase', `${min}..${max}`);
        return (
          parseCount('n', String(count)) === count &&
          range.min === min &&
          range.max === max &&
          parseSeed(String(a * 2)) === a * 2 &&
          parseSeed(`0x${b.toString(16)}`) === b
        );
      }),
    ),
  );
});

test('whatever the text, the answer is a number in range or one line', (t) => {
  const pieces = fc
    .array(fc.constantFrom('1', '0', '..', '.', 'k', 'M', '_', ' ', '-', 'e', '0x', ','))
    .map((parts) => parts.join(''));
  const oneLine = (error: unknown) => error instanceof UsageError && !/[\n\r]/.test(error.message);
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.oneof(pieces, fc.string()), (text) => {
        for (const parse of [
          () => parseCount('n', text, { min: 1, max: 100 }),
          () => parseSeed(text),
          () => parseSpinRange('n', text).max,
        ]) {
          try {
            if (!Number.isSafeInteger(parse())) return false;
          } catch (error) {
            if (!oneLine(error)) return false;
          }
        }
        return true;
      }),
      { numRuns: 1000 },
    ),
  );
});
