/** The HTML page about a tuning. Called by `tune --html`. */

import { formatProbability, formatRate } from '../format/numbers.js';
import type { ParameterEffect, TuneDocument, TuneResult } from './document.js';
import { goalWords, headline, rateRows, settingRows, axisWords, spreadWords } from './text.js';
import { curvePicture } from './curve.js';
import { shapesMap } from './heatMap.js';
import { html, type Content, type Markup } from '../html/markup.js';
import { hostLines } from '../run/facts.js';
import { pageOf } from '../html/shell.js';
import { worldOf } from '../words/world.js';

/** Returns one page about a tuning. It needs no other file, no network and no script. */
export function tunePage(document: TuneDocument): string {
  const facts = hostLines(document.host).map(([name, fact]) => (name === 'load average' ? `${name} ${fact}` : fact));
  const startedAt = document.startedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
  return pageOf({
    title: titleOf(document),
    kicker: 'racehammer tuning',
    subtitle: html`<p class="soft">
      ${startedAt}, racehammer ${document.version}, seed ${String(document.seed)}; ${facts.join('; ')}
    </p>`,
    main: document.results.map(resultSection),
    footer:
      'Rates are per second of CPU time, so a busy neighbour changes them little. They are valid on this host only. ' +
      'A parameter that was searched often near the best looks better than it is: its own effect is the column ' +
      '"rate with its default".',
  });
}

/** Returns "tuned: xen-pin:buggy; the default stays: pgd-lock:buggy". */
function titleOf({ results }: TuneDocument): string {
  const named = (words: string, won: boolean): string[] => {
    const races = results.filter((result) => result.won === won).map(({ race, variant }) => `${race}:${variant}`);
    return races.length === 0 ? [] : [`${words}: ${races.join(', ')}`];
  };
  return [...named('tuned', true), ...named('the default stays', false)].join('; ') || 'nothing was tuned';
}

function resultSection(result: TuneResult): Markup {
  const goal = goalWords(result);
  return html`<section class="card">
    <h2>${result.race}:${result.variant}</h2>
    <p>${headline(result)}</p>
    ${settings(result)} ${result.effects.length === 0 ? null : effects(result.effects)}
    <div class="charts">
      ${result.curves.map(
        (curve) =>
          html`<figure>
            <h3>${goal}/s over ${curve.parameter}</h3>
            ${curvePicture(curve, goal)}
          </figure>`,
      )}
    </div>
    ${
      result.shapes.length === 0
        ? null
        : html`<h3>${goal}/s over ${axisWords(result, ' and ')}</h3>
            ${shapesMap(result, goal)}`
    }
    ${result.shapes.length === 0 ? null : shapes(result)}
    <h3>Repeat the best</h3>
    <pre>${result.repeat}</pre>
  </section>`;
}

function settings(result: TuneResult): Markup {
  const goal = goalWords(result);
  const found = [...settingRows(result.best, result), ...rateRows(goal, result.best)];
  const rows = [...settingRows(result.defaults, result), ...rateRows(goal, result.defaults)];
  return table(
    ['setting', 'default', 'best found'],
    rows.map(([name, value], i) => [name, value, found[i][1]]),
  );
}

function effects(all: readonly ParameterEffect[]): Markup {
  return html`<h3>What mattered</h3>
    ${table(
      ['parameter', 'default', 'found', 'rate with its default', 'best over worst value'],
      all.map(({ parameter, byDefault, found, without, spread }) => [
        parameter,
        byDefault,
        found,
        without === null ? '' : `${Math.round(100 * without)} %`,
        spreadWords(spread),
      ]),
    )}`;
}

function shapes(result: TuneResult): Markup {
  const { shapes: all } = result;
  const { hasWindows } = worldOf(result);
  const goal = goalWords(result);
  const rows = all.toSorted((a, b) => a.cpus - b.cpus || a.machines - b.machines);
  return table(
    [
      axisWords(result, ', '),
      'by default',
      'best',
      'trials/s',
      `${goal} per trial`,
      ...(hasWindows ? ['near misses per trial'] : []),
    ],
    rows.map((shape) => [
      `${shape.cpus}, ${shape.machines}`,
      formatRate(shape.defaultRate),
      formatRate(shape.rate),
      formatRate(shape.trialsPerS),
      formatProbability(Math.min(1, shape.hitsPerTrial)),
      ...(hasWindows ? [formatProbability(Math.min(1, shape.nearMissesPerTrial))] : []),
    ]),
  );
}

/** Returns a table whose first column has names, and the others numbers. */
function table(heads: readonly string[], rows: readonly (readonly Content[])[]): Markup {
  const [first, ...others] = heads;
  return html`<div class="scroll">
    <table class="fit">
      <thead>
        <tr>
          <th scope="col">${first}</th>
          ${others.map((head) => html`<th scope="col" class="num">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([name, ...values]) =>
            html`<tr>
              <td>${name}</td>
              ${values.map((value) => html`<td class="num">${value}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
