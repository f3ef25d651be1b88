/** What a soak serves over HTTP while it runs: its live page, its figures for Prometheus, or both on one server. Called by soak.ts. */

import { counted, formatRate, formatSeconds } from '../../report/format/numbers.js';
import { keyOf, type SoakRow } from '../../soak/row.js';
import type { SoakView } from '../../soak/soak.js';
import type { Store } from '../../soak/store.js';
import { LivePage } from '../page/livePage.js';
import { StoreLooks } from '../page/storeLooks.js';
import { parseAddress } from '../page/textServer.js';
import { MetricsServer, SoakMetrics } from './metrics.js';
import type { SoakFlags } from './options.js';

/** The servers of one soak. */
export class SoakServed {
  readonly #metrics = new SoakMetrics();
  #page: LivePage | null = null;
  #figures: MetricsServer | null = null;

  /** Throws UsageError if an address cannot be had. Returns what is served where, one line each. */
  async listen({ page, metrics }: Pick<SoakFlags, 'page' | 'metrics'>): Promise<string[]> {
    const lines: string[] = [];
    if (page !== undefined) {
      this.#page = new LivePage(() => this.#metrics.text());
      const url = await this.#page.listen(page);
      lines.push(`page: ${url}; metrics: ${url}metrics`);
    }
    if (metrics !== undefined && !isSame(page, metrics)) {
      this.#figures = new MetricsServer(this.#metrics);
      lines.push(`metrics: ${await this.#figures.listen(parseAddress(metrics))}`);
    }
    return lines;
  }

  /** Serves what the store holds from now on. */
  begin(store: Store): void {
    if (this.#page === null && this.#figures === null) return;
    const looks = new StoreLooks(store);
    // What earlier sessions have written is read before the clock of this one begins.
    looks.look();
    this.#metrics.begin(looks);
    this.#page?.begin(looks);
  }

  /** What is counted at this moment. */
  update(view: SoakView, rows: readonly SoakRow[]): void {
    this.#metrics.update(view, rows);
    if (this.#page === null) return;
    const row = rows[view.row];
    this.#page.update({ words: momentWords(view, row), row: { key: keyOf(row), source: row.source.hash } });
  }

  async close(): Promise<void> {
    this.#figures?.close();
    await this.#page?.close('The soak has ended: its report is in its terminal, and in its store.');
  }
}

/** Whether both are the same address, so that one server has both. */
function isSame(page: string | undefined, metrics: string): boolean {
  if (page === undefined) return false;
  const [a, b] = [parseAddress(page, '--page'), parseAddress(metrics)];
  return a.host === b.host && a.port === b.port && a.port !== 0;
}

/** Returns "2h 03m of 60h; xen-pin, merged fix: 12,345 trials in 3.0 s, 4.1 k/s; 142 MB". */
function momentWords({ elapsedMs, budgetMs, slice, sliceSeconds, rssMb, isBehind }: SoakView, row: SoakRow): string {
  const rate = sliceSeconds > 0 ? `, ${formatRate(slice.trials / sliceSeconds)}` : '';
  const { race, name } = row;
  return [
    `${formatSeconds(elapsedMs / 1000)} of ${formatSeconds(budgetMs / 1000)}`,
    `${race.name}, ${name}: ${counted(slice.trials, 'trial')} in ${formatSeconds(sliceSeconds)}${rate}`,
    ...(rssMb === null ? [] : [`${rssMb.toFixed(0)} MB`]),
    ...(isBehind ? ['the store cannot be written'] : []),
  ].join('; ');
}
