// Goal: what is no bench document costs one line that says so; one of an earlier version is read. Method: files.

import test from 'ava';
import { readBench } from '../../lib/cli/readDocument.js';
import { UsageError } from '../../lib/run/usageError.js';
import { DocumentFolder } from '../report/documentFolder.js';
import { benchOf, figureOf } from '../report/bench/madeUpBench.js';
import { HELD } from '../report/run/madeUpRun.js';

const folder = new DocumentFolder();

const FIGURE = figureOf('a', [1, 2, 3]);

test('a bench, and one without parts and dates', async (t) => {
  const bench = benchOf([FIGURE]);
  t.deepEqual(await readBench(folder.put('bench.json', bench)), bench);
  const { part: _, better: _better, ...figure } = FIGURE;
  const { version: _version, startedAt: _startedAt, ...old } = benchOf([figure]);
  t.deepEqual(await readBench(folder.put('old.json', old)), old);
});

const MISTAKES: Readonly<Record<string, readonly [document: unknown, says: RegExp]>> = {
  empty: ['', /is empty: must be what bench --json has printed$/],
  text: [
    'op.bare 7 ns',
    /is not a JSON document \(it begins "op\.bare 7 ns"\): must be what bench --json has printed$/,
  ],
  null: ['null', /has no field "schema" with a name in it: must be what bench --json/],
  run: [HELD, /holds "racehammer\.run\/1": must be what bench --json has printed$/],
  comparison: [{ schema: 'racehammer.bench-compare/1' }, /holds "racehammer\.bench-compare\/1": must be what bench/],
  newer: [
    { ...benchOf([]), schema: 'racehammer.bench/2' },
    /was written by a newer racehammer \(racehammer\.bench\/2; this one reads racehammer\.bench\/1\)$/,
  ],
  'no figures': [{ ...benchOf([]), figures: undefined }, /the document must have required property 'figures'$/],
  'a word for a number': [benchOf([{ ...FIGURE, value: 'x' as never }]), /\/figures\/0\/value must be number$/],
  'no host': [{ ...benchOf([]), host: {} }, /\/host must have required property 'node'$/],
  'a wrong direction': [
    benchOf([{ ...FIGURE, better: 'up' as never }]),
    /\/figures\/0\/better must be .*higher, lower$/,
  ],
  'a figure twice': [benchOf([FIGURE, FIGURE]), /has the figure "a" twice$/],
  'a median outside': [benchOf([{ ...FIGURE, value: 4 }]), /"a" has its median outside its range$/],
};

for (const [name, [document, says]] of Object.entries(MISTAKES)) {
  test(`refused: ${name}`, async (t) => {
    const path = folder.put(`${name}.json`, document);
    const error = await t.throwsAsync(readBench(path), { instanceOf: UsageError });
    t.regex(error?.message ?? '', says);
    t.true(error?.message.startsWith(`file "${path.slice(0, 60)}`));
    t.false(error?.message.includes('\n'));
  });
}

test('a file that cannot be read', async (t) => {
  await t.throwsAsync(readBench('nowhere.json'), { instanceOf: UsageError, message: /cannot be read: ENOENT/ });
});
