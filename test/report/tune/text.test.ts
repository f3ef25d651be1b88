// Goal: a reader learns whether the default was beaten, by how much, and what did it. Method: made-up results, as text and as page.

import test from 'ava';
import { tunePage } from '../../../lib/report/tune/page.js';
import type { TuneDocument, TuneResult } from '../../../lib/report/tune/document.js';
import { tuneReport, begunLines } from '../../../lib/report/tune/text.js';
import { PLAIN } from '../../../lib/report/format/screen.js';

const RATE = { rate: 20_000, clockRate: 19_000, trialsPerS: 400_000, hitsPerTrial: 0.05 };
const SETTINGS = {
  cpus: 2,
  machines: 1,
  sync: 'rendezvous',
  round: 64,
  spin: { min: 1000, max: 20_000 },
  phases: { walker: { min: 0, max: 63 } },
  windows: { W_OPEN: { min: 100, max: 300 } },
} as const;
const BEST = { ...SETTINGS, windows: { W_OPEN: { min: 1000, max: 1000 } } };
const WON: TuneResult = {
  race: 'made-up',
  variant: 'buggy',
  knobs: {},
  goal: 'failures',
  expectedOutcome: 'oops',
  defaults: { ...SETTINGS, ...RATE },
  best: { ...BEST, ...RATE, rate: 130_000 },
  won: true,
  duel: { pairs: 90, ratio: 6.5, low95: 6.1, high95: 6.9, clockRatio: 6.4 },
  order: {
    signature: 'oops',
    accesses: 9,
    switches: 1,
    waits: [{ cpu: 1, actor: 'walker', at: 'window', window: 'W_OPEN', accesses: 5, after: 'F1 flag', before: null }],
  },
  noOrder: null,
  begun: { points: 5, phases: SETTINGS.phases, windows: { W_OPEN: { min: 600, max: 1800 } }, ratio: 3.2 },
  effects: [
    {
      parameter: 'window W_OPEN',
      byDefault: '100..300',
      found: '1000',
      without: 0.2,
      spread: 40,
      values: [
        { value: '0..15', slices: 4, hits: 10, rate: 2500 },
        { value: '512..1023', slices: 8, hits: 4000, rate: 100_000 },
      ],
    },
  ],
  curves: [
    {
      parameter: 'window W_OPEN',
      found: 1000,
      points: [0, 100, 1000].map((spins) => ({ spins, rate: 130 * spins, low: 129 * spins, high: 131 * spins + 1 })),
    },
  ],
  shapes: [
    { ...RATE, cpus: 2, machines: 1, rate: 130_000, defaultRate: 20_000, nearMissesPerTrial: 0.5, settings: BEST },
    { ...RATE, cpus: 4, machines: 1, rate: 1000, defaultRate: 0, nearMissesPerTrial: 0.01, settings: BEST },
  ],
  tried: 200,
  slices: 900,
  seconds: 60,
  interrupted: false,
  violations: 0,
  repeat: 'npx racehammer run made-up:buggy',
};
const DOCUMENT: TuneDocument = {
  schema: 'racehammer.tune/1',
  version: '0',
  startedAt: '2026-01-01T00:00:00.000Z',
  budgetMs: 60_000,
  seed: 1,
  results: [],
  file: 'f',
  saved: [],
  interrupted: false,
  exitCode: 0,
  host: { node: 'v20', platform: 'linux', arch: 'x64', cores: 2, cpuModel: 'x', loadavg: [0, 0, 0] },
};
const text = (change: Partial<TuneResult> = {}): string => tuneReport({ ...WON, ...change }, PLAIN).join('\n');

test('settings of JavaScript code have threads and no windows', (t) => {
  const report = text({ code: 'javascript' });
  t.regex(report, /^threads, groups +2, 1/m);
  t.regex(report, /^failures\/s over threads and groups/m);
  t.notRegex(report, /CPUs,|near misses|machine/);
  t.regex(text(), /near misses per trial/);
  const page = tunePage({ ...DOCUMENT, results: [{ ...WON, code: 'javascript' }] });
  t.regex(page, /over threads and groups/);
  t.notRegex(page, / CPUs|near misses per trial/);
});

