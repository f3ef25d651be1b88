/**
 * Goal: who watches a live page sees what is stored, each event once, and only what has changed; nobody from elsewhere, and no number of readers, harms the soak. Method: a store of a few rows, written by the test.
 */
import { get, request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ManyRows } from '../../../lib/bench/page/manyRows.js';
import { LivePage } from '../../../lib/cli/page/livePage.js';
import { READERS_MAX } from '../../../lib/cli/page/readers.js';
import { Timelines } from '../../../lib/cli/page/timelines.js';
import { metricsText } from '../../../lib/cli/soak/metrics.js';
import { StoreLooks } from '../../../lib/cli/page/storeLooks.js';
import { encodeEvidence } from '../../../lib/evidence/evidenceFile.js';
import { windowRace } from '../../evidence/madeUpEvidence.js';
import { folder } from '../../soak/rows.js';

interface Stage {
  readonly many: ManyRows;
  readonly page: LivePage;
  readonly url: string;
}

async function stage(t: ExecutionContext, rows = 4): Promise<Stage> {
  const many = await ManyRows.create(join(folder(t), 's.db'), rows, 4);
  const looks = new StoreLooks(many.store, undefined, { leastMs: 50, times: 1 });
  const page = new LivePage(() => metricsText(null, [], looks.look()));
  const url = await page.listen('0');
  page.begin(looks);
  t.teardown(async () => {
    await page.close('over');
    many.end();
  });
  return { many, page, url };
}

interface Reader {
  readonly response: IncomingMessage;
  /** Resolves with the next event of a kind; others are dropped. */
  next(kind: string): Promise<Record<string, unknown>>;
}

/** Reads the events of a page, from what its body says. */
async function follow(t: ExecutionContext, url: string, since: string): Promise<Reader> {
  const response = await new Promise<IncomingMessage>((done) => get(`${url}events?since=${since}`, done));
  t.teardown(() => response.destroy());
  response.setEncoding('utf8');
  let text = '';
  const found: [string, Record<string, unknown>][] = [];
  let wake = (): void => {};
  response.on('data', (chunk: string) => {
    const messages = `${text}${chunk}`.split('\n\n');
    text = messages.pop()!;
    for (const message of messages) {
      const [, kind, data] = /event: (\w+)\ndata: (.*)/.exec(message) ?? [];
      if (kind !== undefined) found.push([kind, JSON.parse(data) as Record<string, unknown>]);
    }
    wake();
  });
  return {
    response,
    async next(kind) {
      for (;;) {
        const [first] = found.splice(0, 1);
        if (first === undefined) await new Promise<void>((done) => (wake = done));
        else if (first[0] === kind) return first[1];
      }
    },
  };
}

async function pageOf(url: string): Promise<{ readonly text: string; readonly since: string }> {
  const text = await (await fetch(url)).text();
  return { text, since: /data-since="([^"]+)"/.exec(text)![1] };
}

test('an event, and the rows that have changed, reach those who watch; each event once', async (t) => {
  const { many, url } = await stage(t);
  const { text, since } = await pageOf(url);
  t.regex(text, /<h1 id="title">campaign many rows: .*, 4 rows, /);
  const reader = await follow(t, url, since);
  many.store.event('host', 'one & two');
  t.deepEqual(await reader.next('event'), {
    line: '<tr><td class="num">48.0 s<td>host: one &amp; two',
    words: 'host: one & two',
  });
  many.interval(2);
  const { parts } = (await reader.next('parts')) as { parts: Record<string, string> };
  const lines = Object.keys(parts).filter((id) => id.startsWith('s1-line-'));
  t.deepEqual(lines, [`s1-line-${many.ids[2]}`], 'the other rows are as they were');
  t.regex(parts[`s1-line-${many.ids[2]}`], /<td class="num wide">51,800</);
  t.false('s1-events' in parts, 'events are sent one by one');
  many.store.event('host', 'three');
  t.is((await reader.next('event'))['words'], 'host: three');
  const late = await follow(t, url, since);
  t.deepEqual(
    [(await late.next('event'))['words'], (await late.next('event'))['words']],
    ['host: one & two', 'host: three'],
  );
});

