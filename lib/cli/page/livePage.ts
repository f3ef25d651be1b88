/**
 * The live page of a soak or a fleet: the page at /, its updates as server-sent events, the sections of rows and timelines of failures
 * on demand, and figures for Prometheus beside it. Used by soak/soak.ts and fleet/page.ts, and by the bench.
 */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { every, type Timer } from '../../harness/host/timers.js';
import { LIVE_POLICY, LiveView, liveEvent } from '../../report/page/live.js';
import { isOfSqlite } from '../../soak/trouble.js';
import { METRICS_TYPE } from '../metrics/exposition.js';
import { PAGE_EVENTS, type Look, type StoreLooks } from './storeLooks.js';
import { TextServer, parseAddress, type Answer } from './textServer.js';
import { READERS_MAX, Readers, type ReaderEvent } from './readers.js';
import { Timelines } from './timelines.js';

const FLAG = '--page';
/** How often the store is asked for new events, and the line about this moment is sent. */
const STEP_MS = 300;
const NOW_EVERY_MS = 1000;
/** A browser has a few beside the one for its updates. */
const CONNECTIONS = READERS_MAX + 32;
const HTML = 'text/html; charset=utf-8';
const SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'";
const WAITING =
  '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="1"><title>racehammer</title><p>It begins.</p></html>\n';
/** How long readers have to take the last event. */
const ENDING_MS = 300;

/** What happens at this moment, in one line. */
export interface PageMoment {
  readonly words: string;
  /** The row that is hammered, by its key and its code; null if none is. */
  readonly row: { readonly key: string; readonly source: string } | null;
}

interface Shown {
  readonly look: Look;
  readonly view: LiveView;
  /** What changes: its markup, and the version since when it is so. */
  readonly parts: ReadonlyMap<string, { readonly markup: string; readonly version: number }>;
  /** The version since when each row is there. */
  readonly rows: ReadonlyMap<number, number>;
  readonly version: number;
  /** The whole page, once somebody has asked for it. */
  page: string | null;
}

/** Serves one page. */
export class LivePage {
  readonly #server: TextServer;
  readonly #readers = new Readers();
  readonly #timelines = new Timelines();
  /** Tells this process from the one that served here before. */
  readonly #epoch = randomUUID().slice(0, 8);
  #looks: StoreLooks | null = null;
  #timer: Timer | null = null;
  #shown: Shown | null = null;
  /** The newest event that was sent. */
  #event = 0;
  #moment: PageMoment | null = null;
  #momentSent: PageMoment | null = null;
  #momentMs = 0;

