/** The frame of a table of outcomes. Called by run/pageParts.ts and soak/rowSection.ts. */

import { html, type Content, type Markup } from './markup.js';

/** Returns a table of outcomes; `rows` have six cells each, of which four are numbers. */
export function outcomeRows(caption: string | null, rows: Content): Markup {
  return html`<div class="scroll">
    <table class="fit outcomes">
      ${
        caption === null
          ? null
          : html`<caption>
              ${caption}
            </caption>`
      }
      <thead>
        <tr>
          <th>outcome</th>
          <th>count</th>
          <th>per trial</th>
          <th>95 % interval</th>
          <th>per second</th>
          <th>expected</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}
