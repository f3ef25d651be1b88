/**
 * Goal: no evidence is lost to other evidence: a file's name follows from its content, nothing is overwritten, and no name that
 * a race gives leads out of the folder. What cannot be kept is a sentence, and the run goes on.
 * Method: evidence that differs in one field each, hostile names, and folders in which something stands already.
 */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import test from 'ava';
import { keepEvidence } from '../../lib/run/evidence/evidenceFiles.js';
import { notKeptLines } from '../../lib/report/run/evidenceLines.js';
import { proveKept } from '../../lib/run/evidence/keptEvidence.js';
import { readEvidence } from '../../lib/run/evidence/readEvidence.js';
import { lineToReplay } from '../../lib/run/replayCommand.js';
import { requireTrust } from '../../lib/run/evidence/trustedCode.js';
import { UsageError } from '../../lib/run/usageError.js';
import type { Evidence } from '../../lib/evidence/evidence.js';
import { KeptThreads } from '../../lib/harness/host/keptThreads.js';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { evidenceLines } from '../../lib/report/run/evidenceLines.js';
import { windowRace } from '../evidence/madeUpEvidence.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'racehammer-kept-'));
test.after.always(() => rmSync(FOLDER, { recursive: true, force: true }));
const evidence = windowRace();

/** A folder that is not there yet. */
function folderOf(name: string): string {
  return join(FOLDER, name);
}

test('evidence that differs in any field has a file of its own; the same is written once', (t) => {
  const folder = folderOf('different');
  const others: Partial<Evidence>[] = [
    {},
    { seed: 2 },
    { knobs: { path: 'exit' } },
    { machine: 1 },
    { trial: 13 },
    { round: 32 },
    { cpus: evidence.cpus.map((cpu) => ({ ...cpu, comm: 'other' })) },
    { message: 'something else' },
  ];
  const kept = others.map((more) => keepEvidence(folder, { ...evidence, ...more }));
  t.is(new Set(kept.map(({ path }) => path)).size, others.length);
  t.is(readdirSync(folder).length, others.length);
  for (const [i, { path, sha256 }] of kept.entries()) {
    const read = readEvidence(path);
    t.deepEqual(read.evidence, { ...evidence, ...others[i] });
    t.is(read.sha256, sha256);
    t.true(path.endsWith(`-${sha256.slice(0, 12)}.evidence`));
  }
  t.deepEqual(keepEvidence(folder, evidence), kept[0]);
  t.is(readdirSync(folder).length, others.length);
});

test('what stands where the file should is not overwritten', (t) => {
  const folder = folderOf('taken');
  const { path, sha256 } = keepEvidence(folder, evidence);
  writeFileSync(path, 'a file of somebody else');
  const second = keepEvidence(folder, evidence);
  t.is(readFileSync(path, 'utf8'), 'a file of somebody else');
  t.true(second.path.endsWith(`-${sha256.slice(0, 32)}.evidence`));
  rmSync(second.path);
  mkdirSync(second.path);
  const third = keepEvidence(folder, evidence);
  t.true(third.path.endsWith(`-${sha256}.evidence`));
  writeFileSync(third.path, '');
  const error = t.throws(() => keepEvidence(folder, evidence), { instanceOf: UsageError });
  t.regex(error?.message ?? '', /holds other content, and is not overwritten$/);
});

test('no name leads out of the folder, or is longer than file systems take', (t) => {
  const folder = folderOf('hostile');
  const names = [
    '../../../escaped/x',
    '/etc/passwd',
    '..',
    '.hidden',
    'a\u0000b',
    'a\nb',
    '-rf',
    '\u202e\u00e4',
    'x'.repeat(100_000),
    '',
  ];
  for (const name of names) {
    for (const part of ['race', 'variant', 'signature']) {
      const { path } = keepEvidence(folder, { ...evidence, [part]: name });
      t.is(dirname(path), folder);
      t.regex(basename(path), /^[\w][\w.-]{0,200}\.evidence$/);
      t.true(Buffer.byteLength(basename(path)) < 240);
      t.is(lineToReplay(path, { target: 'xen-pin' }), `npx racehammer replay ${path}`);
    }
  }
  t.is(readdirSync(folder).length, names.length * 3);
  t.deepEqual(readdirSync(FOLDER).includes('escaped'), false);
});

test('what cannot be kept is told, and the rest is done', async (t) => {
  const file = join(FOLDER, 'no-folder');
  writeFileSync(file, '');
  const loaded = await loadRace(new URL('../fixtures/outcomes.js', import.meta.url).href);
  const { signal } = new AbortController();
  const [link] = await proveKept(file, loaded, [{ ...evidence, sync: 'stride' }], new KeptThreads(), signal);
  t.is(link.file, undefined);
  t.regex(link.notKept ?? '', /cannot be written/);
  t.regex(link.reason ?? '', /do not meet/);
  t.regex(evidenceLines([link]).join('\n'), /not explained: .*\n {2}not kept: .*cannot be written/);
  t.regex(notKeptLines([link]).join('\n'), /^racehammer: evidence of \S+: not kept: [^\n]*cannot be written/);
});

test('a command that replays a race of the user says that its code is trusted, and quotes what a shell would take apart', (t) => {
  t.is(
    lineToReplay("ev id/it's.evidence", { target: '/races/my race.js' }),
    "npx racehammer replay --trust-code 'ev id/it'\\''s.evidence'",
  );
});

test('code that only a file names is not loaded unless it is trusted', (t) => {
  t.notThrows(() => requireTrust('evidence "x"', 'xen-pin', undefined));
  t.notThrows(() => requireTrust('evidence "x"', '/races/mine.js', true));
  for (const target of ['/races/mine.js', 'xen-pin.js', 'constructor', '../xen-pin', '']) {
    const error = t.throws(() => requireTrust('evidence "x"', target, false), { instanceOf: UsageError });
    t.regex(error?.message ?? '', /^evidence "x": would load and run ".*": add --trust-code/);
  }
});
