// Goal: a test that leaves a folder behind fails the suite, with the name of the folder. Method: a directory with and without one.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { leftoversIn } from './leftovers.js';

test('what is left in the temporary directory is one failure that names it', (t) => {
  const path = mkdtempSync(join(tmpdir(), 'racehammer-leftovers-'));
  t.teardown(() => rmSync(path, { recursive: true }));
  t.deepEqual(leftoversIn(path), []);
  mkdirSync(join(path, 'witness-1'));
  writeFileSync(join(path, 'a.json'), '');
  const [failure, ...others] = leftoversIn(path);
  t.deepEqual(others, []);
  t.deepEqual(failure.lines, ['a.json', 'witness-1']);
});
