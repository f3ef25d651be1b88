/**
 * Goal: each line of the file of --events is a whole document of its schema when it is written, and a file that cannot be written costs a line,
 * not the result. Method: made-up results; the soak's own slices are in soak.slow.test.ts, and the commands in e2e/report.test.ts.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { EventFile } from '../../lib/cli/eventFile.js';
import { OutputFiles } from '../../lib/cli/outputFiles.js';
import { isDescribed } from '../described.js';
import { BROKEN, REPRODUCED, VIOLATED, rowOf } from '../report/run/madeUpRun.js';
import { folder } from '../soak/rows.js';

test('every kind of line is in the schema, and is in the file at once', (t) => {
  const path = join(folder(t), 'events.jsonl');
  writeFileSync(path, '{"schema":"racehammer.event/1","kind":"of an earlier run"}\n');
  const events = new EventFile(new OutputFiles([]), path);
  const kinds = (): string[] =>
    readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { kind: string }).kind);
  t.deepEqual(kinds(), ['of an earlier run'], 'nothing is lost before the command begins');
  events.begin('run');
  t.deepEqual(kinds(), ['begin']);
  events.ended(REPRODUCED);
  events.ended(rowOf('a row\nof two lines', VIOLATED));
  events.ended(BROKEN);
  events.evidence([
    { signature: 'oops', file: 'a.evidence', sha256: 'a', replayed: true, notKept: null },
    { signature: 'b' },
  ]);
  events.slice({ race: 'a', row: 'b', counts: { trials: 1, failures: 0, seconds: 0.5 }, harnessError: null });
  events.note('store', 'everything is written again');
  events.end(1);
  t.deepEqual(kinds(), ['begin', 'ended', 'ended', 'ended', 'evidence', 'evidence', 'slice', 'note', 'end']);
  for (const line of readFileSync(path, 'utf8').trimEnd().split('\n')) isDescribed(t, 'event', line);
});

test('without the flag nothing is written; what cannot be written is said once', (t) => {
  const none = new EventFile(new OutputFiles([]), undefined);
  none.begin('run');
  none.end(0);
  const at = join(folder(t), 'inside');
  mkdirSync(at);
  const files = new OutputFiles([]);
  const events = new EventFile(files, join(at, 'events.jsonl'));
  rmSync(at, { recursive: true });
  events.begin('run');
  events.end(0);
  const { unwritten = [] } = files.noted({});
  t.is(unwritten.length, 1);
  t.regex(unwritten[0], /^--events ".*events\.jsonl": is not written any further: ENOENT/);
  t.is(files.exitCode(0), 74);
});
