/**
 * Goal: of each signature one paragraph says whether its failure was explained and came again, and how to replay it.
 * Method: links as `run` and `verify` make them.
 */
import test from 'ava';
import { evidenceLines } from '../../../lib/report/run/evidenceLines.js';
import type { EvidenceLink } from '../../../lib/report/run/document.js';

const LINK: EvidenceLink = {
  signature: 'lost',
  machine: 0,
  trial: 7,
  file: 'kept/lost.evidence',
  accesses: 20,
  switches: 2,
  replayed: true,
  reason: null,
};

test('nothing kept, nothing said', (t) => {
  t.deepEqual(evidenceLines([]), []);
});

test('a failure that came again, and others of its signature beside it', (t) => {
  t.deepEqual(evidenceLines([LINK, { ...LINK, trial: 9, file: 'kept/other.evidence' }]), [
    '',
    'evidence of lost: 20 accesses, explained by an interleaving with 2 switches between CPUs; replaying it fails in the same way',
    '  npx racehammer replay kept/lost.evidence   (and 1 more beside it)',
  ]);
});

test('one that did not come again, and one that no order explains', (t) => {
  const other = {
    ...LINK,
    signature: 'oops',
    accesses: null,
    switches: null,
    replayed: null,
    reason: 'the ring overflowed',
  };
  const [, first, , , second] = evidenceLines([{ ...LINK, replayed: false }, other]);
  t.regex(first, /^evidence of lost: .* replaying it does NOT fail in the same way$/);
  t.is(second, 'evidence of oops: not explained: the ring overflowed');
});

test('what was not recorded, what could not be run again, and a hang that goes by time are told as that', (t) => {
  const [, unrecorded, , , refused, , , hang] = evidenceLines([
    { ...LINK, replayed: false, reason: 'not recorded: sum changed; and so on' },
    { ...LINK, signature: 'stuck', replayed: null, reason: 'the thread would be stuck again' },
    { ...LINK, signature: 'livelock' },
  ]);
  t.regex(unrecorded, /does NOT fail in the same way: not recorded: sum changed/);
  t.regex(refused, /20 accesses, .*; it could not be replayed: the thread would be stuck again$/);
  t.regex(hang, /fails in the same way, up to the failure, which depends on CPU time and is not measured again$/);
});
