/**
 * Goal: reads are put back where a replay goes on with a row of them, as many as are asked for, and nowhere else.
 * Method: made-up records of one CPU.
 */
import test from 'ava';
import type { Evidence } from '../../lib/evidence/evidence.js';
import { rowGoneOnWith, withReads } from '../../lib/evidence/repeatedReads.js';
import { OP } from '../../lib/machine/recorder.js';

const READ_A = [OP.READ, 100, 7, 7];
const READ_B = [OP.READ, 104, 0, 0];
const WRITE = [OP.WRITE, 100, 7, 8];

function evidenceOf(records: readonly (readonly number[])[]): Evidence {
  return { cpus: [{ records: records.flat(), written: records.length }] } as never;
}

function differenceAt(record: number, [, address, before, after]: readonly number[], op = 'read'): never {
  const expected = { op: 'write', step: '-', address: 100, before: 7, after: 8 };
  return { turn: record, cpu: 0, record, expected, found: { op, step: '-', address, before, after } } as never;
}

test('a row that goes on has the period after which its reads come again', (t) => {
  const one = evidenceOf([READ_A, READ_A, WRITE]);
  t.deepEqual(rowGoneOnWith(one, differenceAt(2, READ_A)), { cpu: 0, record: 2, period: 1 });
  const two = evidenceOf([READ_A, READ_B, READ_A, READ_B, WRITE]);
  t.deepEqual(rowGoneOnWith(two, differenceAt(4, READ_A)), { cpu: 0, record: 4, period: 2 });
});

test('what was not read before, what stores, and what never came is no row', (t) => {
  const evidence = evidenceOf([READ_A, READ_A, WRITE, READ_A, WRITE]);
  t.is(rowGoneOnWith(evidence, differenceAt(2, READ_B)), undefined);
  t.is(rowGoneOnWith(evidence, differenceAt(3, READ_A)), undefined);
  t.is(rowGoneOnWith(evidence, differenceAt(4, WRITE, 'write')), undefined);
  t.is(rowGoneOnWith(evidence, { ...(differenceAt(2, READ_A) as object), found: undefined } as never), undefined);
  t.is(rowGoneOnWith(evidence, differenceAt(0, READ_A)), undefined);
});

test('as many reads are put back as are asked for, in the order of the row', (t) => {
  const evidence = evidenceOf([READ_A, READ_B, READ_A, READ_B, WRITE]);
  const { records, written } = withReads(evidence, { cpu: 0, record: 4, period: 2 }, 3).cpus[0];
  t.is(written, 8);
  t.deepEqual(records, [READ_A, READ_B, READ_A, READ_B, READ_A, READ_B, READ_A, WRITE].flat());
});
