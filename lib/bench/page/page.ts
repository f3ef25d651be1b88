/** Part `page` of the bench: the live page of a soak of 200 rows, served by another process while the store is written. Called by bench.ts. */

import { existsSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { guarded } from '../../harness/host/guarded.js';
import { every } from '../../harness/host/timers.js';
import { startChild } from '../children.js';
import { MAIN } from '../command.js';
import { makeFolder, removeFolder } from '../folders.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from '../figure.js';
import { ManyRows } from './manyRows.js';

const ROWS = 200;
const INTERVALS = 20;
const READERS = 10;
/** A soak writes an interval every three seconds. */
const WRITE_EVERY_MS = 3000;
const WATCHED_MS = 12_000;
const EVENTS = 5;
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * Measures how soon the page is painted (without a browser it leaves that out, with a line), how soon an event that is stored has reached
 * all readers, and how much of a core the server takes meanwhile.
 */
export async function measurePage(options: BenchOptions, watchedMs = WATCHED_MS): Promise<Figure[]> {
  const folder = makeFolder();
  const samples = new FigureSamples();
  try {
    const many = await ManyRows.create(join(folder, 'many.db'), ROWS, INTERVALS);
    const child = startChild([MAIN, 'soak', 'status', many.store.path, '--page', '0']);
    try {
      const url = await addressOf(child);
      for (let round = 0; round < options.rounds; round++) {
        options.onPart(`live page, round ${round + 1} of ${options.rounds}`);
        await measureRound(many, url, samples, watchedMs);
      }
      await measurePaint(options, url, samples);
    } finally {
      child.kill('SIGKILL');
      many.end();
    }
  } finally {
    removeFolder(folder);
  }
  return [
    ...(samples.of('paint').length === 0
      ? []
      : [
          figure('page.first_paint_ms', 'ms', samples.of('paint'), '<= 300'),
          figure('page.one_row_paint_ms', 'ms', samples.of('bare')),
        ]),
    figure('page.event_ms', 'ms', samples.of('event'), '<= 1000'),
    figure('page.server_share', 'share of a core', samples.of('share'), '<= 0.02'),
  ];
}

/** Returns where a process serves its page, from the line in which it says so. */
async function addressOf(child: ReturnType<typeof startChild>): Promise<string> {
  let said = '';
  for await (const chunk of child.stderr) {
    said += String(chunk);
    const [, url] = /page: (\S+);/.exec(said) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`the page is not served: ${said}`);
}

async function measureRound(many: ManyRows, url: string, samples: FigureSamples, watchedMs: number): Promise<void> {
  const page = await (await fetch(url)).text();
  const [, since] = /data-since="([^"]+)"/.exec(page) ?? [];
  if (since === undefined) throw new Error('the page has no script');
  const readers = await Promise.all(Array.from({ length: READERS }, () => Reader.open(`${url}events?since=${since}`)));
  let row = 0;
  const writer = every(
    WRITE_EVERY_MS,
    () => many.interval(row++ % ROWS),
    (error) => {
      throw error;
    },
  );
  try {
    const before = await cpuSecondsOf(url);
    const begunMs = performance.now();
    for (let i = 0; i < EVENTS; i++) {
      await delay(watchedMs / EVENTS);
      const text = `bench ${row} ${i}`;
      const storedMs = performance.now();
      many.store.event('host', text);
      await Promise.all(readers.map((reader) => reader.saw(text)));
      samples.add('event', performance.now() - storedMs);
    }
    const seconds = (performance.now() - begunMs) / 1000;
    samples.add('share', ((await cpuSecondsOf(url)) - before) / seconds);
  } finally {
    writer.end();
    for (const reader of readers) reader.close();
  }
}

async function cpuSecondsOf(url: string): Promise<number> {
  const text = await (await fetch(`${url}metrics`)).text();
  const [, seconds] = /^process_cpu_seconds_total (\S+)$/m.exec(text) ?? [];
  if (seconds === undefined) throw new Error('the server says nothing of its CPU time');
  return Number(seconds);
}

/** Somebody who watches. */
class Reader {
  readonly #response: IncomingMessage;
  #text = '';
  #wake = (): void => {};

  private constructor(response: IncomingMessage) {
    this.#response = response;
    response.setEncoding('utf8');
    const fail = (error: unknown): void => void response.destroy(error instanceof Error ? error : undefined);
    response.on(
      'data',
      guarded((chunk: string) => {
        this.#text += chunk;
        this.#wake();
      }, fail),
    );
  }

  static async open(url: string): Promise<Reader> {
    return new Reader(await new Promise<IncomingMessage>((done) => void get(url, done)));
  }

  /** Resolves when an event with this text has come. Forgets what came before. */
  async saw(text: string): Promise<void> {
    while (!this.#text.includes(text)) {
      await new Promise<void>((done) => {
        this.#wake = done;
      });
    }
    this.#text = '';
  }

  close(): void {
    this.#response.destroy();
  }
}

async function measurePaint(options: BenchOptions, url: string, samples: FigureSamples): Promise<void> {
  const executablePath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((directory) => BROWSERS.map((name) => join(directory, name)))
    .find((path) => existsSync(path));
  if (executablePath === undefined) {
    options.onPart('first paint left out: there is no Chromium on this host');
    return;
  }
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    // A first page starts what later ones use.
    await (await browser.newPage()).goto(url);
    for (let round = 0; round < options.rounds; round++) {
      for (const [name, path] of PAINTS) {
        const page = await browser.newPage();
        await page.goto(url + path);
        samples.add(name, Number(await page.evaluate(PAINTED)));
        await page.close();
      }
    }
  } finally {
    await browser.close();
  }
}

/** The page, and beside it the section of one row alone: what a paint costs on this host at least. */
const PAINTS = [
  ['paint', ''],
  ['bare', 'row?id=1'],
] as const;

/** Resolves, in the page, with the milliseconds from its request to its first paint. */
const PAINTED = `new Promise((done) => new PerformanceObserver((list) => {
  for (const entry of list.getEntriesByName('first-contentful-paint')) done(entry.startTime);
}).observe({ type: 'paint', buffered: true }))`;
