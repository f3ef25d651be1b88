/** Goal: the page of a soak shows its rows, claims, memory, hangs, events and processes, and no text in a store becomes markup. */
import test from 'ava';
import { htmlPage } from '../../../lib/report/page/page.js';
import type { SoakHistory } from '../../../lib/report/soak/document.js';
import { REPRODUCED } from '../run/madeUpRun.js';
import { HISTORY, SOAK } from './madeUpSoak.js';

function pageOf(history: SoakHistory): string {
  return htmlPage([{ name: 'weekend.db', document: history }]);
}

/** What a reader sees. */
function textOf(page: string): string {
  return page
    .replace(/<style>.*?<\/style>/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replace(/\s+/g, ' ');
}

const text = textOf(pageOf(HISTORY));

for (const words of [
  'campaign weekend: 5h 00m of 10h 00m, 6 rows, 2 as expected, 1 HARNESS ERROR, 1 VIOLATED, 1 NOT REPRODUCED, 1 not run yet',
  'For each row taken alone, the failure rate is below 6.9e-6 per trial (99.9 % confidence)',
  'Running: 5h 00m of 10h 00m.',
  'xen-pin: holds HELD to hold no failure 1,000,000 below 3.0e-6 < 6.9e-6 91 MB 0 1/16 of fails: 5.0e-5',
  'xen-pin: waits not run yet to hold not run 0 - 0',
  '+0.3 MB/h (-0.1 .. 0.5, 95 %) after the first minute',
  '2h 30m stopped: the process was stopped for 10 s',
  'xen-pin: hangs livelock 1 1h 07m no',
  '1 of 1,000,000 trials failed. Counted but not declared by the race: livelock.',
  'it did, but stopped 900,000 trials ago',
  'worker of CPU 0: it threw',
  'livelock 1 1.0e-6 2.5e-8 .. 5.6e-6 1.0 /s no: undeclared',
  '9 accesses, explained by an interleaving with 2 switches between CPUs.',
  'Oops: 0003',
  'racehammer run r:v',
  '0 s to 2h 30m, lost 4,000,000 101 1 2 107 MB process 11 on tower; racehammer 0.1.0; any, 2 cores, linux x64',
  'By session (2) began trials trials/s failures failures per trial, 95 % racehammer 1970-01-01 00:00:00 UTC 500,000 50.0 k/s 0 below 6.0e-6 0.1.0',
  'Show rows all 6 not as expected 3 fails as it should 1 held 1 not run yet 1',
  'code not known; git not known',
  'npx racehammer soak --resume --store weekend.db',
]) {
  test(`the page says: ${words}`, (t) => {
    t.true(text.includes(words), text);
  });
}

test('classes of orders have a column, a sentence and a picture, where some are counted', (t) => {
  t.notRegex(text, /classes/);
  const classes = {
    classes: 924,
    met: 21,
    sampled: 4000,
    unclear: 7,
    crowded: 0,
    unknown: 0,
    reason: null,
    lastNewMs: 90_000,
  };
  const rows = SOAK.rows.map((row, i) => (i === 0 ? { ...row, classes } : row));
  const points = [
    { ms: 60_000, met: 20 },
    { ms: 90_000, met: 21 },
  ];
  const history = { ...HISTORY, soak: { ...SOAK, rows }, classes: [{ row: rows[0].id, points }] };
  const page = pageOf(history);
  const said = textOf(page);
  t.regex(said, /classes met .* HELD to hold no failure .* 21 of 924 xen-pin: waits/);
  t.regex(
    said,
    /Met 21 of 924 classes of orders in 4,000 sampled trials, the last new one at 1m 30s of the soak; 7 could not be told apart\./,
  );
  t.regex(page, /aria-label="Classes of orders met over 5h 00m: 21 of 924\."/);
});

test('what is not as expected is open, the rest folded up, and the tables lead to all', (t) => {
  const page = pageOf(HISTORY);
  t.is(page.match(/<details class="card" data-state="bad" open="">/g)?.length, 3);
  t.is(page.match(/<details class="card"/g)?.length, 6);
  const order = [...page.matchAll(/<tr\nid="s1-line-(\d)"/g)].map(([, id]) => Number(id));
  t.deepEqual(order, [5, 3, 4, 2, 1, 6], 'the worst first, what has not run last');
  for (const target of page.match(/href="#[^"]+"/g) ?? []) t.true(page.includes(target.replace('href="#', 'id="')));
});

test('many rows are folded by race, and only the first that are not as expected are open', (t) => {
  const rows = Array.from({ length: 60 }, (_, i) => ({
    ...SOAK.rows[i % 6],
    id: i + 1,
    key: `k${i}`,
    race: `r${i % 2}`,
  }));
  const page = pageOf({ ...HISTORY, soak: { ...SOAK, rows, hangs: [] } });
  t.is(page.match(/ open="">/g)?.length, 4);
  t.is(page.match(/<details class="race">/g)?.length, 2);
  t.regex(textOf(page), /r0: 26 rows, 16 not as expected, 10 held/);
  t.regex(textOf(page), /r1: 30 rows, 10 not as expected, 10 fails as it should, 10 not run yet/);
});

test('a soak that has only begun makes a page all the same', (t) => {
  const memory = { samples: [], mostMb: 0, mbPerHour: null };
  const campaign = { ...SOAK.campaign, elapsedMs: 0 };
  const soak = { ...SOAK, campaign, rows: [], evidence: [], events: [], hangs: [], sessions: [], memory };
  t.regex(textOf(pageOf({ ...HISTORY, soak, stretches: [] })), /no claim is possible/);
});

test('a host that starves a soak is said on the page', (t) => {
  t.regex(text, /CPU time 98\.0 % of what the threads wanted/);
  t.regex(text, /2 CPUs; rendezvous; .* CPU time: 98\.0 % of what the threads wanted/);
  t.notRegex(text, /of the CPU time that they wanted/);
  const starved = textOf(pageOf({ ...HISTORY, soak: { ...SOAK, processorShare: 0.3 } }));
  t.regex(
    starved,
    /The host gave the threads 30\.0 % of the CPU time that they wanted: expect other rates [^]*? an estimated \S+ \S+ trials\. /,
  );
});

test('a soak stands beside runs and other soaks', (t) => {
  const page = htmlPage([
    { name: 'a.db', document: HISTORY },
    { name: 'run.json', document: REPRODUCED },
    { name: 'b.db', document: HISTORY },
  ]);
  t.regex(textOf(page), /Soak weekend \(a\.db\).*Soak weekend \(b\.db\)/);
  const ids = page.match(/ id="[^"]+"/g) ?? [];
  t.is(new Set(ids).size, ids.length);
});

test('no text of a store becomes markup', (t) => {
  const hostile = '"><script>alert(1)</script><!--';
  const plain = 'x';
  const tags = (word: string): string[] => {
    const filled = JSON.parse(JSON.stringify(HISTORY), (key, value: unknown) =>
      typeof value === 'string' && !['verdict', 'schema'].includes(key) ? word : value,
    ) as SoakHistory;
    return (pageOf(filled).match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/="[^"]*"/g, ''));
  };
  t.deepEqual(tags(hostile), tags(plain));
});
