/** What happened in a soak, as parts of its page: memory, events, hangs, and the sessions with what each has counted. Called by section.ts. */

import { counted, formatCount, formatSeconds } from '../format/numbers.js';
import { html, type Markup } from '../html/markup.js';
import { hostLines } from '../run/facts.js';
import type { EventRecord, RowVerdict, SessionRecord, SoakDocument } from './document.js';
import { memoryOverTime } from './memoryOverTime.js';
import { slopeWords } from './text.js';

/** Returns the picture of the memory; only its place where nothing was measured. */
export function memoryFigure({ campaign, memory }: SoakDocument, id: string): Markup {
  if (memory.samples.length === 0) return html`<figure id="${id}-memory"></figure>`;
  return html`<figure id="${id}-memory">
    <h3>Memory over time</h3>
    ${memoryOverTime(memory, campaign.elapsedMs)}
    <figcaption>
      Between slices: ${slopeWords(memory.mbPerHour)}. At most ${memory.mostMb.toFixed(0)} MB in a slice. The slope is
      the median of those between all pairs of points (Theil–Sen) of the longest process.
    </figcaption>
  </figure>`;
}

/** Returns the events, the newest first. */
export function eventsFigure({ events }: SoakDocument, id: string): Markup {
  return html`<figure>
    <h3>Events</h3>
    <div class="scroll tall" tabindex="0" role="group" aria-label="events, the newest first">
      <table class="fit">
        <tbody id="${id}-events">
          ${
            events.length === 0
              ? html`<tr class="nothing">
                  <td class="soft">There was no event.</td>
                </tr>`
              : events.toReversed().map(eventLine)
          }
        </tbody>
      </table>
    </div>
  </figure>`;
}

/** Returns the line of an event. */
export function eventLine({ elapsedMs, kind, text }: EventRecord): Markup {
  return html`<tr>
    <td class="num">${formatSeconds(elapsedMs / 1000)}</td>
    <td>${kind}: ${text.split('\n')[0]}</td>
  </tr>`;
}

/** Returns the table of the trials that hung; only its place if none did. */
export function hangsTable(
  { hangs, rows }: SoakDocument,
  names: ReadonlyMap<number, string>,
  linkTo: (row: RowVerdict) => string,
  id: string,
): Markup {
  if (hangs.length === 0) return html`<div id="${id}-hangs"></div>`;
  const byId = new Map(rows.map((row) => [row.id, row]));
  return html`<div id="${id}-hangs">
    <h3>Hangs</h3>
    <div class="scroll">
      <table class="fit">
        <thead>
          <tr>
            <th scope="col">row</th>
            <th scope="col">how</th>
            <th scope="col" class="num">trials</th>
            <th scope="col" class="num">last at</th>
            <th scope="col">expected</th>
          </tr>
        </thead>
        <tbody>
          ${hangs.map((hang) => {
            const row = byId.get(hang.row);
            if (row === undefined) return null;
            return html`<tr>
              <th scope="row"><a href="#${linkTo(row)}">${names.get(row.id) ?? row.name}</a></th>
              <td>${hang.signature}</td>
              <td class="num">${formatCount(hang.count)}</td>
              <td class="num">${formatSeconds(hang.lastMs / 1000)}</td>
              <td>${row.expected === hang.signature ? 'yes' : 'no'}</td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
  </div>`;
}

/** Returns the sessions of the store, the newest first: when, where, with which version, and what each has counted. */
export function sessionsTable({ sessions, campaign }: SoakDocument, id: string): Markup {
  return html`<div class="scroll" id="${id}-sessions">
    <table>
      <caption>
        ${counted(sessions.length, 'session')}, the newest first; seed ${String(campaign.seed)}, slices of up to
        ${formatSeconds(campaign.pace.sliceMs / 1000)}
      </caption>
      <thead>
        <tr>
          <th scope="col">began</th>
          <th scope="col">of the soak</th>
          <th scope="col" class="num">trials</th>
          <th scope="col" class="num">failures</th>
          <th scope="col" class="num">of rows that should hold</th>
          <th scope="col" class="num">harness errors</th>
          <th scope="col" class="num">memory</th>
          <th scope="col">process and host</th>
        </tr>
      </thead>
      <tbody>
        ${sessions.toReversed().map(sessionLine)}
      </tbody>
    </table>
  </div>`;
}

function sessionLine({ at, pid, hostName, startMs, endMs, reason, version, host, counts }: SessionRecord): Markup {
  const from =
    startMs === null || endMs === null
      ? 'no interval'
      : `${formatSeconds(startMs / 1000)} to ${formatSeconds(endMs / 1000)}`;
  const where = host === null ? [] : hostLines(host).map(([, fact]) => fact);
  return html`<tr>
    <th scope="row">${dateWords(at)}</th>
    <td>${from}, ${reason ?? 'running'}</td>
    <td class="num">${formatCount(counts.trials)}</td>
    <td class="num">${formatCount(counts.failures)}</td>
    <td class="num">${formatCount(counts.unexpected)}</td>
    <td class="num">${formatCount(counts.harnessErrors)}</td>
    <td class="num">${counts.mostMb === null ? '' : `${counts.mostMb.toFixed(0)} MB`}</td>
    <td>${[`process ${pid} on ${hostName}`, `racehammer ${version ?? '?'}`, ...where].join('; ')}</td>
  </tr>`;
}

/** Returns "2026-01-31 12:00:00 UTC". */
export function dateWords(at: number): string {
  return new Date(at)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');
}
