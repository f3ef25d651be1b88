/** The live page of a fleet, and its figures for Prometheus: served by the hub. Used by hub.ts. */

import type { HubView } from '../../fleet/hub.js';
import { counted, formatCount, formatSeconds } from '../../report/format/numbers.js';
import type { Store } from '../../soak/store.js';
import { LivePage } from '../page/livePage.js';
import { StoreLooks } from '../page/storeLooks.js';
import { fleetMetrics } from './metrics.js';

/** Serves the page at / and the figures at /metrics. */
export class HubPage {
  readonly #page = new LivePage(() =>
    this.#view === null ? '' : fleetMetrics(this.#view, this.#looks?.look() ?? null),
  );
  #view: HubView | null = null;
  #looks: StoreLooks | null = null;

  /** Throws UsageError if the address cannot be had. Returns where the page is. */
  async listen(address: string): Promise<string> {
    return await this.#page.listen(address);
  }

  /** What is served from now on. */
  update(view: HubView, store: Store): void {
    this.#view = view;
    if (this.#looks === null) {
      this.#looks = new StoreLooks(store, () => this.#view?.workers);
      this.#page.begin(this.#looks);
    }
    this.#page.update({ words: momentWords(view), row: null });
  }

  async close(): Promise<void> {
    await this.#page.close('The hub has ended.');
  }
}

/** Returns "running: 3h 20m of 60h; 12 workers, 11 hammering; 24 slices and 3 results wait". */
function momentWords({ state, elapsedMs, budgetMs, workers, slices, results, isBehind }: HubView): string {
  const hammering = workers.filter(({ doing }) => doing === 'hammering').length;
  return [
    `${state}: ${formatSeconds(elapsedMs / 1000)} of ${formatSeconds(budgetMs / 1000)}`,
    `${counted(workers.length, 'worker')}, ${formatCount(hammering)} hammering`,
    `${counted(slices.waiting, 'slice')} and ${counted(results.waiting + results.active, 'result')} wait`,
    ...(slices.abandoned === 0
      ? []
      : [`${counted(slices.abandoned, 'slice')} without a worker until the lease is over`]),
    ...(isBehind ? ['the store cannot be written'] : []),
  ].join('; ');
}
