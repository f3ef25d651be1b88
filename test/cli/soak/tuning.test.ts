/**
 * Goal: a soak that goes on has the settings that it was begun with, unless it is given others or runs on another host, which
 * is said and noted.
 * Method: a store that is given tuning files and asked for them again.
 */
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { hostFacts } from '../../../lib/run/hostFacts.js';
import { keepTuning, tuningOnResume } from '../../../lib/cli/soak/tuning.js';
import type { Tuning } from '../../../lib/cli/tuned.js';
import { UsageError } from '../../../lib/run/usageError.js';
import type { Store } from '../../../lib/soak/store.js';
import { fingerprintOf } from '../../../lib/harness/host/fingerprint.js';
import { HOST, folder, newStore } from '../../soak/rows.js';

const HERE = fingerprintOf(hostFacts());

function tuningAt(path: string, host = HERE): Tuning {
  return { path, document: { schema: 'racehammer.tuning/1', version: '0.1.0', host, entries: [] } };
}

function storeOf(t: ExecutionContext): Store {
  const store = newStore(join(folder(t), 's.db'));
  const session = store.claim(HOST);
  t.teardown(() => store.end(session, 'interrupted', false));
  return store;
}

/** Goes on without being given settings. */
function resume(store: Store, anyHost = false): ReturnType<typeof tuningOnResume> {
  return tuningOnResume(store, null, anyHost);
}

test('settings are kept from one resumption to the next, until others are given', (t) => {
  const store = storeOf(t);
  t.deepEqual(resume(store), { kept: null, note: null });
  keepTuning(store, tuningAt('first.json'));
  t.deepEqual(resume(store), { kept: tuningAt('first.json'), note: null });
  const given = tuningAt('second.json');
  t.is(tuningOnResume(store, given, false).kept, given);
  t.deepEqual(resume(store), { kept: tuningAt('first.json'), note: null }, 'to plan writes nothing');
});

test('those of another host are left out, which is said and noted, or taken if that is allowed', (t) => {
  const store = storeOf(t);
  const other = tuningAt('t.json', { ...HERE, cores: HERE.cores + 1 });
  keepTuning(store, other);
  const { kept, note } = resume(store);
  t.is(kept, null);
  t.regex(
    note ?? '',
    /^the settings of t\.json were found on another host \(cores \d+, here \d+\): the defaults are used$/,
  );
  t.deepEqual(resume(store, true), { kept: other, note: null });
});

test('--any-host is refused where there is nothing that it allows', (t) => {
  t.throws(() => resume(storeOf(t), true), {
    instanceOf: UsageError,
    message: /^--any-host: is of no use without --tuned/,
  });
});

for (const text of [
  'no JSON',
  'null',
  '{}',
  '{"path":7}',
  '{"path":"t.json","document":{"schema":"racehammer.tuning/1"}}',
]) {
  test(`what is no tuning is refused: ${text}`, (t) => {
    const store = newStore(join(folder(t), 's.db'));
    store.keepTuning(text);
    t.throws(() => resume(store), { instanceOf: UsageError, message: /^table campaign, row 1: tuning: .+$/ });
    store.release();
  });
}
