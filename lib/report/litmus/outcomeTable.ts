/** The table of outcomes of a litmus race in a page. Called by run/section.ts. */

import { frequency } from './text.js';
import { counted, formatCount, formatRate } from '../format/numbers.js';
import type { LitmusFigures, RunDocument } from '../run/document.js';
import { html, type Markup } from '../html/markup.js';

/** Returns the outcomes of a litmus race with the expectation of each. */
export function litmusOutcomes(run: RunDocument, { test, condition, arch, outcomes }: LitmusFigures): Markup {
  return html`<div class="scroll">
    <table class="fit">
      <caption>
        ${test} ${condition}: outcomes of ${counted(run.trials, 'trial')} on ${arch}
      </caption>
      <thead>
        <tr>
          <th scope="col">outcome</th>
          <th scope="col" class="num">count</th>
          <th scope="col" class="num">of all</th>
          <th scope="col" class="num">per second</th>
          <th scope="col">expectation</th>
          <th scope="col">what it says</th>
        </tr>
      </thead>
      <tbody>
        ${outcomes.map(
          ({ outcome, count, rate, grade, about }) =>
            html`<tr>
              <th scope="row">${outcome}</th>
              <td class="num">${formatCount(count)}</td>
              <td class="num">${frequency(rate)}</td>
              <td class="num">${formatRate(count / run.seconds)}</td>
              <td>${grade}</td>
              <td>${about}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
