// Goal: no output takes the place of an input, of another output, of a device or of somebody else's file; a file appears whole
// or not at all; and what cannot be written is told and costs exit code 0. Method: folders with links, pipes and files of
// other kinds, and the commands that write files, in this process.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { OutputFiles, type OutputKind, type Used } from '../../lib/cli/outputFiles.js';
import { runProgram } from '../../lib/cli/program.js';
import { UsageError } from '../../lib/run/usageError.js';
import { writeWhole } from '../../lib/run/wholeFile.js';
import { encodeEvidence } from '../../lib/evidence/evidenceFile.js';
import { windowRace } from '../evidence/madeUpEvidence.js';
import { benchOf, figureOf } from '../report/bench/madeUpBench.js';
import { HELD } from '../report/run/madeUpRun.js';

const PAGE = '<!doctype html>\n<p>old</p>\n';

function folderOf(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'racehammer-outputs-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

function refuses(
  t: ExecutionContext,
  path: string,
  says: RegExp,
  { kind = 'html', used = [] }: { kind?: OutputKind; used?: readonly Used[] } = {},
): void {
  const files = new OutputFiles(used);
  const { message } = t.throws(() => files.reserve('--out', path, kind), { instanceOf: UsageError });
  t.regex(message, says);
  t.true(message.startsWith('--out "') && !message.includes('\n'));
}

test('a new file, and one of the same kind, are written whole; nothing else is left in the folder', (t) => {
  const folder = folderOf(t);
  for (const [name, before] of [['new'], ['empty', ''], ['old', PAGE]]) {
    const path = join(folder, name);
    if (before !== undefined) writeFileSync(path, before, { mode: 0o640 });
    const files = new OutputFiles([]);
    files.reserve('--out', path, 'html');
    t.is(before === undefined ? readdirSync(folder).includes(name) : readFileSync(path, 'utf8') !== before, false);
    t.true(files.write('--out', () => PAGE.replace('old', 'new')));
    t.is(readFileSync(path, 'utf8'), PAGE.replace('old', 'new'));
    if (before !== undefined) t.is(statSync(path).mode & 0o777, 0o640);
    t.is(files.exitCode(0), 0);
  }
  t.deepEqual(readdirSync(folder).toSorted(), ['empty', 'new', 'old']);
});

test('an input stays, by whatever name it is called', (t) => {
  const folder = folderOf(t);
  const input = join(folder, 'in');
  writeFileSync(input, PAGE);
  mkdirSync(join(folder, 'sub'));
  symlinkSync(input, join(folder, 'link'));
  linkSync(input, join(folder, 'hard'));
  symlinkSync(folder, join(folder, 'there'));
  const used = [{ what: 'the document', path: input }];
  for (const name of ['in', 'link', 'hard', 'sub/../in', 'there/in'])
    refuses(t, join(folder, name), /: is the document, and must be another file$/, { used });
  // SQLite has its log beside a store, and may make it at any time.
  refuses(t, join(folder, 'in-wal'), /: is the document/, { used });
  t.is(readFileSync(input, 'utf8'), PAGE);
});

test('two outputs are two files, also where neither is there yet', (t) => {
  const folder = folderOf(t);
  symlinkSync(folder, join(folder, 'there'));
  const files = new OutputFiles([]);
  files.reserve('--first', join(folder, 'a'), 'html');
  t.throws(() => files.reserve('--second', join(folder, 'there', 'a'), 'svg'), { message: /is the file of --first/ });
  files.reserve('--second', join(folder, 'b'), 'svg');
});

test('what is no regular file is refused, and is not opened', (t) => {
  const folder = folderOf(t);
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  symlinkSync('nowhere', join(folder, 'dangling'));
  symlinkSync('pipe', join(folder, 'to-pipe'));
  refuses(t, join(folder, 'pipe'), /must be a regular file, and is a device, pipe or socket$/);
  refuses(t, join(folder, 'to-pipe'), /must be a regular file/);
  refuses(t, '/dev/null', /must be a regular file/);
  refuses(t, folder, /must be a regular file, and is a folder$/);
  refuses(t, `${folder}/new/`, /must be the name of a file$/);
  refuses(t, '', /must be the name of a file$/);
  refuses(t, join(folder, 'dangling'), /must be a file that can be written: ENOENT/);
  refuses(t, join(folder, 'no', 'where'), /must be a file that can be written: ENOENT/);
  t.deepEqual(readdirSync(folder).toSorted(), ['dangling', 'pipe', 'to-pipe']);
});

test('what somebody else has written is not overwritten', (t) => {
  const folder = folderOf(t);
  const others: Readonly<Record<OutputKind, string>> = {
    junit: '<?xml version="1.0"?>',
    html: PAGE,
    report: 'report of racehammer run xen-pin',
    svg: '<svg/>',
    events: '{"schema":"racehammer.event/1"}',
    trace: '{"traceEvents":[]}',
    markdown: '# Performance',
    bench: '{\n  "schema": "racehammer.bench/1"\n}',
    tuning: '{"schema":"racehammer.tuning/1"}',
    evidence: 'racehammer-evidence 1 ',
  };
  const kinds = Object.keys(others) as OutputKind[];
  for (const holds of kinds) {
    const path = join(folder, holds);
    writeFileSync(path, others[holds]);
    for (const kind of kinds) {
      if (kind === holds) t.notThrows(() => new OutputFiles([]).reserve('--out', path, kind));
      else refuses(t, path, /holds something else than .* and is not overwritten$/, { kind });
    }
  }
  const store = join(folder, 'soak.db');
  writeFileSync(store, 'SQLite format 3\0');
  refuses(t, store, /holds something else than a JUnit file \(it begins "SQLite format 3/, { kind: 'junit' });
});

test('a link to a file stays a link, and the file behind it is replaced', (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'file'), PAGE);
  symlinkSync('file', join(folder, 'link'));
  const files = new OutputFiles([]);
  files.reserve('--out', join(folder, 'link'), 'html');
  t.true(files.write('--out', () => '<!doctype html>'));
  t.true(lstatSync(join(folder, 'link')).isSymbolicLink());
  t.is(readFileSync(join(folder, 'file'), 'utf8'), '<!doctype html>');
});

test('what cannot be made or written is told once, costs exit code 0, and leaves what was there', (t) => {
  const folder = folderOf(t);
  const path = join(folder, 'page');
  writeFileSync(path, PAGE);
  const files = new OutputFiles([]);
  files.reserve('--out', path, 'html');
  files.reserve('--gone', join(folder, 'gone'), 'html');
  t.deepEqual(files.noted({ exitCode: 0 }), { exitCode: 0 });
  t.false(
    files.write('--out', () => {
      throw new TypeError('no such figure');
    }),
  );
  // Something else has come there meanwhile.
  mkdirSync(join(folder, 'gone'));
  t.false(files.write('--gone', () => PAGE));
  t.false(files.write('--not-given', () => PAGE));
  const { exitCode, unwritten = [] } = files.noted({ exitCode: 0 });
  t.is(exitCode, 74);
  t.is(unwritten.length, 2);
  t.regex(unwritten[0], /^--out ".*": was not written: no such figure, at .*outputFiles\.test/);
  t.regex(unwritten[1], /^--gone ".*": was not written: must be a regular file, and is a folder$/);
  t.deepEqual(
    [1, 3, 70, 130].map((code) => files.exitCode(code)),
    [1, 3, 70, 130],
  );
  t.is(readFileSync(path, 'utf8'), PAGE);
  t.deepEqual(readdirSync(folder).toSorted(), ['gone', 'page']);
});

test('a file that cannot be renamed into its place leaves nothing behind', (t) => {
  const folder = folderOf(t);
  mkdirSync(join(folder, 'there'));
  t.throws(() => writeWhole(join(folder, 'there'), 'x'), { code: 'EISDIR' });
  t.deepEqual(readdirSync(folder), ['there']);
});

test('no command writes over what it reads', async (t) => {
  const folder = folderOf(t);
  const put = (name: string, text: string | Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const bench = put('b.json', JSON.stringify(benchOf([figureOf('a', [1, 2, 3])])));
  const run = put('r.json', JSON.stringify(HELD));
  const evidence = put(
    'e',
    encodeEvidence({ ...windowRace(), race: 'xen-pin', target: 'xen-pin', variant: 'buggy', knobs: {} }),
  );
  const tuning = join(folder, 't');
  const rest = ['--budget', '5s'];
  for (const [args, says] of [
    [['bench', '--from', bench, '--page', bench], /^--page .*: is one of the documents/],
    [['bench', '--output', tuning, '--page', tuning], /^--page .*: is the file of --output/],
    [['report', run, '-o', run], /^--output .*: is one of the documents/],
    [['replay', evidence, '--svg', evidence], /^--svg .*: is the evidence/],
    [['replay', evidence, '--trace', evidence], /^--trace .*: is the evidence/],
    [['replay', evidence, '--reduce', evidence], /^--reduce .*: is the evidence/],
    [['replay', evidence, '--reduce', '.'], /^--reduce "\.": must be a regular file, and is a folder/],
    [['replay', evidence, '--svg', tuning, '--trace', tuning], /^--svg .*: is the file of --trace/],
    [['tune', 'xen-pin', '--file', tuning, '--html', tuning, ...rest], /^--html .*: is the file of --file/],
    [['verify', 'xen-pin', '--junit', run], /^--junit .*: holds something else than a JUnit file/],
    [['verify', 'xen-pin', '--evidence', tuning, '--junit', tuning], /^--junit .*: is the folder of --evidence/],
  ] as const) {
    const error = await t.throwsAsync(runProgram(args), { instanceOf: UsageError }, args.join(' '));
    t.regex(error.message, says);
  }
  t.deepEqual(readdirSync(folder).toSorted(), ['b.json', 'e', 'r.json']);
});

test('a folder in which no file can be made is refused beforehand', (t) => {
  const folder = folderOf(t);
  const closed = join(folder, 'closed');
  mkdirSync(closed, { mode: 0o555 });
  t.teardown(() => chmodSync(closed, 0o755));
  // Root may write everywhere.
  if (process.getuid?.() === 0) refuses(t, '/proc/page', /no file can be made in that folder: E/);
  else refuses(t, join(closed, 'page'), /no file can be made in that folder: EACCES$/);
});
