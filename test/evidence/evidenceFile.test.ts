/**
 * Goal: a file of evidence comes back as it went, and one that is cut off, damaged, foreign or of a newer program is refused
 * with one line that says which.
 * Method: one file, cut at every byte, and changed at many.
 */
import test from 'ava';
import { EvidenceFileError, decodeEvidence, encodeEvidence } from '../../lib/evidence/evidenceFile.js';
import { windowRace } from './madeUpEvidence.js';

const evidence = windowRace();
const whole = encodeEvidence(evidence);

test('what was written is read', (t) => {
  t.deepEqual(decodeEvidence(whole), evidence);
});

test('a file that is cut off anywhere is refused', (t) => {
  for (let length = 0; length < whole.length; length++) {
    const error = t.throws(() => decodeEvidence(whole.subarray(0, length)), { instanceOf: EvidenceFileError });
    t.regex(
      error?.message ?? '',
      /^(is cut off: \d+ of \d+ bytes are there|is damaged: .*|is no evidence of racehammer)$/,
    );
  }
});

test('a file that is longer than it was, or changed in one place, is refused', (t) => {
  t.throws(() => decodeEvidence(Buffer.concat([whole, Buffer.from('x')])), {
    message: /is damaged: \d+ bytes instead of/,
  });
  for (let at = whole.indexOf('\n') + 1; at < whole.length; at += 7) {
    const changed = Buffer.from(whole);
    changed[at] ^= 1;
    t.throws(() => decodeEvidence(changed), { instanceOf: EvidenceFileError, message: /checksum is wrong/ });
  }
});

test('what was never evidence, or is of a newer program, is told so', (t) => {
  for (const text of ['', 'hello\n', '{"schema":"racehammer.run/1"}\n', '\u0000\u0001\u0002'])
    t.throws(() => decodeEvidence(Buffer.from(text)), { message: 'is no evidence of racehammer' });
  t.throws(() => decodeEvidence(Buffer.from('racehammer-evidence 3 abc 10\n')), {
    message: /format 3: a newer racehammer wrote it, this one reads format 2$/,
  });
  t.throws(() => decodeEvidence(Buffer.from('racehammer-evidence 1 abc 10\n')), {
    message: /format 1: an older racehammer wrote it, this one reads format 2$/,
  });
  t.throws(() => decodeEvidence(Buffer.from('racehammer-evidence one\n')), { message: /first line is not whole/ });
});
