/** The section of a page about one soak. Called by page/page.ts. */

import { exitCodeOf } from '../../statistics/verdict.js';
import { counted, formatCount, formatProbability, formatSeconds } from '../format/numbers.js';
import { powerCell } from '../words/power.js';
import type { RowVerdict, SoakDocument, SoakHistory } from './document.js';
import { groups } from './groups.js';
import { rowName } from './rowNames.js';
import { starvedSoakWords } from './starved.js';
import { claims, classesCell, observed, placeWords, slopeWords, stateWords } from './text.js';
import { hostsTable } from './fleetSection.js';
import { hasRun } from './verdict.js';
import { commandLine } from '../format/commandLine.js';
import { IntervalColumn, rateWords, type Failing } from '../run/intervals.js';
import { html, type Markup } from '../html/markup.js';
import { memoryOverTime } from './memoryOverTime.js';
import { badge, factsTable, hostLines, sentence, tile } from '../run/pageParts.js';
import { soakRow } from './rowSection.js';

/** Returns the section of a soak: claims, rows, memory, events, processes. `id` begins the targets of links. */
export function soakSection(history: SoakHistory, heading: string, id: string): Markup {
  const { soak } = history;
  const starved = starvedSoakWords(soak);
  const stretches = groups(history.stretches, ({ row }) => row);
  const onHosts = groups(soak.fleet?.rows ?? [], ({ row }) => row);
  return html`<section class="card" id="${id}">
      <h2>${heading}</h2>
      <p>${claims(soak.rows.filter(hasRun), placeWords(soak)).join(' ')}</p>
      <p class="soft">${stateWords(soak)}</p>
      ${starved === null ? null : html`<p>${sentence(starved)}</p>`} ${soakTiles(soak)}
      <div class="charts">${memoryFigure(soak)}${eventsFigure(soak)}</div>
      ${hostsTable(history)}
      <h3>Rows</h3>
      ${rowsTable(soak.rows, id)} ${hangsTable(soak, id)}
      <h3>Continue, repeat</h3>
      <pre class="wrap" tabindex="0" role="group" aria-label="commands">
${resumeLine(history)}
${commandLine('soak', 'status', history.path, '--evidence', 'evidence')}</pre>
      <details>
        <summary>Processes and hosts</summary>
        ${sessions(soak)}
      </details>
    </section>
    ${soak.rows.map((row) => {
      const parts = { stretches: stretches.get(row.id) ?? [], onHosts: onHosts.get(row.id) ?? [] };
      return soakRow(row, history, parts, targetOf(id, row));
    })}`;
}

function resumeLine({ soak, path }: SoakHistory): string {
  return soak.fleet === undefined
    ? commandLine('soak', '--resume', '--store', path)
    : commandLine('fleet', 'hub', '--resume', '--store', path);
}

function targetOf(id: string, row: RowVerdict): string {
  return `${id}-${row.id}`;
}

function soakTiles({ campaign, rows, hangs, memory, processorShare }: SoakDocument): Markup {
  const run = rows.filter(hasRun);
  const sum = (pick: (row: RowVerdict) => number): number => run.reduce((n, row) => n + pick(row), 0);
  const good = run.filter(({ verdict }) => exitCodeOf(verdict) === 0).length;
  const stallMs = sum((row) => row.hostStallMs);
  const last = memory.samples.at(-1);
  return html`<dl class="tiles">
    ${tile('time', formatSeconds(campaign.elapsedMs / 1000), `of ${formatSeconds(campaign.budgetMs / 1000)}`)}
    ${tile('rows as expected', `${good} of ${run.length}`, `${rows.length - run.length} not run yet`)}
    ${tile(
      'trials',
      formatCount(sum((row) => row.trials)),
      `in ${counted(
        sum((row) => row.slices),
        'slice',
      )}`,
    )}
    ${tile(
      'failures of rows that should hold',
      formatCount(sum((row) => (row.expected === null ? row.failures : 0))),
      `${formatCount(sum((row) => (row.expected === null ? 0 : row.failures)))} of the others`,
    )}
    ${tile('hangs', formatCount(hangs.reduce((n, hang) => n + hang.count, 0)), `${sum((row) => row.workersReplaced)} workers replaced`)}
    ${tile('harness errors', formatCount(sum((row) => row.harnessErrors)), '')}
    ${tile('host stalls', formatCount(sum((row) => row.hostStalls)), `${formatSeconds(stallMs / 1000)} in total; not failures`)}
    ${tile('CPU time', processorShare === null ? '-' : formatProbability(processorShare), 'of what the threads wanted')}
    ${tile('memory', last === undefined ? '-' : `${last.mb.toFixed(0)} MB`, `at most ${memory.mostMb.toFixed(0)} MB`)}
  </dl>`;
}

