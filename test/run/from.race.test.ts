/**
 * Goal: a run from the order of some evidence counts that order's failure with its delays and without, on threads. Method: the shortest
 * order that all states give of a lost update, until pairs of slices are there.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { explore, run } from '../../lib/index.js';

const folder = mkdtempSync(join(tmpdir(), 'from-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const LOST_UPDATE = decodeURIComponent(new URL('../../../examples/01-lost-update.js', import.meta.url).pathname);

test('a run from a witness has its conditions, and counts both sides', async (t) => {
  const { failures } = await explore(LOST_UPDATE, { variant: 'buggy', evidence: folder });
  const file = failures[0].witness?.file as string;
  const document = await run(LOST_UPDATE, { from: file, duration: '1500ms' });
  const { variant, from, outcomes, repeat, harnessError } = document;
  t.is(harnessError, null);
  t.is(variant, 'buggy');
  t.like(from, { file, sha256: failures[0].witness?.sha256, signature: 'lost-update' });
  t.true(repeat.includes(`--from ${file}`), repeat);
  t.true(from!.waits.length > 0);
  const { with: having, without } = from!;
  const [{ count }] = outcomes;
  t.true(having.failures + without.failures <= count);
  t.true(having.trials + without.trials <= document.trials);
  // However busy the host is, slices of both sides come alternating.
  if (from!.pairs > 0) t.true(having.trials > 0 && without.trials > 0);
});
