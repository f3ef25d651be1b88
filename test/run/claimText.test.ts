// Goal: a claim is read as it was meant or refused with what is allowed, and its text repeats it. Method: tables; a property.

import test from 'ava';
import fc from 'fast-check';
import { claimText, parseClaim } from '../../lib/run/claimText.js';
import { UsageError } from '../../lib/run/usageError.js';

test('rates and confidences as numbers and as percentages', (t) => {
  const table = {
    '1e-6': [1e-6, 0.999],
    '1E-6@99.9%': [1e-6, 0.999],
    '0.001@0.95': [0.001, 0.95],
    '0.01%@95%': [0.0001, 0.95],
    '.5@.5': [0.5, 0.5],
    '1e-12@99.9999999%': [1e-12, 0.999999999],
  };
  for (const [text, [rate, confidence]] of Object.entries(table))
    t.deepEqual(parseClaim('--until-confidence', text), { rate, confidence }, text);
});

test('anything else is refused in one line that names the field', (t) => {
  for (const text of [
    '',
    '@',
    'x',
    '0',
    '1',
    '-1e-6',
    '1e-6@',
    '1e-6@1',
    '1e-6@100%',
    '1e-6@0.4',
    '1e-6@95',
    '1/1000',
    '1e-6@95%@9',
    'NaN',
    '1e-6\n',
  ]) {
    const error = t.throws(() => parseClaim('--until-confidence', text), { instanceOf: UsageError }, text);
    t.regex(error?.message ?? '', /^--until-confidence "[^\n]*": must be a rate per trial .*1e-6@95%/);
  }
  t.regex(t.throws(() => parseClaim('claim', '1e-6@95'))?.message ?? '', /did you mean 1e-6@95%\?$/);
});

test('the text of a claim is read as the same claim', (t) => {
  const claims = fc.record({
    rate: fc.double({ min: 1e-15, max: 0.999, noNaN: true }),
    confidence: fc.double({ min: 0.5, max: 0.999999999, noNaN: true }),
  });
  fc.assert(
    fc.property(claims, (claim) => {
      const { rate, confidence } = parseClaim('claim', claimText(claim));
      return rate === claim.rate && confidence === claim.confidence;
    }),
  );
  t.pass();
});
