// Goal: settings are used only where they hold, and a file that is none is refused in words. Method: files by hand.

import test from 'ava';
import { ENTRY } from './madeUpEntry.js';
import {
  TuningFileError,
  entryFor,
  parseTuning,
  withEntry,
  withoutEntry,
  type TuningDocument,
  type TuningEntry,
} from '../../lib/tune/tuningFile.js';
import { differences, type Fingerprint } from '../../lib/harness/host/fingerprint.js';

const HOST: Fingerprint = { cores: 2, cpuModel: 'x', platform: 'linux', arch: 'x64', nodeMajor: 20, cgroupCpus: null };
const ACTORS = ['shrink_page_list', 'dup_mmap'];
const document = (change: object = {}): string => {
  const whole: TuningDocument = { schema: 'racehammer.tuning/1', version: '0.1.0', host: HOST, entries: [ENTRY] };
  return JSON.stringify({ ...whole, ...change });
};

const withSettings = (change: object): string =>
  document({ entries: [{ ...ENTRY, settings: { ...ENTRY.settings, ...change } }] });

test('a file is read back as it was written', (t) => {
  t.deepEqual(parseTuning(document()).entries, [ENTRY]);
});

test('what is no tuning is refused in one line', (t) => {
  const cases: [string, RegExp][] = [
    ['', /is not a JSON document/],
    ['{"a":1', /is not a JSON document/],
    ['[1]', /holds no tuning/],
    ['null', /holds no tuning/],
    [document({ schema: 'racehammer.run/1' }), /holds no tuning/],
    [document({ schema: 'racehammer.tuning/2' }), /by a newer racehammer/],
    [document({ entries: [{ ...ENTRY, settings: { ...ENTRY.settings, cpus: 0 } }] }), /\/entries\/0\/settings\/cpus/],
    [withSettings({ spin: { min: 500, max: 5 } }), /^\/entries\/0\/settings\/spin: min 500 must not be above max 5$/],
    [withSettings({ phases: { dup_mmap: { min: 2, max: 1 } } }), /^\/entries\/0\/settings\/phases\/dup_mmap: min 2/],
    [withSettings({ windows: { W_A: { min: 2, max: 1 } } }), /^\/entries\/0\/settings\/windows\/W_A: min 2 must not/],
    [document({ host: {} }), /\/host must have required property 'cores'/],
  ];
  for (const [text, words] of cases) {
    const error = t.throws(() => parseTuning(text), { instanceOf: TuningFileError });
    t.regex(error.message, words);
    t.false(error.message.includes('\n'));
  }
});

test('hosts differ in what they are named for', (t) => {
  t.deepEqual(differences(HOST, HOST), []);
  t.deepEqual(differences(HOST, { ...HOST, cores: 4, cgroupCpus: 1.5 }), [
    'cores 2, here 4',
    'cgroupCpus unlimited, here 1.5',
  ]);
});

test('an entry holds for runs of the same actors', (t) => {
  const about = { race: 'xen-pin', variant: 'pte-lock', knobs: { path: 'fork' } };
  t.is(entryFor([ENTRY], about, ACTORS), ENTRY);
  t.is(entryFor([ENTRY], about, ['exit_mmap', 'shrink_page_list']), undefined);
  t.is(entryFor([ENTRY], { ...about, race: 'pgd-lock' }, ACTORS), undefined);
});

test('settings for instrumented code are for such runs alone', (t) => {
  const about = { race: 'xen-pin', variant: 'buggy', knobs: { path: 'fork' } };
  const slow: TuningEntry = { ...ENTRY, instrumented: true };
  t.is(entryFor([ENTRY, slow], { ...about, instrumented: true }, ACTORS), slow);
  t.is(entryFor([slow], about, ACTORS), undefined);
  t.is(entryFor([ENTRY], { ...about, instrumented: true }, ACTORS), undefined);
  t.deepEqual(withEntry([ENTRY], slow), [ENTRY, slow]);
  t.deepEqual(parseTuning(document({ entries: [slow] })).entries, [slow]);
});

test('of several the one about the same knobs is taken, then the same variant, then the newest', (t) => {
  const about = { race: 'xen-pin', variant: 'pte-lock', knobs: { path: 'fork' } };
  const otherKnobs = { ...ENTRY, variant: 'pte-lock', knobs: { path: 'exit' } };
  const same = { ...ENTRY, variant: 'pte-lock' };
  const newer = { ...ENTRY, variant: 'split-ptl-off', foundAt: '2026-02-01T00:00:00.000Z' };
  t.is(entryFor([ENTRY, otherKnobs], about, ACTORS), ENTRY);
  t.is(entryFor([ENTRY, otherKnobs, same], about, ACTORS), same);
  t.is(entryFor([ENTRY, newer], about, ACTORS), newer);
});

test('a new entry takes the place of the old one about the same', (t) => {
  const newer = { ...ENTRY, ratio: 7 };
  const other = { ...ENTRY, variant: 'other' };
  t.deepEqual(withEntry([ENTRY, other], newer), [other, newer]);
  t.deepEqual(withoutEntry([ENTRY, other], newer), [other]);
});
