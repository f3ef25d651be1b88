// Goal: at 80 columns the view of a soak shows the failures and the bound of each row, and no row that should hold and has failed is
// scrolled away. Method: made-up counts, and a stream that keeps what is written.

import test from 'ava';
import { LiveLines } from '../../../lib/cli/output.js';
import { SoakScreen } from '../../../lib/cli/soak/view.js';
import type { SoakRow } from '../../../lib/soak/row.js';
import type { SoakView } from '../../../lib/soak/soak.js';

const NAMES = [
  'buggy, split PTE locks',
  'merged fix, fork, flush by hypercall',
  ...Array.from({ length: 38 }, (_, i) => `row ${i}`),
];
const ROWS = NAMES.map((name, i) => ({
  race: { name: 'xen-pin' },
  name,
  expected: i === 0 ? 'oops-0003' : null,
})) as never as readonly SoakRow[];

function viewOf(counts: Readonly<Record<number, { trials: number; failures: number }>>): SoakView {
  return {
    elapsedMs: 7_380_000,
    budgetMs: 216_000_000,
    row: 1,
    sliceSeconds: 10,
    slice: { trials: 2_100_000 },
    rows: ROWS.map((_, i) => ({ nearMisses: 5, ...(counts[i] ?? { trials: 0, failures: 0 }) })),
    rssMb: 142,
    isBehind: false,
    lastHang: null,
  } as never;
}

function drawn(columns: number, view: SoakView): string[] {
  const written: string[] = [];
  const stream = { isTTY: true, columns, rows: 24, write: (text: string) => void written.push(text) };
  new SoakScreen(new LiveLines(stream), ROWS).update(view, ROWS);
  return written
    .join('')
    .replace(/^\r\S+K/, '')
    .split('\n');
}

test('80 columns hold the failures and the bound of a row', (t) => {
  const lines = drawn(
    80,
    viewOf({ 0: { trials: 1_234_567_890, failures: 951_234_567 }, 1: { trials: 3_000_000, failures: 0 } }),
  );
  for (const line of lines) t.true(line.length < 80, line);
  t.is(lines[0], '2h 03m of 2d 12h, 2d 10h left; 0 failures of rows that should hold; 142 MB');
  t.is(lines[1], 'xen-pin, merged fix, fork, flush by hypercall: 3,000,000 trials, 210 k/s');
  t.regex(lines[2], /^ +row +trials +failures +per trial$/);
  t.regex(lines[3], /^ {2}xen-pin, buggy, split PTE .* fail 1,234,567,890 +951,234,567 +77\.1 %$/);
  t.regex(lines[4], /^> xen-pin, merged fix, fork, .*… hold +3,000,000 +0 +< 1\.0e-6$/);
  t.regex(lines[5], /hold +0 +0 +-$/);
  t.deepEqual(lines.slice(-2), ['last hang: none', 'last harness error: none']);
  t.true(lines.length <= 24);
});

test('a row that should hold and has failed is shown first, wherever it is', (t) => {
  const lines = drawn(80, viewOf({ 39: { trials: 1000, failures: 1 }, 1: { trials: 5, failures: 0 } }));
  t.regex(lines[0], /; 1 failure of rows that should hold; /);
  t.regex(lines[3], /^! xen-pin, row 37 .* hold +1,000 +1 +0\.100 %$/);
  t.true(lines.some((line) => line.startsWith('> xen-pin, merged fix')));
});

test('a wide terminal shows near misses as well', (t) => {
  const lines = drawn(140, viewOf({ 1: { trials: 3_000_000, failures: 0 } }));
  t.regex(lines[2], /near misses$/);
  t.regex(lines[4], /^> xen-pin, merged fix, fork, flush by hypercall +hold +3,000,000 +0 +< 1\.0e-6 +5/);
});
