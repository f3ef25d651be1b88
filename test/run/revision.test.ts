/**
 * Goal: a document names the commit of a race's file only where git knows the file, and says where files differ from it. Method: what git
 * prints, made up; and a work tree of one file.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { Revisions, revisionIn, revisionOf } from '../../lib/run/revision.js';

const OID = 'a'.repeat(40);
const HEAD = `# branch.oid ${OID}\0# branch.head main\0`;
const CHANGED = `1 .M N... 100644 100644 100644 ${OID} ${OID} lib/x.ts\0`;

test('the commit, and whether tracked files differ from it', (t) => {
  t.is(revisionIn(HEAD, 'races/a.mjs'), OID);
  t.is(revisionIn(`${HEAD}${CHANGED}`, 'races/a.mjs'), `${OID}-dirty`);
  t.is(revisionIn(`${HEAD}2 R. N... 100644 100644 100644 ${OID} ${OID} R100 to\0from\0`, 'a'), `${OID}-dirty`);
  t.is(
    revisionIn(`${HEAD}? notes.txt\0! dist/\0`, 'races/a.mjs'),
    OID,
    'other files that git does not know change nothing',
  );
});

test('of a file that git does not know, nothing is said', (t) => {
  for (const entry of ['? races/a.mjs', '? races/', '! races/', '! races/a.mjs']) {
    t.is(revisionIn(`${HEAD}${entry}\0`, 'races/a.mjs'), null, entry);
  }
  t.is(revisionIn(`${HEAD}? races\0`, 'races/a.mjs'), OID);
  t.is(revisionIn('# branch.oid (initial)\0# branch.head main\0', 'a.mjs'), null);
  t.is(revisionIn('', 'a.mjs'), null);
});

test('a real work tree', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'racehammer-git-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'races', 'a.mjs');
  mkdirSync(join(folder, 'races'));
  const files = [file, join(folder, 'races', 'b.mjs')];
  for (const path of files) writeFileSync(path, '1');
  t.is(revisionOf(file), null, 'no work tree');
  const git = (...args: string[]): string | null => {
    const as = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'commit.gpgsign=false'];
    return spawnSync('git', [...as, ...args], { cwd: folder, encoding: 'utf8' }).stdout;
  };
  if (git('init', '-q') === null) {
    t.log('skipped: no git on this machine');
    return;
  }
  git('add', '.');
  t.is(revisionOf(file), null, 'no commit');
  git('commit', '-qm', 'one');
  const commit = git('rev-parse', 'HEAD')!.trim();
  t.is(revisionOf(file), commit);
  writeFileSync(file, '2');
  t.is(revisionOf(file), `${commit}-dirty`);
  const revisions = new Revisions();
  t.is(revisions.of('data:text/javascript,1'), null);
  const ofTree = (): (string | null)[] => files.map((known) => revisions.of(pathToFileURL(known).href));
  const path = process.env.PATH;
  t.teardown(() => (process.env.PATH = path));
  const dirty = revisions.of(pathToFileURL(file).href);
  process.env.PATH = folder;
  t.deepEqual([dirty, ofTree()], [`${commit}-dirty`, [dirty, dirty]], 'git is asked once for a work tree');
  revisions.forget();
  t.deepEqual(ofTree(), [null, null], 'there is no git');
});
