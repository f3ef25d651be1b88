/**
 * Goal: a file of evidence comes back as it went, and one that is cut off, damaged, foreign or of a newer program is refused
 * with one line that says which.
 * Method: one file, cut at every byte, and changed at many; and one whose checksum is right, with one thing wrong in it.
 */
import test from 'ava';
import { EvidenceReader } from '../../lib/run/evidence/decodeEvidence.js';
import { EvidenceFileError, encodeEvidence } from '../../lib/evidence/evidenceFile.js';
import type { Evidence } from '../../lib/evidence/evidence.js';
import { BUFFERED, OP, VISIBLE } from '../../lib/machine/recorder.js';
import { windowRace } from './madeUpEvidence.js';

const evidence = windowRace();
const whole = encodeEvidence(evidence);
const reader = new EvidenceReader();

test('what was written is read', (t) => {
  t.deepEqual(reader.decode(whole), evidence);
});

test('a file that is cut off anywhere is refused', (t) => {
  for (let length = 0; length < whole.length; length++) {
    const error = t.throws(() => reader.decode(whole.subarray(0, length)), { instanceOf: EvidenceFileError });
    t.regex(
      error?.message ?? '',
      /^(is truncated: it has \d+ of \d+ bytes|is damaged: .*|is not a racehammer evidence file)$/,
    );
  }
});

test('a file that is longer than it was, or changed in one place, is refused', (t) => {
  t.throws(() => reader.decode(Buffer.concat([whole, Buffer.from('x')])), {
    message: /is damaged: \d+ bytes instead of/,
  });
  for (let at = whole.indexOf('\n') + 1; at < whole.length; at += 7) {
    const changed = Buffer.from(whole);
    changed[at] ^= 1;
    t.throws(() => reader.decode(changed), { instanceOf: EvidenceFileError, message: /checksum is wrong/ });
  }
});

test('what was never evidence, or is of a newer program, is told so', (t) => {
  for (const text of ['', 'hello\n', '{"schema":"racehammer.run/1"}\n', '\u0000\u0001\u0002'])
    t.throws(() => reader.decode(Buffer.from(text)), { message: 'is not a racehammer evidence file' });
  t.throws(() => reader.decode(Buffer.from('racehammer-evidence 4 abc 10\n')), {
    message: /format 4: a newer racehammer wrote it, this one reads format 3$/,
  });
  for (const older of [1, 2])
    t.throws(() => reader.decode(Buffer.from(`racehammer-evidence ${older} abc 10\n`)), {
      message: `has format ${older}: an older racehammer wrote it, this one reads format 3`,
    });
  t.throws(() => reader.decode(Buffer.from('racehammer-evidence one\n')), { message: /first line is not complete/ });
});

/** The evidence with one record of CPU 1 changed: word `k` of record `i`. */
function withRecord(i: number, k: number, value: number): Evidence {
  const [first, second] = evidence.cpus;
  const records = second.records.map((word, at) => (at === i * 4 + k ? value : word));
  return { ...evidence, cpus: [first, { ...second, records }] };
}

const FORGED: Readonly<Record<string, readonly [object, RegExp]>> = {
  'a field that is not there': [{ ...evidence, machine: undefined }, /must have required property 'machine'/],
  'a field of another type': [{ ...evidence, detail: 'none' }, /^is not evidence: \/detail must be array/],
  'a number out of range': [{ ...evidence, seed: -1 }, /\/seed must be >= 0/],
  'no document': [[], /^is not evidence: the document must be object/],
  'a CPU that is not there': [{ ...evidence, cpu: 2 }, /cpu is 2, and it has 2 CPUs/],
  'an instance between two': [
    { ...evidence, instance: evidence.instance + 1 },
    /which is not the start of an instance of the round/,
  ],
  'half a record': [
    { ...evidence, cpus: evidence.cpus.map((cpu) => ({ ...cpu, records: cpu.records.slice(1) })) },
    /records has \d+ words/,
  ],
  'more records than were written': [
    { ...evidence, cpus: evidence.cpus.map((cpu) => ({ ...cpu, written: 1 })) },
    /written is 1, fewer than its records/,
  ],
  'an operation that is none': [withRecord(0, 0, 31), /cpus\/1\/records\/0: 31 is not an operation/],
  'flags that are none': [withRecord(0, 0, OP.READ | (1 << 9)), /do not exist/],
  'a step that is none': [withRecord(0, 0, OP.READ | (99 << 16)), /step 99 of 3/],
  'a word that no instruction accesses': [
    withRecord(0, 1, 1_000_000),
    /word 1000000 is not one that an instruction accesses/,
  ],
  'a load that changes': [withRecord(0, 3, 9), /a load read 1 and left 9/],
  'a store buffer in a machine without': [
    withRecord(0, 0, OP.READ | BUFFERED),
    /cpus\/1\/records\/0: a store buffer, and memory is sc/,
  ],
  'a load that becomes visible': [
    { ...withRecord(0, 0, OP.READ | VISIBLE), memory: 'tso' },
    /read with the flags of a store buffer/,
  ],
  'a fence on a word of the race': [withRecord(0, 0, OP.FENCE), /a fence at word 2/],
  'a memory model that is none': [{ ...evidence, memory: 'arm' }, /\/memory must be equal to one of/],
  'a marker with a value': [withRecord(3, 2, 9), /died has the values/],
  'another CPU than the one that failed': [{ ...evidence, cpu: 0 }, /the records have the failure on CPU 1/],
  'two failures that count': [withRecord(0, 0, OP.FAILED), /an outcome of 1 to 1 at word 2/],
  'a word that is not named': [
    { ...evidence, names: evidence.names.slice(1) },
    /names has other words than the record/,
  ],
  'first values of other words': [{ ...evidence, initial: [] }, /initial has other words than the record/],
  'an unrecorded word elsewhere': [{ ...evidence, unrecorded: [5000] }, /word 5000, which is not in the instance/],
  'a member of a cycle that is not there': [
    { ...evidence, signature: 'deadlock', detail: [2, 1, 7] },
    /detail names CPUs 1, 7, and there are 2/,
  ],
};

for (const [what, [forged, message]] of Object.entries(FORGED)) {
  test(`forged: ${what}`, (t) => {
    const error = t.throws(() => reader.decode(encodeEvidence(forged as Evidence)), { instanceOf: EvidenceFileError });
    t.regex(error?.message ?? '', message);
    t.false(error?.message.includes('\n'));
  });
}
