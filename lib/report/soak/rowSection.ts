/** The section of a page about one row of a soak. Called by section.ts. */

import { exitCodeOf } from '../../statistics/verdict.js';
import { binomialInterval } from '../../statistics/statistics.js';
import { counted, formatCount, formatProbability, formatRate, formatSeconds } from '../format/numbers.js';
import { orderWords } from '../run/evidenceLines.js';
import { rowByHost } from './fleetSection.js';
import { rowName } from './rowNames.js';
import { classesOverTime } from './classesOverTime.js';
import type { ClassesOverTime, EvidenceRecord, RowVerdict, SoakHistory, Stretch } from './document.js';
import type { HostVerdict } from './fleetDocument.js';
import { shareWords } from '../words/starved.js';
import { verdictSentence } from './sentence.js';
import { hasRun } from './verdict.js';
import { html, type Markup } from '../html/markup.js';
import { outcomeRows } from '../html/outcomeRows.js';
import { ratesOverTime } from '../run/overTime.js';
import { badge, preformatted } from '../run/pageParts.js';
import { timelineImage } from '../run/section.js';

/** What a page has of one row alone. */
export interface RowParts {
  readonly stretches: readonly Stretch[];
  readonly onHosts: readonly HostVerdict[];
}

/** Returns the section of a row: open if it is not as expected, else folded. */
export function soakRow(row: RowVerdict, history: SoakHistory, parts: RowParts, id: string): Markup {
  const name = `${row.race}: ${rowName(row, history.soak.rows)}`;
  const body = rowBody(row, history, parts);
  if (hasRun(row) && exitCodeOf(row.verdict) !== 0) {
    return html`<section class="card" id="${id}">
      <div class="title">
        <h2>${name}</h2>
        ${badge(row.verdict)}
      </div>
      ${body}
    </section>`;
  }
  return html`<details class="card">
    <summary>
      <span class="title"><span>${name}</span>${hasRun(row) ? badge(row.verdict) : 'not run yet'}</span>
    </summary>
    <div id="${id}">${body}</div>
  </details>`;
}

function rowBody(row: RowVerdict, { soak, classes, timelines }: SoakHistory, { stretches, onHosts }: RowParts): Markup {
  const kept = soak.evidence.filter((evidence) => evidence.row === row.id);
  const signatures = [...new Set(kept.map(({ signature }) => signature))];
  return html`<p>${verdictSentence(row, soak.rows)}</p>
    ${outcomes(row)} ${conditions(row)} ${rowByHost(row, soak.fleet?.hosts ?? [], onHosts)}
    ${
      stretches.length === 0
        ? null
        : html`<figure>
            ${ratesOverTime(stretches, soak.campaign.elapsedMs, 'of the soak')}
            <figcaption>Per second of the row's own slices.</figcaption>
          </figure>`
    }
    ${classesFigure(
      row,
      classes.find((one) => one.row === row.id),
      soak.campaign.elapsedMs,
    )}
    ${row.harnessError === null ? null : preformatted('harness error', row.harnessError.split('\n'))}
    ${signatures.map((signature) => {
      const reports = kept.filter((evidence) => evidence.signature === signature);
      return failure(
        signature,
        reports,
        timelines.filter((one) => one.row === row.id && one.signature === signature),
      );
    })}
    <pre class="wrap" tabindex="0" role="group" aria-label="command that repeats the row">${row.repeat}</pre>`;
}

function classesFigure(
  { classes: figures }: RowVerdict,
  met: ClassesOverTime | undefined,
  endMs: number,
): Markup | null {
  const classes = figures?.classes ?? null;
  if (met === undefined || classes === null) return null;
  return html`<figure>
    ${classesOverTime(met, classes, endMs)}
    <figcaption>Orders are of one class if every CPU reads the same in them, and they leave the same.</figcaption>
  </figure>`;
}

function conditions({
  cpus,
  sync,
  memory,
  weight,
  slices,
  seconds,
  nearMisses,
  hostStalls,
  harnessErrors,
  processorShare,
}: RowVerdict): Markup {
  const words = [
    `${cpus} CPUs`,
    sync,
    ...(memory === 'tso' ? [`memory ${memory}`] : []),
    ...(weight === 1 ? [] : [`weight ${weight}`]),
    `${counted(slices, 'slice')}, ${formatSeconds(seconds)}`,
    `${counted(nearMisses, 'near miss', 'near misses')} (a lower bound)`,
    ...(processorShare === null ? [] : [`CPU time: ${shareWords({ processorShare })}`]),
    ...(hostStalls === 0 ? [] : [counted(hostStalls, 'host stall')]),
    ...(harnessErrors === 0 ? [] : [counted(harnessErrors, 'harness error')]),
  ];
  return html`<p class="soft">${words.join('; ')}</p>`;
}

function outcomes({ trials, seconds, outcomes: all, expected }: RowVerdict): Markup | null {
  if (all.length === 0) return null;
  const rows = all.map(({ signature, count, declared }) => {
    const { low, high } = binomialInterval(count, Math.max(trials, count));
    const isExpected = signature === expected ? 'yes' : declared ? 'no' : 'no: undeclared';
    return html`<tr>
      <th scope="row">${signature}</th>
      <td class="num">${formatCount(count)}</td>
      <td class="num">${formatProbability(count / Math.max(trials, count))}</td>
      <td class="num">${formatProbability(low)} .. ${formatProbability(high)}</td>
      <td class="num">${formatRate(count / seconds)}</td>
      <td>${isExpected}</td>
    </tr>`;
  });
  return outcomeRows(null, rows);
}

/** Returns what was kept of a signature: pictures if there are any, and the report of the first failure. */
function failure(signature: string, reports: readonly EvidenceRecord[], timelines: SoakHistory['timelines']): Markup {
  return html`<details>
    <summary>
      ${signature}: ${reports.length === 1 ? 'one failure' : `the first of ${reports.length} failures that were`} kept
    </summary>
    ${timelines.map(
      ({ svg, accesses, switches }) =>
        html`${timelineImage(signature, svg)}
          <p class="soft">${orderWords({}, accesses, switches)}.</p>`,
    )}
    ${preformatted(`report of ${signature}`, reports[0].report.split('\n'))}
  </details>`;
}
