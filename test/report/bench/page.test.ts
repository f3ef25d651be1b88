// Goal: the page and the tables show every figure, say what is reached, and take nothing in a document for markup.

import test from 'ava';
import { benchPage } from '../../../lib/report/bench/page.js';
import { benchComparisonLines, figureLines } from '../../../lib/report/bench/text.js';
import { compareBenches } from '../../../lib/report/bench/figureComparison.js';
import { benchOf, figureOf } from './madeUpBench.js';
import { PLAIN } from '../../../lib/report/format/screen.js';

const FIGURES = [
  figureOf('fast', [1200, 1234, 1300], { against: '>= 1000' }),
  figureOf('slow', [0.1, 0.25, 0.3], { unit: 's', better: 'lower', against: '<= 0.2' }),
  figureOf('plain', [1, 2, 3], { part: 'op' }),
  figureOf('count', [0, 0, 0], { rounds: 1, unit: 'failures', against: '= 0', part: 'op' }),
];

test('the page: a table for each part, targets and whether they are reached', (t) => {
  const page = benchPage(benchOf(FIGURES), { rows: 'About the rows.' });
  t.regex(page, /^# Performance\n/);
  t.regex(page, /racehammer 0\.1\.0, 2026-11-21 17:44 UTC, Node\.js v/);
  t.regex(page, /2 of 3 targets met/);
  t.regex(page, /## rows\n\nAbout the rows\.\n\n\| figure +\| +median/);
  t.regex(page, /\| `fast` +\| +1,234 \| 1,200 \.\. 1,300 \| \/s +\| +5 \| ≥ 1000 +\| met +\|/);
  t.regex(page, /\| `slow` +\| +0\.25 \| 0\.1 \.\. 0\.3 +\| s +\| +5 \| ≤ 0\.2 +\| not met \|/);
  t.regex(page, /## op\n\n\| figure/);
  t.regex(page, /\| `plain` +\| +2 \| 1 \.\. 3 \| \/s +\| +5 \| +\| +\|/);
  t.regex(page, /\| `count` +\| +0 \| +\| failures \| +1 \| = 0 +\| met \|\n$/);
});

test('a document without parts and dates, of an earlier version', (t) => {
  const { part: _, ...figure } = FIGURES[0];
  const { version: _version, startedAt: _startedAt, ...bench } = benchOf([figure]);
  const page = benchPage(bench, {});
  t.regex(page, /measured by an earlier racehammer, Node\.js/);
  t.notRegex(page, /##|undefined/);
  t.regex(page, /\n\| `fast`/);
});

test('the page takes nothing for markup', (t) => {
  const odd = figureOf('a`|b\n# c', [1, 1, 1], { unit: '<b>|', part: '[x](y)\n<script>', against: '= *' });
  const page = benchPage(benchOf([odd], { startedAt: '<i>\n' }), {});
  t.notRegex(page, /<b>|<script>|<i>|^# c/m);
  t.regex(page, /## \\\[x\\\]\(y\) &lt;script>/);
  t.regex(page, /\| `a'\\\|b # c` \|/);
});

test('the table of figures', (t) => {
  const lines = figureLines(FIGURES, PLAIN);
  t.regex(lines[0], /^figure +median +unit +lowest +highest +rounds +target$/);
  t.regex(lines[1], /^fast +1,234 +\/s +1,200 +1,300 +5 +>= 1000 +met$/);
  t.regex(lines[2], /^slow +0\.25 +s +0\.1 +0\.3 +5 +<= 0\.2 +not met$/);
  t.regex(lines[3], /^plain +2 +\/s +1 +3 +5$/);
});

test('the comparison in words', (t) => {
  const old = benchOf([...FIGURES, figureOf('gone', [1, 1, 1])]);
  const now = benchOf([figureOf('fast', [200, 210, 220]), FIGURES[1], figureOf('fresh', [1, 1, 1])]);
  const text = benchComparisonLines(compareBenches(old, now), PLAIN).join('\n');
  t.regex(text, /^old: racehammer 0\.1\.0, .*\nnew: racehammer/);
  t.regex(text, /^fast +1,234 +1,200 \.\. 1,300 +210 +200 \.\. 220 +\/s +0\.17 +WORSE$/m);
  t.regex(text, /^slow +0\.25 +0\.1 \.\. 0\.3 +0\.25 +0\.1 \.\. 0\.3 +s +1 +within noise$/m);
  t.regex(text, /^only in the old document: gone$/m);
  t.regex(text, /^only in the new document: fresh$/m);
  t.regex(text, /^2 figures compared: 0 better, 1 worse than their noise explains$/m);
  const host = { ...old.host, cpuModel: 'another' };
  const far = benchComparisonLines(compareBenches(old, benchOf(now.figures, { host })), PLAIN).join('\n');
  t.regex(far, /^the hosts differ in cpuModel: .* and another$/m);
  t.regex(far, /^fast .* other host$/m);
  t.regex(far, /only ratios within a run are compared/);
  t.regex(benchComparisonLines(compareBenches(old, benchOf([])), PLAIN).join('\n'), /^no figure is in both$/m);
});
