/** The section of a page about one row of a soak. Called by section.ts. */

import { countedThreads, seenWords, worldOf } from '../words/world.js';
import { binomialInterval, zeroFailureBound } from '../../statistics/statistics.js';
import { counted, formatCount, formatProbability, formatRate, formatSeconds } from '../format/numbers.js';
import { orderWords } from '../run/evidenceLines.js';
import { rowByHost } from './fleetSection.js';
import { codeWords } from './rowNames.js';
import { classesOverTime } from './classesOverTime.js';
import { dateWords } from './course.js';
import type {
  ClassesOverTime,
  EvidenceRecord,
  RowSession,
  RowVerdict,
  SessionRecord,
  SoakHistory,
  SoakTimeline,
  Stretch,
} from './document.js';
import type { HostVerdict } from './fleetDocument.js';
import { shareWords } from '../words/starved.js';
import { verdictSentence } from './sentence.js';
import { html, type Content, type Markup } from '../html/markup.js';
import { outcomeRows } from '../html/outcomeRows.js';
import { rateWords } from '../run/intervals.js';
import { ratesOverTime } from '../run/overTime.js';
import { preformatted } from '../run/pageParts.js';
import { timelineImage } from '../run/section.js';

/** Where a page that is served gets what it does not bring along. */
export interface Later {
  /** The picture of the first failure that was kept of a row and a signature. */
  readonly timelineOf: (row: number, signature: string) => string;
}

/** What a page has of one row alone. */
export interface RowParts {
  readonly stretches: readonly Stretch[];
  readonly bySession: readonly RowSession[];
  readonly onHosts: readonly HostVerdict[];
}

/** Returns what the section of a row holds. `later`: where its pictures are made; null if they come along. */
export function rowBody(
  row: RowVerdict,
  { soak, classes, timelines }: SoakHistory,
  { stretches, onHosts, bySession }: RowParts,
  later: Later | null,
): Markup {
  const kept = soak.evidence.filter((evidence) => evidence.row === row.id);
  const signatures = [...new Set(kept.map(({ signature }) => signature))];
  return html`<p>${verdictSentence(row, soak.rows)}</p>
    ${outcomes(row)} ${conditions(row)} ${rowByHost(row, soak.fleet?.hosts ?? [], onHosts)}
    ${rowBySession(bySession, soak.sessions)}
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
      const drawn = timelines.filter((one) => one.row === row.id && one.signature === signature);
      const pictures =
        later === null || reports.every(({ sha256 }) => sha256 === null)
          ? drawn.map(timelineWithWords)
          : timelineLater(signature, later.timelineOf(row.id, signature));
      return failure(signature, reports, pictures);
    })}
    <pre class="wrap" tabindex="0" role="group" aria-label="command that repeats the row">${row.repeat}</pre>`;
}

function timelineWithWords({ signature, svg, accesses, switches }: SoakTimeline): Markup {
  return html`${timelineImage(signature, svg)}
    <p class="soft">${orderWords({}, accesses, switches)}.</p>`;
}

/** Returns a picture that is loaded when it is seen: making one may take a second. */
function timelineLater(signature: string, address: string): Markup {
  return html`<div class="timeline" tabindex="0" role="group" aria-label="timeline of ${signature}">
    <img src="${address}" loading="lazy" alt="Timeline of the first ${signature}" />
  </div>`;
}

/** Returns what each session has counted of a row; nothing for a row of one session. */
function rowBySession(mine: readonly RowSession[], sessions: readonly SessionRecord[]): Markup | null {
  if (mine.length < 2) return null;
  return html`<details>
    <summary>By session (${mine.length})</summary>
    <div class="scroll">
      <table class="fit">
        <thead>
          <tr>
            <th scope="col">began</th>
            <th scope="col" class="num">trials</th>
            <th scope="col" class="num">trials/s</th>
            <th scope="col" class="num">failures</th>
            <th scope="col">failures per trial, 95 %</th>
            <th scope="col">racehammer</th>
          </tr>
        </thead>
        <tbody>
          ${mine.map(({ session, trials, failures, seconds }) => {
            const began = sessions.at(session);
            const upperBound95 = failures === 0 && trials > 0 ? zeroFailureBound(trials) : null;
            return html`<tr>
              <th scope="row">${began === undefined ? '?' : dateWords(began.at)}</th>
              <td class="num">${formatCount(trials)}</td>
              <td class="num">${seconds > 0 ? formatRate(trials / seconds) : '-'}</td>
              <td class="num">${formatCount(failures)}</td>
              <td>${rateWords({ trials, failures, upperBound95 })}</td>
              <td>${began?.version ?? '?'}</td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
  </details>`;
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

function conditions(row: RowVerdict): Markup {
  const {
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
    source,
    revision,
  } = row;
  const words = [
    countedThreads(row, cpus),
    sync,
    ...(memory === 'tso' ? [`memory ${memory}`] : []),
    ...seenWords(row),
    ...(weight === 1 ? [] : [`weight ${weight}`]),
    `${counted(slices, 'slice')}, ${formatSeconds(seconds)}`,
    ...(worldOf(row).hasWindows ? [`${counted(nearMisses, 'near miss', 'near misses')} (a lower bound)`] : []),
    ...(processorShare === null ? [] : [`CPU time: ${shareWords({ processorShare })}`]),
    ...(hostStalls === 0 ? [] : [counted(hostStalls, 'host stall')]),
    ...(harnessErrors === 0 ? [] : [counted(harnessErrors, 'harness error')]),
    codeWords(source),
    `git ${revision ?? 'not known'}`,
  ];
  return html`<p class="soft">${words.join('; ')}</p>`;
}

function outcomes({ trials, seconds, outcomes: all, expected }: RowVerdict): Markup | null {
  if (all.length === 0) return null;
  const rows = all.map(({ signature, count, declared }) => {
    const { low, high } = binomialInterval(count, Math.max(trials, count));
    const isExpected = signature === expected ? 'yes' : declared ? 'no' : 'no: undeclared';
    return html`<tr>
      <th>${signature}</th>
      <td>${formatCount(count)}</td>
      <td>${formatProbability(count / Math.max(trials, count))}</td>
      <td>${formatProbability(low)} .. ${formatProbability(high)}</td>
      <td>${formatRate(count / seconds)}</td>
      <td>${isExpected}</td>
    </tr>`;
  });
  return outcomeRows(null, rows);
}

/** Returns what was kept of a signature: pictures if there are any, and the report of the first failure. */
function failure(signature: string, reports: readonly EvidenceRecord[], pictures: Content): Markup {
  return html`<details>
    <summary>
      ${signature}: ${reports.length === 1 ? 'one failure' : `the first of ${reports.length} failures that were`} kept
    </summary>
    ${pictures} ${preformatted(`report of ${signature}`, reports[0].report.split('\n'))}
  </details>`;
}
