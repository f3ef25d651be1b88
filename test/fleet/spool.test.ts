/**
 * Goal: what was counted stays until it has arrived, whoever is killed meanwhile, and goes out behind its evidence. Method: files are
 * written as a process does, torn lines included, and read by one spool after the other.
 */
import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Spool } from '../../lib/fleet/spool.js';
import { appendLine, claimFile } from '../../lib/fleet/spoolFile.js';
import { madeUpExecution } from '../soak/rows.js';
import { keptExecutions } from './keptFiles.js';
import { CAMPAIGN, HASH, LINE, WHOLE } from './madeUp.js';

function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'racehammer-spool-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const EXECUTION = madeUpExecution({ row: 1, source: HASH });
const OOPS = { signature: 'oops', sha256: HASH, report: 'Oops', file: null };

/** What goes out now, as kind and number. */
function out(spool: Spool): string[] {
  return spool
    .take(100, 0, 1)
    .map(({ message }) => (message.kind === 'interval' ? `interval ${message.number}` : 'evidence'));
}

test('a message goes out once, and again if it does not arrive', (t) => {
  const spool = new Spool(folder(t), false);
  const path = spool.begin(CAMPAIGN, EXECUTION);
  appendLine(path, { interval: { ...LINE, end: WHOLE } });
  const [{ id }] = spool.take(10, 0, 1000);
  t.deepEqual(spool.take(10, 1000, 2000), []);
  t.is(spool.take(10, 1001, 61_000)[0].id, id);
  spool.arrived([id]);
  t.is(spool.undelivered, 0);
  t.false(spool.isEmpty, 'its process still runs');
  spool.end(path);
  t.deepEqual(out(spool), []);
  spool.arrived([]);
  t.true(spool.isEmpty);
  t.false(readdirSync(spool.folder).some((name) => name.endsWith('.jsonl')));
});

test('a failure that nobody expected goes out behind its evidence, when the slice has ended', (t) => {
  const spool = new Spool(folder(t), false);
  const path = spool.begin(CAMPAIGN, EXECUTION);
  appendLine(path, { interval: { ...LINE, waits: true, failures: 1, outcomes: [{ signature: 'oops', count: 1 }] } });
  t.deepEqual(out(spool), []);
  appendLine(path, { evidence: OOPS });
  appendLine(path, { interval: { ...LINE, number: 1, end: WHOLE } });
  spool.end(path);
  const all = spool.take(100, 0, 1).map(({ message }) => message);
  t.deepEqual(
    all.map(({ kind }) => kind),
    ['evidence', 'interval', 'interval'],
  );
  t.true(all.every((message) => message.kind === 'evidence' || message.evidence[0].sha256 === HASH));
});

test('the counts of a process that was killed go out without the evidence that died with it', (t) => {
  const spool = new Spool(folder(t), false);
  const path = spool.begin(CAMPAIGN, EXECUTION);
  appendLine(path, { interval: { ...LINE, waits: true, failures: 1, outcomes: [{ signature: 'oops', count: 1 }] } });
  appendFileSync(path, '{"interval":{"number":1,"tri');
  // What the worker writes behind a torn line is a line of its own.
  appendLine(path, { interval: { ...LINE, number: 2, end: WHOLE } });
  spool.end(path);
  t.deepEqual(out(spool), ['interval 2', 'interval 0']);
});

test('a file without an end gets one from the worker, behind all intervals and for every reader', (t) => {
  const path = folder(t);
  const spool = new Spool(path, true);
  const ended = ({ folder: from }: Spool) =>
    keptExecutions(from).map(({ intervals }) =>
      intervals.map(({ number, end }) => [number, end?.end, end?.harnessError]),
    );
  const file = spool.begin(CAMPAIGN, EXECUTION);
  for (const number of [0, 1, 2]) appendLine(file, { interval: { ...LINE, number } });
  spool.end(file);
  const sent = spool.take(100, 0, 1);
  t.deepEqual(
    sent.map(({ message }) => (message.kind === 'interval' ? [message.number, message.end?.end] : [])),
    [
      [0, undefined],
      [1, undefined],
      [2, undefined],
      [3, 'lost'],
    ],
  );
  // The worker is killed before anything has arrived: the next one sends the same.
  const next = new Spool(path, true);
  t.deepEqual(
    next.take(100, 0, 1).map(({ id }) => id),
    sent.map(({ id }) => id),
  );
  next.arrived(sent.map(({ id }) => id));
  t.deepEqual(ended(next), [
    [
      [0, undefined, undefined],
      [1, undefined, undefined],
      [2, undefined, undefined],
      [3, 'lost', null],
    ],
  ]);
});

test('what broke a slice stands behind all that it has said', (t) => {
  const spool = new Spool(folder(t), false);
  const path = spool.begin(CAMPAIGN, EXECUTION);
  appendLine(path, { interval: { ...LINE, number: 0, end: WHOLE } });
  spool.end(path, 'the process ended by exit code 3');
  const [, last] = spool.take(100, 0, 1).map(({ message }) => (message.kind === 'interval' ? message : null));
  t.like(last, { number: 1, end: { end: 'whole', harnessError: 'the process ended by exit code 3' } });
});

test('another worker takes over what a killed one has left, once nobody writes it any more', (t) => {
  const path = folder(t);
  const first = new Spool(path, true);
  const file = first.begin(CAMPAIGN, EXECUTION);
  appendLine(file, { interval: LINE });
  // The process of the slice outlives its worker for a moment; here it is this one.
  claimFile(file);
  const second = new Spool(path, true);
  t.is(second.id, first.id);
  const [{ id }] = second.take(10, 0, 1);
  second.arrived([id]);
  t.false(second.isEmpty);
  appendLine(file, { interval: { ...LINE, number: 1, end: WHOLE } });
  appendFileSync(file, '{"writer":{"host":"here","pid":4194305,"started":""}}\n'.replace('here', hostOf(first)));
  t.deepEqual(out(second), ['interval 1']);
  second.arrived([`${EXECUTION.uuid}.3`]);
  t.true(second.isEmpty);
  t.true(
    readdirSync(path).some((name) => name.endsWith('.delivered')),
    'kept, since that was asked for',
  );
});

function hostOf({ folder: path }: Spool): string {
  return (JSON.parse(readFileSync(join(path, 'owner.json'), 'utf8')) as { host: string }).host;
}
