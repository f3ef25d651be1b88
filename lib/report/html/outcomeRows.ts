/** The frame of a table of outcomes. Called by run/pageParts.ts and soak/rowSection.ts. */

import { html, type Content, type Markup } from './markup.js';

/** Returns a table of outcomes; `rows` have six cells each. */
export function outcomeRows(caption: string | null, rows: Content): Markup {
  return html`<div class="scroll">
    <table class="fit">
      ${
        caption === null
          ? null
          : html`<caption>
              ${caption}
            </caption>`
      }
      <thead>
        <tr>
          <th scope="col">outcome</th>
          <th scope="col" class="num">count</th>
          <th scope="col" class="num">per trial</th>
          <th scope="col" class="num">95 % interval</th>
          <th scope="col" class="num">per second</th>
          <th scope="col">expected</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}
