// Goal: progress is one line rewritten on a terminal, now and then a plain line elsewhere. Method: a stream that keeps what is
// written to it, and updates with made-up times.

import test from 'ava';
import { LiveLines } from '../../lib/cli/output.js';
import { defaultsOf } from '../../lib/cli/options/command.js';
import { rowsFor, verifyRequestOf } from '../../lib/cli/verify/checkedFlags.js';
import { Eta } from '../../lib/cli/verify/eta.js';
import { VERIFY } from '../../lib/cli/verify/options.js';
import { ProgressLine, progressWords } from '../../lib/cli/progress.js';
import { expectedOutcome } from '../../lib/race/expectation.js';
import type { Totals } from '../../lib/harness/host/run.js';

const TOTALS: Totals = {
  trials: 20_000,
  rounds: 20,
  nearMisses: 5,
  failures: 100,
  outcomes: [],
  firstFailureMs: null,
  blocks: [],
};

function streamOf(
  isTTY: boolean,
  columns?: number,
): { isTTY: boolean; columns?: number; written: string[]; write(text: string): void } {
  const written: string[] = [];
  return { isTTY, ...(columns === undefined ? {} : { columns }), written, write: (text) => void written.push(text) };
}

test('the line holds counts, rates and the time left', (t) => {
  t.is(
    progressWords(TOTALS, 2, { trials: Infinity, durationMs: 5000 }),
    '20,000 trials, 10.0 k/s; 100 failures, 50.0 /s; 3.0 s left',
  );
  t.regex(progressWords(TOTALS, 2, { trials: 50_000, durationMs: Infinity }), /; 3\.0 s left$/);
  t.regex(progressWords(TOTALS, 9, { trials: Infinity, durationMs: 5000 }), /; 0 s left$/);
  t.regex(
    progressWords({ ...TOTALS, trials: 0, failures: 0 }, 0, { trials: 50, durationMs: Infinity }),
    /^0 trials, -; 0 failures, -; - left$/,
  );
});

test('what is left of all is said in front of the part', (t) => {
  const stream = streamOf(true, 100);
  const lines = new LiveLines(stream);
  const limit = { trials: Infinity, durationMs: 5000 };
  new ProgressLine(lines, '[1/9] row', limit, () => 'about 20.0 s left; ').update(TOTALS, 1);
  t.regex(stream.written[0], /about 20\.0 s left; \[1\/9\] row: 20,000 trials/);
});

test('the time that a verification takes is estimated by kind of row', async (t) => {
  const request = verifyRequestOf(defaultsOf(VERIFY));
  const rows = await rowsFor(['xen-pin'], {
    ...request,
    row: ['buggy, split PTE locks', 'merged fix'],
    budgetMs: 1000,
  });
  const failing = rows.filter(
    ({ race, request: { plan } }) => expectedOutcome(race, plan.variant, plan.knobs, plan.memory) !== null,
  ).length;
  const holding = rows.length - failing;
  t.true(failing > 0 && holding > 1);
  let ms = 0;
  const eta = new Eta(rows, () => ms);
  t.is(eta.leftMs(), rows.length * 1000);
  ms = 100;
  eta.ended(true);
  t.is(eta.leftMs(), (failing - 1) * 100 + holding * 1000);
  ms = 2100;
  eta.ended(false);
  t.is(eta.leftMs(), (failing - 1) * 100 + (holding - 1) * 2000);
  ms = 2600;
  t.is(eta.leftMs(), (failing - 1) * 100 + (holding - 1) * 2000 - 500);
});

test('on a terminal one line is rewritten five times a second and leaves nothing', (t) => {
  const stream = streamOf(true, 30);
  const progress = new ProgressLine(new LiveLines(stream), 'race:variant', { trials: Infinity, durationMs: 5000 });
  for (let ms = 0; ms < 1000; ms += 100) progress.update(TOTALS, ms / 1000);
  progress.end();
  t.is(stream.written.length, 6);
  t.is(stream.written.at(-1), '\r\u001b[K');
  for (const text of stream.written) t.true(text.startsWith('\r') && !text.includes('\n') && text.length <= 1 + 29 + 3);
});

test('elsewhere a plain line appears every ten seconds', (t) => {
  const stream = streamOf(false);
  const progress = new ProgressLine(new LiveLines(stream), 'race:variant', { trials: Infinity, durationMs: 60_000 });
  for (let s = 0; s < 25; s++) progress.update(TOTALS, s);
  progress.end();
  t.is(stream.written.length, 2);
  for (const text of stream.written)
    t.true(text.startsWith('race:variant: 20,000 trials') && text.endsWith(' left\n') && !/\r/.test(text));
});