  /** `metrics`: makes the figures at /metrics. */
  constructor(metrics: () => string) {
    this.#server = new TextServer(
      {
        '/': { answer: () => this.#page() },
        '/events': { stream: (query, request, response) => this.#follow(query, request, response) },
        '/row': { answer: (query) => this.#row(query) },
        '/timeline': { answer: (query) => this.#timeline(query) },
        '/metrics': { answer: () => ({ type: METRICS_TYPE, body: metrics() }) },
      },
      { connections: CONNECTIONS },
    );
  }

  /** Throws UsageError if the address cannot be had. Returns where the page is. */
  async listen(address: string): Promise<string> {
    return await this.#server.listen(parseAddress(address, FLAG), FLAG);
  }

  /** What is shown from now on. */
  begin(looks: StoreLooks): void {
    this.#looks = looks;
    this.#timer = every(
      STEP_MS,
      () => this.#step(),
      (error) => this.#readers.end({ kind: 'end', data: { words: `The page is broken: ${String(error)}` } }),
    );
    this.#timer.release();
  }

  /** Says what happens at this moment. May be called often. */
  update(moment: PageMoment): void {
    this.#moment = moment;
  }

  /** Says to all who watch that it has ended, and closes. Nothing reads the store any more. */
  async close(words: string): Promise<void> {
    this.#timer?.end();
    this.#looks = null;
    this.#timelines.close();
    const hasReaders = this.#readers.count > 0;
    this.#readers.end({ kind: 'end', data: { words } });
    if (hasReaders) await delay(ENDING_MS);
    this.#server.close();
  }

  #step(): void {
    if (this.#looks === null || this.#readers.count === 0) return;
    this.#sendEvents();
    this.#sendMoment();
    const before = this.#shown;
    const shown = this.#look();
    if (shown !== null && shown !== before) {
      const changed = changesSince(shown, before?.version ?? 0);
      if (changed !== null) this.#readers.send({ ...changed, id: this.#seen() });
    }
    this.#readers.keepAlive();
  }

  #sendEvents(): void {
    for (const event of this.#eventsAfter(this.#event)) this.#readers.send(event);
  }

  /** Returns the events that were stored since, and notes them as sent. */
  #eventsAfter(id: number): ReaderEvent[] {
    if (this.#looks === null) return [];
    try {
      const found = this.#looks.store.eventsAfter(id, PAGE_EVENTS);
      this.#event = Math.max(this.#event, found.at(-1)?.id ?? 0);
      return found.map((event) => ({ kind: 'event', data: liveEvent(event), id: this.#seen(event.id) }));
    } catch (error) {
      if (!isOfSqlite(error)) throw error;
      return [];
    }
  }

  #sendMoment(): void {
    const nowMs = performance.now();
    if (this.#moment === this.#momentSent || nowMs - this.#momentMs < NOW_EVERY_MS) return;
    this.#momentMs = nowMs;
    this.#momentSent = this.#moment;
    if (this.#moment !== null) this.#readers.send(this.#momentEvent(this.#moment));
  }

  #momentEvent({ words, row }: PageMoment): ReaderEvent {
    const rows = this.#shown?.look.history.soak.rows ?? [];
    const found = rows.find(({ key, source }) => key === row?.key && source === row.source);
    return { kind: 'now', data: { words, row: found?.id ?? null } };
  }

  /** Returns what is shown, made again if the store has changed and its time has come. */
  #look(): Shown | null {
    const look = this.#looks?.look() ?? null;
    if (look !== null && look !== this.#shown?.look) this.#shown = shownAfter(this.#shown, look);
    return this.#shown;
  }

  /** Returns what has been seen: process, version, newest event. */
  #seen(event = this.#event): string {
    return [this.#epoch, this.#shown?.version ?? 0, event].join('.');
  }

  #page(): Answer {
    const shown = this.#look();
    if (shown === null) return { type: HTML, body: WAITING };
    return {
      type: HTML,
      body: (shown.page ??= shown.view.page(this.#seen(shown.look.event))),
      headers: { 'content-security-policy': LIVE_POLICY },
    };
  }

  #follow(query: URLSearchParams, request: IncomingMessage, response: ServerResponse): void {
    const last = request.headers['last-event-id'];
    const [epoch, version, event] = (typeof last === 'string' ? last : (query.get('since') ?? '')).split('.');
    const shown = this.#look();
    if (shown === null || epoch !== this.#epoch || !/^\d{1,15}$/.test(version) || !/^\d{1,15}$/.test(event)) {
      this.#readers.add(response, [{ kind: 'again', data: {} }]);
      return;
    }
    // Those who watch already get what has come meanwhile first: nobody is sent an event twice.
    this.#sendEvents();
    const changed = changesSince(shown, Number(version));
    const events = [
      ...(changed === null ? [] : [{ ...changed, id: this.#seen(Number(event)) }]),
      ...this.#eventsAfter(Number(event)),
      ...(this.#moment === null ? [] : [this.#momentEvent(this.#moment)]),
    ];
    this.#readers.add(response, events);
  }

  #row(query: URLSearchParams): Answer | null {
    const body = this.#look()?.view.body(Number(query.get('id')));
    return body === undefined
      ? null
      : { type: HTML, body, headers: { 'content-security-policy': "default-src 'none'" } };
  }

  async #timeline(query: URLSearchParams): Promise<Answer | null> {
    const [row, signature] = [Number(query.get('row')), query.get('signature') ?? ''];
    if (!Number.isSafeInteger(row)) return null;
    const file = this.#looks?.store.evidenceFile(row, signature) ?? null;
    if (file === null) return null;
    const body = await this.#timelines.of(JSON.stringify([row, signature]), file);
    return { type: 'image/svg+xml', body, headers: { 'content-security-policy': SVG_POLICY } };
  }
}

/** Makes what is shown of a look. What is as it was keeps its version. */
function shownAfter(before: Shown | null, look: Look): Shown {
  const view = new LiveView(look.history);
  const version = (before?.version ?? 0) + 1;
  const parts = [...view.changing()].map(([id, markup]) => {
    const old = before?.parts.get(id);
    return [id, old?.markup === markup ? old : { markup, version }] as const;
  });
  const rows = view.rows().map((id) => [id, before?.rows.get(id) ?? version] as const);
  return { look, view, parts: new Map(parts), rows: new Map(rows), version, page: null };
}

/** Returns what has changed since a version; null if nothing has. */
function changesSince({ parts, rows, view, version }: Shown, since: number): ReaderEvent | null {
  if (version <= since) return null;
  const changed = [...parts]
    .filter(([, part]) => part.version > since)
    .map(([id, { markup }]) => [id, markup] as const);
  const cards = [...rows].flatMap(([id, from]) => (from > since ? (view.card(id) ?? []) : []));
  if (changed.length === 0 && cards.length === 0) return null;
  return { kind: 'parts', data: { parts: Object.fromEntries(changed), cards } };
}
