/**
 * Parts of a page about a run: badge, meaning of the verdict, figures, outcomes. Called by the sections of runs and soaks.
 */

import { UNDECLARED, verdictWords } from '../../statistics/verdict.js';
import { claimResultWords } from '../words/claim.js';
import { counted, formatCount, formatProbability, formatRate, formatSeconds } from '../format/numbers.js';
import { powerWords } from '../words/power.js';
import type { OutcomeFigures, RunDocument } from './document.js';
import { conclusion } from './text.js';
import { starvedWords } from '../words/starved.js';
import { worldOf } from '../words/world.js';
import { NEAR_MISS_WORDS } from './explanations.js';
import { rateWords } from './intervals.js';
import { html, type Markup } from '../html/markup.js';
import { outcomeRows } from '../html/outcomeRows.js';

export function badge(verdict: RunDocument['verdict']): Markup {
  return html`<span class="badge ${verdict.toLowerCase()}">${verdictWords(verdict)}</span>`;
}

/** Returns sentences that explain the verdict. */
export function meaning(run: RunDocument): string[] {
  const trials = counted(run.trials, 'trial');
  const first = {
    REPRODUCED: `Expected to fail as ${run.expectedOutcome}, and did.`,
    NOT_REPRODUCED: '',
    INCONCLUSIVE: `Too few trials to decide: no failure of the expected kind in ${trials}.`,
    HELD: `Expected to hold, and did: no failure in ${trials}. The failure rate per trial is ${rateWords(run)} with 95 % confidence; a pass is a count, not a proof.`,
    VIOLATED: `${formatCount(run.failures)} of ${trials} failed.`,
    HARNESS_ERROR: '',
  }[run.verdict];
  const claim = run.claim === null ? '' : `${claimResultWords(run.claim)}.`;
  const cutOff = run.interrupted ? 'The run was interrupted; the counts are those up to then.' : '';
  const rests = powerWords(run);
  const starved = starvedWords(run);
  return [first, starved ?? '', rests ?? '', ...conclusion(run), claim, cutOff]
    .filter((words) => words !== '')
    .map(sentence);
}

/** Returns words of a text as a sentence of a page: with a capital, and a full stop. */
export function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${words.endsWith('.') ? '' : '.'}`;
}

/** Returns one of the main figures. */
export function tile(name: string, value: string, note: string): Markup {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}<small>${note}</small></dd>
  </div>`;
}

/** Returns the main figures of a run. `isExplained`: the page says elsewhere what they mean. */
export function tiles(run: RunDocument, isExplained: boolean): Markup {
  const nearMissNote = isExplained ? 'a lower bound' : `${NEAR_MISS_WORDS}; a lower bound`;
  const { trials, seconds, failures, nearMisses, firstFailureMs, startedMs } = run;
  return html`<dl class="tiles">
    ${tile('trials', formatCount(trials), `${formatRate(trials / seconds)} for ${formatSeconds(seconds)}`)}
    ${tile('failures', formatCount(failures), formatRate(failures / seconds))}
    ${tile(
      'failures per trial',
      trials === 0 ? '-' : failures === 0 ? '0' : formatProbability(failures / trials),
      trials === 0 ? 'nothing ran' : `95 %: ${rateWords(run).replace(/^.*\(|\)$/g, '')}`,
    )}
    ${tile(
      'first failure',
      firstFailureMs === null ? 'none' : formatSeconds((firstFailureMs - startedMs) / 1000),
      firstFailureMs === null ? '' : `${formatSeconds(firstFailureMs / 1000)} after the process started`,
    )}
    ${run.litmus === undefined && worldOf(run).hasWindows ? tile('near misses', formatCount(nearMisses), nearMissNote) : null}
  </dl>`;
}

export function outcomesTable(run: RunDocument): Markup {
  const missing = run.expectedOutcome !== null && run.outcomes.every((o) => o.signature !== run.expectedOutcome);
  const clean = Math.max(0, run.trials - run.failures);
  const rows = [
    html`<tr>
      <th>clean</th>
      <td>${formatCount(clean)}</td>
      <td></td>
      <td></td>
      <td></td>
      <td>yes</td>
    </tr>`,
    run.outcomes.map((outcome) => outcomeRow(run, outcome)),
    missing ? outcomeRow(run, { signature: run.expectedOutcome, count: 0, rate: 0, low95: 0, high95: 0 }) : null,
  ];
  return outcomeRows(`Outcomes of ${counted(run.trials, 'trial')}, with exact 95 % intervals`, rows);
}

function outcomeRow(run: RunDocument, { signature, count, rate, low95, high95 }: OutcomeFigures): Markup {
  const also = (run.alsoFails ?? []).includes(signature) ? 'also' : 'no';
  const expected = signature === run.expectedOutcome ? 'yes' : signature === UNDECLARED ? 'no: undeclared' : also;
  return html`<tr>
    <th>${signature}</th>
    <td>${formatCount(count)}</td>
    <td>${count === 0 ? '' : formatProbability(rate)}</td>
    <td>${count === 0 ? '' : `${formatProbability(low95)} .. ${formatProbability(high95)}`}</td>
    <td>${count === 0 ? '' : formatRate(count / run.seconds)}</td>
    <td>${expected}</td>
  </tr>`;
}

/** Returns preformatted lines, reachable by keyboard since they may scroll. */
export function preformatted(name: string, text: readonly string[]): Markup {
  return html`<pre tabindex="0" role="group" aria-label="${name}">${text.join('\n')}</pre>`;
}