/** Returns the counts of a row for its interval. */
export function failingOf({ trials, failures, high95 }: RowVerdict): Failing {
  return { trials, failures, upperBound95: failures === 0 ? high95 : null };
}

function rowsTable(rows: readonly RowVerdict[], id: string): Markup {
  const intervals = new IntervalColumn(rows.map(failingOf));
  const hasClasses = rows.some(({ classes }) => classes !== null);
  const heads = ['row', 'expected', 'observed'].map((head) => html`<th scope="col">${head}</th>`);
  return html`<div class="scroll">
    <table>
      <caption>
        ${rows.length} rows; the bound is that of a row without a failure, with 99.9 % confidence
      </caption>
      <thead>
        <tr>
          ${heads}
          <th scope="col" class="num">trials</th>
          <th scope="col">failures per trial, 95 % <span class="soft">(${intervals.axisWords()})</span></th>
          <th scope="col" class="num">bound</th>
          <th scope="col">against its twin</th>
          ${hasClasses ? html`<th scope="col" class="num">classes met</th>` : null}
          <th scope="col">verdict</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              <th scope="row"><a href="#${targetOf(id, row)}">${row.race}: ${rowName(row, rows)}</a></th>
              <td>${row.expected === null ? 'to hold' : `to fail as ${row.expected}`}</td>
              <td>${observed(row)}</td>
              <td class="num">${formatCount(row.trials)}</td>
              <td>${intervals.cell(failingOf(row))}<span class="soft">${rateWords(failingOf(row))}</span></td>
              <td class="num">${row.bound999 === null ? '' : `< ${formatProbability(row.bound999)}`}</td>
              <td>${powerCell({ ...row, expectedOutcome: row.expected })}</td>
              ${hasClasses ? html`<td class="num">${classesCell(row)}</td>` : null}
              <td>${hasRun(row) ? badge(row.verdict) : 'not run yet'}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function memoryFigure({ campaign, memory }: SoakDocument): Markup | null {
  if (memory.samples.length === 0) return null;
  return html`<figure>
    <h3>Memory over time</h3>
    ${memoryOverTime(memory, campaign.elapsedMs)}
    <figcaption>
      Between slices: ${slopeWords(memory.mbPerHour)}. At most ${memory.mostMb.toFixed(0)} MB in a slice. The slope is
      the median of those between all pairs of points (Theil–Sen) of the longest process.
    </figcaption>
  </figure>`;
}

function eventsFigure({ events }: SoakDocument): Markup {
  return html`<figure>
    <h3>Events</h3>
    ${
      events.length === 0
        ? html`<p class="soft">There was no event.</p>`
        : html`<div class="scroll">
            <table class="fit">
              <tbody>
                ${events.map(
                  ({ elapsedMs, kind, text }) =>
                    html`<tr>
                      <td class="num">${formatSeconds(elapsedMs / 1000)}</td>
                      <td>${kind}: ${text.split('\n')[0]}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
  </figure>`;
}

function hangsTable({ hangs, rows }: SoakDocument, id: string): Markup | null {
  if (hangs.length === 0) return null;
  return html`<h3>Hangs</h3>
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
            const row = rows.find((one) => one.id === hang.row);
            if (row === undefined) return null;
            return html`<tr>
              <th scope="row"><a href="#${targetOf(id, row)}">${row.race}: ${rowName(row, rows)}</a></th>
              <td>${hang.signature}</td>
              <td class="num">${formatCount(hang.count)}</td>
              <td class="num">${formatSeconds(hang.lastMs / 1000)}</td>
              <td>${row.expected === hang.signature ? 'yes' : 'no'}</td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>`;
}

function sessions({ sessions: all, campaign }: SoakDocument): Markup {
  const facts = all.map(({ at, pid, hostName, startMs, endMs, reason, version, host }): [string, string] => {
    const from =
      startMs === null || endMs === null
        ? 'no interval'
        : `${formatSeconds(startMs / 1000)} to ${formatSeconds(endMs / 1000)}`;
    const where = host === null ? [] : hostLines(host).map(([, fact]) => fact);
    const began = new Date(at)
      .toISOString()
      .replace('T', ' ')
      .replace(/\.\d+Z$/, ' UTC');
    return [
      began,
      [
        `${from}, ${reason ?? 'running'}`,
        `process ${pid} on ${hostName}`,
        `racehammer ${version ?? '?'}`,
        ...where,
      ].join('; '),
    ];
  });
  return factsTable(
    `Processes; seed ${campaign.seed}, slices of up to ${formatSeconds(campaign.pace.sliceMs / 1000)}`,
    facts,
  );
}
