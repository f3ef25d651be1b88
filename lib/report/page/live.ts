/**
 * The page about a soak while it runs, and the parts of it that are sent to those who watch: the same parts as in a page that is
 * written to a file. Called by lib/cli/page.
 */

import { CAUTION } from './caution.js';
import { LIVE_SCRIPT } from '../html/liveScript.js';
import { html, type Markup } from '../html/markup.js';
import { pageOf, policyOf } from '../html/shell.js';
import { eventLine } from '../soak/course.js';
import type { EventRecord, SoakHistory } from '../soak/document.js';
import { SoakParts } from '../soak/section.js';
import { summaryOf } from '../soak/text.js';

/** What a browser may do on the page. */
export const LIVE_POLICY = `${policyOf(LIVE_SCRIPT)}; frame-ancestors 'none'`;

const ID = 's1';
const LATER = {
  timelineOf: (row: number, signature: string): string =>
    `timeline?row=${row}&signature=${encodeURIComponent(signature)}`,
};

/** A soak at one moment, as those see it who watch. */
export class LiveView {
  readonly #history: SoakHistory;
  readonly #parts: SoakParts;

  constructor(history: SoakHistory) {
    this.#history = history;
    this.#parts = new SoakParts(history, ID, LATER);
  }

  /** Returns the whole page. `since`: what the script asks the updates from. */
  page(since: string): string {
    const { soak } = this.#history;
    return pageOf({
      title: summaryOf(soak),
      kicker: 'racehammer, live',
      subtitle: html`<p id="now" class="soft"></p>
        <p class="soft"><span id="live" role="status">Not connected.</span></p>
        <p id="said" class="unseen" role="log"></p>
        <noscript><p class="notice">Without scripts this page stays as it is: load it again.</p></noscript>`,
      main: this.#parts.section(`Soak ${soak.campaign.name}`),
      footer: CAUTION,
      live: { script: LIVE_SCRIPT, data: { id: ID, since } },
    });
  }

  /** Returns the parts that change, as markup by the ids of their elements. */
  changing(): ReadonlyMap<string, string> {
    const { soak } = this.#history;
    const title = html`<h1 id="title">${summaryOf(soak)}</h1>`;
    const parts: [string, Markup][] = [['title', title], ...this.#parts.changing()];
    return new Map(parts.map(([id, markup]) => [id, markup.toString()]));
  }

  /** Returns the ids of the rows. */
  rows(): readonly number[] {
    return this.#history.soak.rows.map(({ id }) => id);
  }

  /** Returns what the section of a row holds; undefined if there is no such row. */
  body(row: number): string | undefined {
    return this.#parts.body(row)?.toString();
  }

  /** Returns the section of a row, folded; undefined if there is no such row. */
  card(row: number): string | undefined {
    const found = this.#history.soak.rows.find(({ id }) => id === row);
    return found === undefined ? undefined : this.#parts.card(found).toString();
  }
}

/** Returns an event as those get it who watch. */
export function liveEvent(event: EventRecord): { readonly line: string; readonly words: string } {
  return { line: eventLine(event).toString(), words: `${event.kind}: ${event.text.split('\n')[0]}` };
}
