/** Tables of several runs, or of the rows of a `verify`, with links to their sections. Called by page.ts. */

import { formatCount, formatRate } from '../format/numbers.js';
import { overallRate, rateSentence } from '../comparison/rates.js';
import { powerCell } from '../words/power.js';
import type { RunDocument } from '../run/document.js';
import {
  isExplored,
  isUnexpected,
  wasCutOff,
  worstOf,
  type RowDocument,
  type VerifyDocument,
} from '../verify/document.js';
import { expectedWords, observedWords, provedNotes, provedWords } from '../verify/text.js';
import { IntervalColumn, rateWords } from '../run/intervals.js';
import { html, type Content, type Markup } from '../html/markup.js';
import { badge } from '../run/pageParts.js';
import type { SaidOnce } from '../run/saidOnce.js';

/** A run, with the name and the id of its section. */
export interface LinkedRun<Run extends RunDocument = RunDocument> {
  readonly run: Run;
  readonly name: string;
  readonly id: string;
}

interface Column<Run extends RunDocument> {
  readonly head: Content;
  readonly numeric?: boolean;
  readonly cell: (linked: LinkedRun<Run>) => Content;
}

/** Shows several runs on one scale; for two of the same race also whether the rate has changed. */
export function sideBySide(linked: readonly LinkedRun[]): Markup {
  const [first, second] = linked;
  const rate = linked.length === 2 && first.run.race === second.run.race ? overallRate(first.run, second.run) : null;
  return html`<section class="card">
    <h2>Side by side</h2>
    ${table(`${linked.length} runs`, linked, [
      ...columnsOf(linked),
      { head: 'verdict', cell: ({ run }) => badge(run.verdict) },
      { head: 'trials/s', numeric: true, cell: ({ run }) => formatRate(run.trials / run.seconds) },
    ])}
    ${rate === null ? null : html`<p>${rateSentence(rate, [nameOf(first, second), nameOf(second, first)])}.</p>`}
  </section>`;
}

/** Shows the rows of a `verify`. */
export function verifyOverview(
  heading: string,
  document: VerifyDocument,
  linked: readonly LinkedRun<RowDocument>[],
  said: SaidOnce | null,
): Markup {
  return html`<section class="card">
    <h2>${heading}</h2>
    ${linked.length === 0 ? null : table('Rows of the verification', linked, rowColumnsOf(linked))}
    ${linked.flatMap(({ run }) => provedNotes(run)).map((note) => html`<p>${note}</p>`)}
    ${document.notRun.map(({ race, row }) => html`<p class="soft">not run: ${race}, ${row}</p>`)}
    <h3>Repeat</h3>
    <pre class="wrap" tabindex="0" role="group" aria-label="command that repeats the verification">
${document.repeat}</pre>
    ${said?.list() ?? null}
  </section>`;
}

/** Whether a row is shown unfolded: it is not as expected, or was interrupted. */
export function needsAttention(row: RowDocument): boolean {
  return isUnexpected(row) || wasCutOff(row);
}

function rowColumnsOf(linked: readonly LinkedRun<RowDocument>[]): Column<RowDocument>[] {
  return [
    ...columnsOf(linked),
    ...(linked.some(({ run }) => isExplored(run))
      ? [{ head: 'all states', cell: ({ run }: LinkedRun<RowDocument>) => provedWords(run) }]
      : []),
    { head: 'verdict', cell: ({ run }) => badge(worstOf(run)) },
  ];
}

function columnsOf(linked: readonly LinkedRun[]): Column<RunDocument>[] {
  const intervals = new IntervalColumn(linked.map(({ run }) => run));
  return [
    { head: 'expected', cell: ({ run }) => `to ${expectedWords(run)}` },
    { head: 'observed', cell: ({ run }) => observedWords(run) },
    { head: 'trials', numeric: true, cell: ({ run }) => formatCount(run.trials) },
    {
      head: html`failures per trial, 95 % <span class="soft">(${intervals.axisWords()})</span>`,
      cell: ({ run }) => html`${intervals.cell(run)}<span class="soft">${rateWords(run)}</span>`,
    },
    { head: 'against its twin', cell: ({ run }) => powerCell(run) },
  ];
}

function table<Run extends RunDocument>(
  caption: string,
  linked: readonly LinkedRun<Run>[],
  columns: readonly Column<Run>[],
): Markup {
  return html`<div class="scroll">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          <th scope="col">run</th>
          ${columns.map(({ head, numeric }) =>
            numeric === true ? html`<th scope="col" class="num">${head}</th>` : html`<th scope="col">${head}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${linked.map(
          (one) =>
            html`<tr>
              <th scope="row"><a href="#${one.id}">${one.name}</a></th>
              ${columns.map(({ cell, numeric }) =>
                numeric === true ? html`<td class="num">${cell(one)}</td>` : html`<td>${cell(one)}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function nameOf({ run, name }: LinkedRun, other: LinkedRun): string {
  return run.variant === other.run.variant ? name : run.variant;
}
