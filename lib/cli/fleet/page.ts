/** The live page of a fleet, and its figures for Prometheus: served by the hub. Used by hub.ts. */

import type { HubView } from '../../fleet/hub.js';
import { htmlPage } from '../../report/page/page.js';
import { soakDocumentOf } from '../../soak/document.js';
import type { Store } from '../../soak/store.js';
import { METRICS_TYPE, TextServer, parseAddress } from '../textServer.js';
import { fleetMetrics } from './metrics.js';

const FLAG = '--page';
const EVENTS_SHOWN = 100;
/** A page is made again after this, and takes at most a tenth of the time of the hub. */
const LEAST_AGE_MS = 5000;
const AGE_FACTOR = 10;
const WAITING =
  '<!doctype html><meta http-equiv="refresh" content="2"><title>racehammer fleet</title><p>The hub begins.';

/** Serves the page at / and the figures at /metrics. */
export class HubPage {
  readonly #server: TextServer;
  #view: HubView | null = null;
  #store: Store | null = null;
  #made: { readonly text: string; readonly untilMs: number } | null = null;

  constructor() {
    this.#server = new TextServer({
      '/': { type: 'text/html; charset=utf-8', make: () => this.#page() },
      '/metrics': { type: METRICS_TYPE, make: () => (this.#view === null ? '' : fleetMetrics(this.#view)) },
    });
  }

  /** Throws UsageError if the address cannot be had. Returns where the page is. */
  async listen(address: string): Promise<string> {
    return await this.#server.listen(parseAddress(address, FLAG), FLAG);
  }

  /** What is served from now on. */
  update(view: HubView, store: Store): void {
    this.#view = view;
    this.#store = store;
  }

  close(): void {
    this.#server.close();
  }

  #page(): string {
    if (this.#store === null || this.#view === null) return WAITING;
    const begunMs = performance.now();
    if (this.#made !== null && begunMs < this.#made.untilMs) return this.#made.text;
    const text = livePage(this.#store, this.#view);
    const tookMs = performance.now() - begunMs;
    this.#made = { text, untilMs: begunMs + tookMs + Math.max(LEAST_AGE_MS, AGE_FACTOR * tookMs) };
    return text;
  }
}

/** Returns the page about a store while its campaign runs. */
export function livePage(store: Store, { workers }: Pick<HubView, 'workers'>): string {
  const document = store.look(() => ({
    soak: soakDocumentOf(store, EVENTS_SHOWN),
    stretches: store.stretches(),
    classes: [],
    timelines: [],
    path: store.path,
    workers,
  }));
  return htmlPage([{ name: 'fleet', document }], { refreshSeconds: 10 });
}
