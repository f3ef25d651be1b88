// Goal: the page shows what its documents say, and no text in them can become anything but text. Method: made-up documents; the tags
// of a page with arbitrary text in every field against the tags of the same page with plain text.

import test from 'ava';
import fc from 'fast-check';
import { htmlPage, type PageSource } from '../../../lib/report/page/page.js';
import type { RunDocument } from '../../../lib/report/run/document.js';
import { factList, factsOf } from '../../../lib/report/run/facts.js';
import type { ProvedRow } from '../../../lib/report/verify/document.js';
import { BROKEN, HELD, NOT_REPRODUCED, PROVED, REPRODUCED, VIOLATED, documentOf, rowOf } from '../run/madeUpRun.js';

function pageOf(...runs: readonly RunDocument[]): string {
  return htmlPage([{ name: 'x.json', document: { schema: 'racehammer.runs/1', runs } }]);
}

/** The text that a reader sees, without tags. */
function textOf(page: string): string {
  return page
    .replace(/<style>.*?<\/style>/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replace(/\s+/g, ' ');
}

/** All tags with the names of their attributes. */
function tagsOf(page: string): string[] {
  return (page.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/="[^"]*"/g, ''));
}

test('a page shows verdict, counts, intervals, times, report, parameters, host and how to repeat', (t) => {
  const text = textOf(pageOf(REPRODUCED));
  for (const words of [
    'xen-pin: buggy REPRODUCED',
    'Expected to fail as oops-0003, and did.',
    'oops-0003 5,000 0.500 % 0.486 % .. 0.514 % 2.5 k/s yes',
    '250 ms 450 ms after the process started',
    'Half of the failures came within 127 trials (about 254 µs) of the one before, 99 % within 255',
    'the first line of the oops',
    'knob path exit',
    'any, 2 cores, linux x64',
    'npx racehammer run xen-pin:pte-lock',
    '2026-01-31 12:00:00 UTC, racehammer 0.1.0',
  ])
    t.true(text.includes(words), words);
});

test('every verdict is explained', (t) => {
  t.regex(textOf(pageOf(HELD)), /no failure in 1,000,000 trials\. The failure rate per trial is below 3\.0e-6/);
  t.regex(textOf(pageOf(VIOLATED)), /5,000 of 1,000,000 trials failed\. Expected to hold but failed: oops-0003\./);
  t.regex(textOf(pageOf(NOT_REPRODUCED)), /Expected to fail as oops-0003, and did not\./);
  t.regex(textOf(pageOf(BROKEN)), /HARNESS ERROR: worker of CPU 1 on machine 0: it threw/);
  const claim = { rate: 1e-5, confidence: 0.999, result: 'HOLDS', trials: 705_280, failures: 0 } as const;
  t.regex(textOf(pageOf({ ...HELD, claim })), /Claim holds: rate < 1\.0e-5 with 99\.9 % confidence/);
});

test('two runs stand side by side, with what the fix has changed', (t) => {
  const text = textOf(pageOf(REPRODUCED, HELD));
  t.regex(text, /Side by side/);
  t.regex(text, /pte-lock fails less often than buggy: 0 in 1,000,000 trials against 5,000/);
  const same = textOf(htmlPage(['a.json', 'b.json'].map((name): PageSource => ({ name, document: REPRODUCED }))));
  t.regex(same, /xen-pin:buggy \(a\.json\)/);
  t.regex(same, /no difference shown in how often xen-pin:buggy \(b\.json\) and xen-pin:buggy \(a\.json\) fail/);
});

test('rows that are not as expected are open, the others folded up, and the table leads to all', (t) => {
  const rows = [rowOf('good', HELD), rowOf('bad', VIOLATED, { firstTry: { ...HELD, trials: 777 } })];
  const page = htmlPage([{ name: 'v.json', document: documentOf(rows, [{ race: 'pgd-lock', row: 'last' }]) }]);
  t.regex(textOf(page), /3 rows: 1 as expected, 1 VIOLATED, 1 not run/);
  t.regex(textOf(page), /not run: pgd-lock, last/);
  t.regex(textOf(page), /pte-lock; second try, longer; the first: no failure in 777 trials and 2\.0 s/);
  for (const target of page.match(/href="#[^"]+"/g) ?? []) t.true(page.includes(target.replace('href="#', 'id="')));
  t.is(page.match(/<details class="card">/g)?.length, 1);
  t.is(page.match(/<section class="card" id="/g)?.length, 1);
});

test('what all states say is a column of the table, and what disagrees is VIOLATED there', (t) => {
  const pageWith = (...rows: Parameters<typeof documentOf>[0]): string =>
    textOf(htmlPage([{ name: 'v.json', document: documentOf(rows) }]));
  const otherwise = { ...PROVED, contradicts: true };
  const text = pageWith(rowOf('good', HELD, { proved: PROVED }), rowOf('bad', HELD, { proved: otherwise }));
  t.regex(text, / all states verdict .* PROVED, 742 states HELD .* 742 states: THREADS FAIL OTHERWISE VIOLATED /);
  t.true(text.includes(`explored otherwise: ${HELD.race}, bad: ${PROVED.repeat}`));
  t.is(text.match(/; all states: PROVED, 742 states/g)?.length, 2, 'each section has it as well');
  t.false(pageWith(rowOf('good', HELD)).includes('all states'));
});

test('a section of a row has a badge for what the threads say, and one for what all states say', (t) => {
  const badgesOf = (proved: Partial<ProvedRow>): string[] => {
    const row = rowOf('row', HELD, { proved: { ...PROVED, ...proved } });
    const page = htmlPage([{ name: 'v.json', document: documentOf([row]) }]);
    const section = page.slice(page.search(/<(?:details|section) class="card"[^>]*>\s*<(?:summary|div class="title")/));
    return [...section.matchAll(/class="badge (\w+)">([^<]*)</g)].map(([, kind, words]) => `${kind}: ${words}`);
  };
  t.deepEqual(badgesOf({}), ['held: HELD', 'held: all states: PROVED']);
  t.deepEqual(badgesOf({ verdict: 'FAILS', agrees: true }), ['held: HELD', 'reproduced: all states: FAILS']);
  t.deepEqual(badgesOf({ verdict: 'FAILS', agrees: false }), ['held: HELD', 'violated: all states: FAILS']);
  t.deepEqual(badgesOf({ contradicts: true }), ['held: HELD', 'violated: all states: PROVED']);
  t.deepEqual(badgesOf({ verdict: 'BOUNDED', agrees: null }), ['held: HELD', 'inconclusive: all states: BOUNDED']);
  t.deepEqual(badgesOf({ verdict: null, agrees: null, refused: 'lines' }), ['held: HELD']);
});

/** 232 rows with figures of their own, as many as the built-in races have, one in two of which fails. */
const MANY = documentOf(
  Array.from({ length: 232 }, (_, i) => {
    const trials = 400_000 + 1234 * i;
    const failures = i % 2 === 0 ? 70_000 + 321 * i : 0;
    return rowOf(`fork against unpin, row ${i + 1}`, {
      ...(failures > 0 ? REPRODUCED : HELD),
      seed: 54_170_114 + i,
      startedAt: new Date(Date.UTC(2026, 0, 31, 12, 0, i)).toISOString(),
      trials,
      failures,
      phases: { unmap_page_range: { min: 0, max: 400 + i }, xen_pgd_pin: { min: 0, max: 63 } },
      samples: Array.from({ length: 11 }, (__, k) => ({
        ms: 96.4 * (k + 1),
        trials: Math.round((trials * (k + 1 + (k % 3) / 5)) / 11.2),
        failures: Math.round((failures * (k + 1 + (k % 4) / 5)) / 11.6),
      })),
      failureGaps: Array.from({ length: failures > 0 ? 9 : 0 }, (__, k) => ({
        from: 2 ** k,
        to: 2 ** (k + 1) - 1,
        count: Math.ceil(failures / 3 ** (k + 1)),
      })),
      host: { ...HELD.host, loadavg: [i / 100, 2.4, 3.04] },
    });
  }),
);

test('a page of many rows has little more than their figures', (t) => {
  const page = htmlPage([{ name: 'v.json', document: MANY }]);
  const perRow = Buffer.byteLength(page) / MANY.rows.length;
  t.true(perRow < 5000, `${perRow} bytes for each row`);
});

test('what all rows have in common is said once, where each of them leads to', (t) => {
  const page = htmlPage([{ name: 'v.json', document: MANY }]);
  const once = ['v2026.1 of all', 'Counted by each machine', 'fixes the delays', 'within reach of an open window'];
  const many = { ...MANY, rows: MANY.rows.map((row) => ({ ...row, host: { ...row.host, node: once[0] } })) };
  const text = textOf(htmlPage([{ name: 'v.json', document: many }]));
  // The head of the page names the host as well.
  for (const words of once) t.is(text.split(words).length - 1, words === once[0] ? 2 : 1, words);
  for (const [target, rows] of [
    ['all', 232],
    ['read', 2 * 232],
  ] as const) {
    t.is(page.split(`href="#v1-${target}"`).length - 1, rows);
    t.is(page.split(`id="v1-${target}"`).length - 1, 1);
  }
});

test('each parameter of a row is in its section, or among those of all rows', (t) => {
  const other = rowOf('other', { ...VIOLATED, sync: 'stride', host: { ...HELD.host, cores: 64 } });
  const page = htmlPage([{ name: 'v.json', document: documentOf([...MANY.rows.slice(0, 3), other]) }]);
  const ofAll = page.slice(page.indexOf('id="v1-all"'), page.indexOf('id="v1-read"'));
  const factsIn = (part: string): string[] =>
    [...part.matchAll(/<dt>(.*?)<dd>([^<]*)/gs)].map(([, n, v]) => `${n}: ${v}`);
  const shared = factsIn(ofAll);
  t.true(shared.includes('racehammer: 0.1.0'));
  t.false(
    shared.some((fact) => /^(?:sync|host|seed|started):/.test(fact)),
    'these differ',
  );
  const sections = [...page.matchAll(/Parameters and host<\/summary>(.*?)<\/details>/gs)].map(([, facts]) => facts);
  t.is(sections.length, 4);
  for (const [i, run] of [...MANY.rows.slice(0, 3), other].entries()) {
    const alone = String(factList(factsOf(run, true)));
    t.deepEqual([...shared, ...factsIn(sections[i])].toSorted(), factsIn(alone).toSorted());
  }
  const one = textOf(htmlPage([{ name: 'v.json', document: documentOf([MANY.rows[0]]) }]));
  t.regex(one, / any, 2 cores, linux x64 Node\.js v20 .*/);
  t.regex(one, /within reach of an open window.*Counted by each machine.*rate, 17\.5 %.*fixes the delays/);
  t.false(one.includes('all rows'));
});

test('documents without any run, trial or time make a page all the same', (t) => {
  const nothing = { ...BROKEN, trials: 0, seconds: 0, samples: [], upperBound95: null };
  t.notThrows(() => pageOf(nothing, { ...nothing, harnessError: null }));
  t.notThrows(() => htmlPage([{ name: 'v.json', document: documentOf([], [{ race: 'a', row: 'b' }]) }]));
  const odd = {
    ...REPRODUCED,
    trials: 1,
    failures: 1,
    outcomes: [],
    samples: [
      { ms: 5, trials: 9, failures: 9 },
      { ms: 5, trials: 3, failures: 2 },
      { ms: 1, trials: 0, failures: 0 },
    ],
    failureGaps: [{ from: 2 ** 53 - 1, to: 1, count: 2 ** 53 - 1 }],
  };
  t.false(/NaN|Infinity|undefined/.test(pageOf(odd, HELD)));
});

test('a timeline is an image of its own, whatever it holds', (t) => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
  const evidence = [{ signature: 'oops-0003', file: '<b>.json', timelineSvg: svg, timeline: ['CPU 0 </pre><script>'] }];
  const page = pageOf({ ...REPRODUCED, evidence });
  t.false(/<script|<b>/.test(page));
  t.true(page.includes(`src="data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}"`));
  t.regex(textOf(page), /racehammer replay &apos;<b>\.json&apos;/);
});

/** A run in which every text is `text`. */
function filledWith(text: string): RunDocument {
  return {
    ...REPRODUCED,
    race: text,
    variant: text,
    version: text,
    startedAt: text,
    sync: text,
    knobs: { [text]: text },
    phases: { [text]: { min: 1, max: 2 } },
    windows: { [text]: { min: 1, max: 1 } },
    outcomes: [{ ...REPRODUCED.outcomes[0], signature: text }],
    expectedOutcome: text,
    harnessError: text,
    reports: { [text]: [text, text] },
    evidence: [{ signature: text, file: text, timeline: [text], timelineSvg: text }],
    repeat: text,
    host: { ...REPRODUCED.host, node: text, platform: text, arch: text, cpuModel: text },
  };
}

/** What all states say, with the text wherever there is one. */
const provedWith = (text: string): ProvedRow => ({
  ...PROVED,
  failures: [text],
  verdict: 'FAILS',
  agrees: false,
  repeat: text,
});

const sourcesOf = (text: string): PageSource[] => [
  { name: text, document: { schema: 'racehammer.runs/1', runs: [filledWith(text), filledWith(text)] } },
  {
    name: text,
    document: {
      ...documentOf([rowOf(text, filledWith(text), { proved: provedWith(text) })], [{ race: text, row: text }]),
      repeat: text,
    },
  },
];

test('no text becomes markup', (t) => {
  const plain = tagsOf(htmlPage(sourcesOf('plain')));
  const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[<>"'&/=a-z -]{0,40}$/));
  fc.assert(
    fc.property(anything, (text) => tagsOf(htmlPage(sourcesOf(text))).join() === plain.join()),
    {
      numRuns: 60,
      examples: [
        ['<script>alert(1)</script>'],
        ['"><img src=x onerror=alert(1)>'],
        ["' onmouseover='alert(1)"],
        ['</style></title></pre><script>'],
        ['<!--'],
        [']]>'],
        ['__proto__'],
        ['${x}'],
        ['$&'],
        ['\u202e'],
      ],
    },
  );
  t.pass();
});

test('the page asks for nothing and forbids what it does not need', (t) => {
  const page = pageOf(REPRODUCED, HELD);
  t.regex(page, /^<!doctype html>\n<html lang="en">/);
  const [, policy] = /content="(default-src [^"]*)"/.exec(page)!;
  t.regex(
    policy.replaceAll('&apos;', "'"),
    /^default-src 'none'; style-src( 'sha256-[^ ;]+')+; img-src data:; base-uri 'none'; form-action 'none'$/,
  );
  t.false(/\b(?:src|href)="(?!#|data:)/.test(page));
  t.false(/@import|url\(|<script|<iframe|<object|<form/.test(page));
});