test('what won is said with its interval, setting by setting', (t) => {
  const report = text();
  t.regex(report, /^made-up:buggy: TUNED: 6\.50 times the failures \(95 % interval 6\.10 \.\. 6\.90, 90 pairs/);
  t.regex(report, /^window W_OPEN +100\.\.300 +1000$/m);
  t.regex(report, /^round +64$/m);
  t.regex(report, /^failures\/s +20\.0 k\/s +130 k\/s$/m);
});

test('a default that stays is shown to be near the best', (t) => {
  const duel = { pairs: 90, ratio: 1.02, low95: 0.97, high95: 1.08, clockRatio: 1 };
  t.regex(
    text({ won: false, duel }),
    /^made-up:buggy: the default stays: it is within 9 % of the best found; the best/,
  );
});

test('an interrupt before the duel leaves nothing to compare', (t) => {
  const duel = { pairs: 0, ratio: null, low95: 0, high95: null, clockRatio: null };
  t.regex(
    text({ won: false, interrupted: true, duel }),
    /interrupted before the best could be compared with the default/,
  );
});

test('a variant that should hold and failed is VIOLATED', (t) => {
  t.regex(text({ violations: 3 }), /^VIOLATED: 3 failures/m);
});

test('curves, values and the map are plotted', (t) => {
  const report = text();
  t.regex(report, /^> 1,000 \|#{32}\| 130 k\/s$/m);
  t.regex(report, /^ {4}100 \|#{3} +\| 13\.0 k\/s$/m);
  t.regex(report, /^ {2}512\.\.1023 \|#{32}\| 100 k\/s, 8 slices$/m);
  t.regex(report, /^ {3}2 {2}@@@ 130 k\/s$/m);
  t.regex(report, /^ {3}4 {2}\.\.\. 1\.0 k\/s$/m);
});

test('the page escapes what comes into it, and has a picture of each', (t) => {
  const document = { ...DOCUMENT, results: [{ ...WON, variant: '<b>' }] };
  const page = tunePage(document);
  t.false(page.includes('<b>'));
  t.is(page.match(/<svg/g)?.length, 2);
  t.notRegex(page, /NaN|undefined|<script/);
  t.notRegex(tunePage({ ...document, results: [] }), /NaN|undefined/);
});

test('an interval that leaves any ratio possible is no result', (t) => {
  const duel = { pairs: 5, ratio: 0.64, low95: 0, high95: null, clockRatio: 0.6 };
  t.is(
    text({ won: false, duel }).split('\n')[0],
    'made-up:buggy: the default stays: too short to decide, after 5 pairs of slices',
  );
  t.regex(text({ won: false, duel: { ...duel, pairs: 1 } }), /after 1 pair of slices/);
});

test('the title of the page says of which races settings were found', (t) => {
  const document = (...results: TuneResult[]): TuneDocument => ({ ...DOCUMENT, results });
  const other = { ...WON, race: 'other', won: false };
  const title = (page: string): string => /<title>(.*?)<\/title>/.exec(page)?.[1] ?? '';
  t.regex(title(tunePage(document(WON, other))), /^tuned: made-up:buggy; the default stays: other:buggy/);
  t.regex(title(tunePage(document(other))), /^the default stays: other:buggy/);
});

test('what the search began with is said, or why it began with the default alone', (t) => {
  t.deepEqual(begunLines(WON), [
    'order of oops: 9 accesses, 1 context switch',
    '  CPU 1, walker, waits for 5 accesses of others in W_OPEN, behind F1 flag',
    "  began with it: of 5 delays the best had 3.20 times the default's failures: phase walker 0..63, window W_OPEN 600..1800",
  ]);
  t.regex(
    begunLines({ ...WON, begun: { ...WON.begun!, ratio: null } }).join(),
    /the best had what the default has none of/,
  );
  const without = { ...WON, order: null, noOrder: 'a race too large', begun: null };
  t.deepEqual(begunLines(without), ['began with the default alone: a race too large']);
  t.deepEqual(begunLines({ ...without, expectedOutcome: null }), []);
});