test('a row that is declared later comes with its line and its section', async (t) => {
  const { many, url } = await stage(t);
  const { since } = await pageOf(url);
  const reader = await follow(t, url, since);
  const id = many.declareOne('late row');
  many.store.event('code', 'has changed');
  let cards: readonly string[] = [];
  while (cards.length === 0) ({ cards } = (await reader.next('parts')) as { cards: readonly string[] });
  t.regex(
    cards[0],
    new RegExp(`<details class="card" data-state="idle">[^]*xen-pin: late row[^]*id="s1-${id}" data-row="${id}"`),
  );
});

test('a page of another process, or of none, is asked to load again', async (t) => {
  const { url } = await stage(t);
  for (const since of ['other.1.0', '', 'x', '%00', 'a.b.c.d']) {
    t.deepEqual(await (await follow(t, url, since)).next('again'), {});
  }
});

test('sections and timelines are made on demand, and what does not exist is not found', async (t) => {
  const { many, url } = await stage(t);
  const signature = windowRace().signature;
  many.evidence(1, { signature, report: 'Oops', file: Buffer.from(encodeEvidence(windowRace())) });
  many.evidence(2, { signature, report: 'Oops', file: Buffer.from('no evidence') });
  const body = await (await fetch(`${url}row?id=${many.ids[1]}`)).text();
  const [, address] = /<img\s+src="(timeline[^"]+)"/.exec(body)!;
  const drawn = await fetch(url + address.replaceAll('&amp;', '&'));
  t.is(drawn.headers.get('content-type'), 'image/svg+xml');
  t.regex(await drawn.text(), /^<svg class="rh-timeline"[^]*made-up:buggy/);
  const broken = await fetch(`${url}timeline?row=${many.ids[2]}&signature=${signature}`);
  t.regex(await broken.text(), /^<svg [^]*No timeline: the evidence [^<]+<\/text>/);
  for (const path of [
    'row?id=99',
    'row',
    'row?id=__proto__',
    'timeline?row=1&signature=no',
    'timeline?row=1e999',
    'constructor',
  ]) {
    t.is((await fetch(url + path)).status, 404, path);
  }
});

test('a picture that takes too long is given up', async (t) => {
  const timelines = new Timelines(1);
  t.regex(await timelines.of('a', Buffer.alloc(8)), /No timeline: it takes longer than 0\.001 s\./);
  timelines.close();
});

test('HEAD and queries are answered; a name that is not of this host is refused', async (t) => {
  const { url } = await stage(t);
  const asked = async (path: string, method: string, headers = {}): Promise<IncomingMessage> =>
    await new Promise((done) => request(url + path, { method, headers }, (response) => done(response.resume())).end());
  for (const path of ['', '?x=1', 'metrics', 'metrics?a=b&c', 'events'])
    t.is((await asked(path, 'HEAD')).statusCode, 200, path);
  t.is((await asked('metrics?a=b', 'GET')).statusCode, 200);
  t.is((await asked('metrics', 'POST')).statusCode, 404);
  t.is((await asked('', 'GET', { host: 'evil.example:80' })).statusCode, 403);
  t.is((await asked('', 'GET', { host: 'localhost:1' })).statusCode, 200);
  const { headers } = await asked('', 'GET');
  t.regex(
    String(headers['content-security-policy']),
    /^default-src 'none'; .*script-src 'sha256-[^']+'; connect-src 'self'.*frame-ancestors 'none'$/,
  );
});

test('more readers than there may be are refused, and the others go on', async (t) => {
  const { many, url } = await stage(t);
  const { since } = await pageOf(url);
  const readers: Reader[] = [];
  for (let i = 0; i < READERS_MAX; i++) readers.push(await follow(t, url, since));
  t.is((await follow(t, url, since)).response.statusCode, 503);
  many.store.event('host', 'to all');
  for (const reader of readers) t.is((await reader.next('event'))['words'], 'host: to all');
});

test('the end is said to those who watch', async (t) => {
  const { page, url } = await stage(t);
  const reader = await follow(t, url, (await pageOf(url)).since);
  const said = reader.next('end');
  await page.close('It has ended.');
  t.deepEqual(await said, { words: 'It has ended.' });
});
