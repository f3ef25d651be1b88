/** The parts of a page about the hosts of a fleet. Called by section.ts and rowSection.ts. */

import { formatCount } from '../format/numbers.js';
import { html, type Markup } from '../html/markup.js';
import { rateWords } from '../run/intervals.js';
import type { RowVerdict, SoakHistory } from './document.js';
import type { FleetHost, HostVerdict } from './fleetDocument.js';
import { hostSummaries, hostWords, provenWords, ratesWords } from './fleetText.js';

/** Returns the table of the hosts, with what each does if the hub has said it; nothing for the soak of one machine. */
export function hostsTable({ soak: { fleet, rows }, workers = [] }: SoakHistory): Markup | null {
  if (fleet === undefined) return null;
  const doing = new Map(workers.map((worker) => [worker.name, worker]));
  return html`<h3>Hosts</h3>
    <div class="scroll">
      <table>
        <caption>
          Trials without a failure count where the hammer is proven; rates of failure are never pooled
        </caption>
        <thead>
          <tr>
            <th scope="col">host</th>
            <th scope="col">does</th>
            <th scope="col">hammer</th>
            <th scope="col" class="num">trials</th>
            <th scope="col" class="num">failures</th>
            <th scope="col">facts</th>
          </tr>
        </thead>
        <tbody>
          ${hostSummaries(fleet, rows).map((one) => {
            const worker = doing.get(one.host.name);
            const does =
              worker === undefined
                ? ''
                : [worker.doing, ...[worker.row, worker.refused].filter((words) => words !== null)].join(': ');
            return html`<tr>
              <th scope="row">${one.host.name}</th>
              <td>${does}</td>
              <td>${provenWords(one)}</td>
              <td class="num">${formatCount(one.trials)}</td>
              <td class="num">${formatCount(one.failures)}</td>
              <td>${hostWords(one.host)}</td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>`;
}

/** Returns what each host has counted of a row; nothing if none has. */
export function rowByHost(
  { expected }: RowVerdict,
  hosts: readonly FleetHost[],
  mine: readonly HostVerdict[],
): Markup | null {
  if (mine.length === 0) return null;
  const names = new Map(hosts.map((host) => [host.id, host.name]));
  const rates = ratesWords(hosts, mine);
  return html`<details>
    <summary>By host (${mine.length})${rates === null ? '' : html`: ${rates}`}</summary>
    <div class="scroll">
      <table class="fit">
        <thead>
          <tr>
            <th scope="col">host</th>
            <th scope="col" class="num">trials</th>
            <th scope="col" class="num">failures</th>
            <th scope="col">failures per trial, 95 %</th>
            <th scope="col">hammer</th>
          </tr>
        </thead>
        <tbody>
          ${mine.map(
            ({ host, trials, failures, high95, isProven }) =>
              html`<tr>
                <th scope="row">${names.get(host) ?? '?'}</th>
                <td class="num">${formatCount(trials)}</td>
                <td class="num">${formatCount(failures)}</td>
                <td>${rateWords({ trials, failures, upperBound95: failures === 0 ? high95 : null })}</td>
                <td>
                  ${isProven ? 'proven' : expected === null ? 'not proven: counts for nothing' : 'does not fail here'}
                </td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}
