// Goal: bench measures, writes its document and its page, and compares: exit 1 if something is worse. Method: the program as a
// process, with the shortest part; documents that are made up for what must come out.

import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { FOLDER, Racehammer, racehammer } from './cli.js';
import { runKept } from './keptProgram.js';
import { DocumentFolder } from '../report/documentFolder.js';
import { benchOf, figureOf } from '../report/bench/madeUpBench.js';

test.serial('it measures, writes document and page, and compares with an older one', async (t) => {
  const old = new DocumentFolder().put('old.json', benchOf([figureOf('gone', [1, 1, 1], { part: 'op' })]));
  const files = ['--output', 'bench.json', '--page', 'PAGE.md'];
  const { code, stdout } = await racehammer('bench', '--only', 'op', '--repeat', '2', '--compare', old, ...files);
  t.is(code, 0);
  t.regex(stdout, /^no figure is in both$/m);
  t.regex(stdout, /^only in the old document: gone$/m);
  t.regex(stdout, /^only in the new document: op\.bare_atomics_ns, /m);
  const written = JSON.parse(readFileSync(join(FOLDER, 'bench.json'), 'utf8')) as { figures: { part: string }[] };
  t.true(written.figures.length > 0 && written.figures.every(({ part }) => part === 'op'));
  t.regex(readFileSync(join(FOLDER, 'PAGE.md'), 'utf8'), /\n## op\n[^]*\n\| `op\.bare_atomics_ns` /);
  const shown = await runKept('bench', '--from', 'bench.json');
  t.regex(shown.stdout, /^op\.bare_atomics_ns +[\d.]+ +ns .* 2$/m);
  t.regex(shown.stdout, /of 1 targets met\n$/);
});

test.serial('an interrupt ends it with what was measured until then, and ends what it has started', async (t) => {
  const folder = mkdtempSync(join(FOLDER, 'interrupted-'));
  const parts = ['--only', 'op', '--only', 'hostile', '--repeat', '1'];
  const program = new Racehammer(['bench', ...parts, '--json'], { TMPDIR: folder });
  await program.saysOnStderr('run of a race that does nothing');
  program.child.kill('SIGINT');
  const { code, stdout, stderr } = await program.ended();
  const { figures, interrupted } = JSON.parse(stdout) as { figures: { part: string }[]; interrupted: boolean };
  t.is(code, 130);
  t.true(interrupted);
  t.deepEqual([...new Set(figures.map(({ part }) => part))], ['op']);
  t.regex(stderr, /^not measured: hostile$/m);
  t.deepEqual(readdirSync(folder), []);
});

test.serial('exit code 1 if a figure is worse', async (t) => {
  const folder = new DocumentFolder();
  const fast = folder.put('fast.json', benchOf([figureOf('a', [90, 100, 110])]));
  const slow = folder.put('slow.json', benchOf([figureOf('a', [9, 10, 11])]));
  const worse = await racehammer('bench', '--compare', fast, '--from', slow);
  t.is(worse.code, 1);
  t.is(worse.stderr, '');
  t.regex(worse.stdout, /^a +100 +90 \.\. 110 +10 +9 \.\. 11 +\/s +0\.1 +WORSE$/m);
  const better = await runKept('bench', '--compare', slow, '--from', fast, '--json');
  t.is(better.code, 0);
  t.like(JSON.parse(better.stdout), { better: 1, worse: 0, figures: { 0: { change: 'better', ratio: 10 } } });
});
