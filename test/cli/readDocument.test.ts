// Goal: what is no document of this version costs one line that says what is wrong with it; what is one is read. Method: files.

import test from 'ava';
import { readDocuments, runsOf } from '../../lib/cli/readDocument.js';
import { UsageError } from '../../lib/run/usageError.js';
import { DocumentFolder } from '../report/documentFolder.js';
import { HELD, REPRODUCED, documentOf, rowOf } from '../report/run/madeUpRun.js';

const folder = new DocumentFolder();

test('a run, several runs, and the rows of a verify', async (t) => {
  const run = folder.put('run.json', `\ufeff${JSON.stringify(REPRODUCED)}\n`);
  const runs = folder.put('runs.json', { schema: 'racehammer.runs/1', runs: [REPRODUCED, HELD] });
  const verify = folder.put('verify.json', documentOf([rowOf('one', HELD)]));
  t.deepEqual(await readDocuments([run]), [REPRODUCED]);
  const read = await readDocuments([run, runs, verify]);
  t.deepEqual(
    read.flatMap(runsOf).map(({ variant }) => variant),
    ['buggy', 'buggy', 'pte-lock', 'pte-lock'],
  );
});

test('fields that a later version may add do not matter', async (t) => {
  const path = folder.put('later.json', { ...HELD, novelty: 1, host: { ...HELD.host, numa: 2 } });
  await t.notThrowsAsync(readDocuments([path]));
});

const MISTAKES: Readonly<Record<string, readonly [document: unknown, says: RegExp]>> = {
  empty: ['', /is empty: must be what run --json or verify --json has printed$/],
  blank: [' \n', /is empty/],
  text: ['xen-pin: REPRODUCED\u001b[31m\nmore', /is not a JSON document \(it begins "xen-pin: REPRODUCED\\u001b"\)/],
  controls: ['\u001b[2J\u0007', /is not a JSON document \(it begins "\\u001b\[2J\\u0007"\)/],
  'cut off': [JSON.stringify(HELD).slice(0, -9), /is not a JSON document/],
  'two documents': [`${JSON.stringify(HELD)}${JSON.stringify(HELD)}`, /is not a JSON document/],
  number: ['7', /has no field "schema"/],
  null: ['null', /has no field "schema"/],
  list: ['[]', /has no field "schema"/],
  other: ['{"schema":"else/1"}', /holds "else\/1": must be what run --json/],
  bench: ['{"schema":"racehammer.bench/1"}', /holds "racehammer\.bench\/1": must be what run --json/],
  'odd schema': ['{"schema":{"a":1}}', /has no field "schema"/],
  newer: [
    { ...HELD, schema: 'racehammer.run/2' },
    /was written by a newer racehammer \(racehammer\.run\/2; this one reads racehammer\.run\/1\)$/,
  ],
  'missing field': [{ ...HELD, trials: undefined }, /the document must have required property 'trials'$/],
  'wrong type': [{ ...HELD, trials: '7' }, /\/trials must be integer$/],
  'too large': [{ ...HELD, trials: 1e300 }, /\/trials must be /],
  'wrong word': [{ ...HELD, verdict: 'FINE' }, /\/verdict must be .*allowed values: REPRODUCED, NOT_REPRODUCED, HELD/],
  'deep inside': [
    { ...REPRODUCED, outcomes: [{ ...REPRODUCED.outcomes[0], rate: 2 }] },
    /\/outcomes\/0\/rate must be <= 1$/,
  ],
  'a bad row': [documentOf([rowOf('one', { ...HELD, cpus: 0 })]), /\/rows\/0\/cpus must be >= 1$/],
  'a bad first try': [
    documentOf([rowOf('one', HELD, { firstTry: { ...HELD, cpus: 0 } })]),
    /\/rows\/0\/firstTry\/cpus must be/,
  ],
  'no runs': [
    { schema: 'racehammer.runs/1', runs: [] },
    /: has no runs: an interrupt came before the end of the first one$/,
  ],
  'more failures than trials': [{ ...REPRODUCED, trials: 7 }, /has more failures than its 7 trials$/],
};

for (const [name, [document, says]] of Object.entries(MISTAKES)) {
  test(`refused: ${name}`, async (t) => {
    const path = folder.put(`${name}.json`, document);
    const error = await t.throwsAsync(readDocuments([path]), { instanceOf: UsageError });
    t.regex(error?.message ?? '', says);
    t.true(error?.message.startsWith(`file "${path.slice(0, 60)}`));
    t.false(['\n', '\u001b'].some((control) => error?.message.includes(control)));
  });
}

test('a file that cannot be read', async (t) => {
  const gone = await t.throwsAsync(readDocuments(['nowhere.json']), { instanceOf: UsageError });
  t.regex(gone?.message ?? '', /^file "nowhere\.json": cannot be read: ENOENT/);
  await t.throwsAsync(readDocuments([folder.path]), { instanceOf: UsageError, message: /cannot be read: EISDIR/ });
  await t.throwsAsync(readDocuments(['-', '-']), { instanceOf: UsageError, message: /"-" is given twice/ });
});
